"""Grades one submission on Gradescope: `python -m grader.gradescope ROOT`.

`ROOT/results/results.json` is written again whenever something new is known, so that it is there and whole whatever
ends this program:

1. that it has started;
2. what the tests find that need no real training, and that the training is still to come;
3. what comes of the training and everything else, graded anew as one, as it would be graded anywhere;
4. where the goal was nearly reached and there is time for it: what comes of training once more with another seed.

The platform ends a container after some minutes, gives it 0 points and shows nothing. So the training gets a limit of
its own that ends before, and whatever else takes too long is stopped. In step 4 the training of step 3 is found again
in the store; the tests of step 2, some seconds, are run again in step 3, as one job of the grader is one execution.

Where the grader itself has failed no score is written, which the platform takes for a failed autograder and not for 0.
What this program prints is shown to staff alone.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from grader.categories import CATEGORIES, GRADED_DATASET
from grader.errors import GraderError, GraderFault
from grader.gradescope.budget import Budget
from grader.gradescope.bundle import OPTIONS
from grader.gradescope.options import DEFAULT_TIMEOUT_SECONDS, Options, read_options
from grader.gradescope.submitted import Unclear, submitted
from grader.i18n import translator
from grader.report.escape import one_line
from grader.report.json import encode
from grader.store import write_durably

_TRAINED = ("accuracy", "integrity")
"""The categories that need a real training."""
_EXIT_FAILED, _EXIT_USAGE, _EXIT_FAULT = 1, 2, 3
_GRACE_SECONDS = 10.0
"""Seconds a grader has to end when told to."""


class OutOfTime(Exception):
    """A step took longer than there was time for."""


@dataclass
class Run:
    """One submission, graded step by step.

    Args:
        root: the folder of the autograder.
        options: what the instructor has chosen.
        out: a folder for results, in a fresh one.
        budget: the time that there is.
        running: the grader that runs now.
    """

    root: Path
    options: Options
    out: Path
    budget: Budget
    running: subprocess.Popen[str] | None = None
    known: dict[str, Any] = field(default_factory=dict)
    """The last `results.json` of a step that ended."""

    def words(self, hint: str, **data: object) -> str:
        """Translate a message of the autograder's own. The language is that of the class."""
        return translator(self.options.lang)(f"gradescope/{hint}", data)

    def write(self, document: Mapping[str, Any], *notes: str) -> None:
        """Write `results.json` whole, with `notes` on top. They stand above what it says of all tests together."""
        output = "\n\n".join(text for text in (*notes, document.get("output", "")) if text)
        settings = {"output_format": "text", "stdout_visibility": "hidden"}
        whole = {**settings, **document, "output": output}
        write_durably(self.root / "results" / "results.json", encode(whole))

    def write_fault(self) -> None:
        """Write that the grader itself failed. There is no score then, not even 0."""
        self.write({"output": translator(self.options.lang)("report/grader-error", {})})

    def command(self, *arguments: str | Path) -> int:
        """Run `grader` and return its exit code. Its output goes where this program's output goes.

        Raises:
            OutOfTime: there is no time left for it to end.
        """
        environment = dict(os.environ)
        if (secret := self.root / "secret").is_file():
            environment["GRADER_SECRET"] = secret.read_text(encoding="ascii").strip()
        line = [sys.executable, "-P", "-m", "grader", *map(str, arguments)]
        self.running = subprocess.Popen(line, stdin=subprocess.DEVNULL, env=environment, text=True)
        try:
            return self.running.wait(max(0.0, self.budget.left))
        except subprocess.TimeoutExpired:
            raise OutOfTime from None
        finally:
            self.stop()

    def stop(self) -> None:
        """End the running grader and its sandboxes."""
        if self.running is not None and self.running.poll() is None:
            self.running.terminate()
            try:
                self.running.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait()
        self.running = None

    def grade(self, path: Path, categories: tuple[str, ...], *more: str) -> int:
        """Grade `path` by `categories`; return the exit code. What comes of it is kept in `known`."""
        chosen = self.options
        data = ("--data-root", self.root / chosen.data_root) if chosen.dataset == GRADED_DATASET else ()
        fixed = ("--dataset", chosen.dataset, "--lang", chosen.lang, "--seed", str(chosen.seed))
        only = ("--only", ",".join(categories))
        code = self.command(path, "--out", self.out, *only, *fixed, *data, *chosen.arguments, *more)
        if code != _EXIT_USAGE:
            self.known = self._document()
            self._tell_staff()
        return code

    def _document(self) -> dict[str, Any]:
        """Return the current results for the platform. Lateness is left to the platform.

        Raises:
            GraderFault: it cannot be put so.
        """
        target = self.out / "gradescope.json"
        seen = [part for one in self.options.visibility for part in ("--visibility", one)]
        fixed = ("-o", target, "--lang", self.options.lang, "--no-lateness")
        if self.command("export", "gradescope", self.out, *fixed, *seen):
            raise GraderFault("the results could not be written for Gradescope, see above")
        document: dict[str, Any] = json.loads(target.read_bytes())
        return document

    def _results(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_bytes()) for path in sorted(self.out.glob("*/result.json"))]

    def _tell_staff(self) -> None:
        """Print what only staff may read."""
        for result in self._results():
            for flag in result["flags"]:
                print(f"flag: {one_line(flag)}")
            for test in result["tests"]:
                if test["staff_note"] is not None:
                    print(f"note on {one_line(test['id'])}: {one_line(test['staff_note'])}")
        sys.stdout.flush()

    @property
    def may_improve(self) -> bool:
        """Whether a further training could reach the goal. That is so where the goal was missed."""
        measured = [(result["metrics"]["accuracy"], result["provenance"]["threshold"]) for result in self._results()]
        return any(accuracy is not None and accuracy < threshold for accuracy, threshold in measured)


def _untrained(run: Run, path: Path, chosen: tuple[str, ...]) -> int:
    """Step 2: grade what needs no training. Return the exit code, 0 where there is no such category."""
    quick = tuple(category for category in chosen if category not in _TRAINED)
    if not quick:
        return 0
    code = run.grade(path, quick)
    if code not in (_EXIT_USAGE, _EXIT_FAULT):
        run.write(run.known, *([run.words("to-train")] if quick != chosen else []))
    return code


def _whole(run: Run, path: Path, chosen: tuple[str, ...], limit: float) -> int:
    """Steps 3 and 4: grade everything. The training has `limit` seconds, and is done once more where that may help."""
    begin = time.monotonic()
    limited = () if "--time-limit" in run.options.arguments else ("--time-limit", f"{limit:.0f}")
    code = run.grade(path, chosen, *limited, "--no-retrain")
    if code in (_EXIT_USAGE, _EXIT_FAULT):
        return code
    run.write(run.known)
    if run.may_improve and run.budget.allows_again(time.monotonic() - begin):
        again = run.grade(path, chosen, *limited)
        if again not in (_EXIT_USAGE, _EXIT_FAULT):
            run.write(run.known)
            return again
    return code


def grade_by_steps(run: Run, path: Path) -> int:
    """Run all steps after the first. Return the exit code of the grader.

    Where there is no time for a step, what is known stays, with a word on why the rest is missing.
    """
    chosen = tuple(run.options.only) or CATEGORIES
    try:
        begin = time.monotonic()
        code = _untrained(run, path, chosen)
        took = time.monotonic() - begin
        if code != _EXIT_USAGE and any(category in _TRAINED for category in chosen):
            code = _whole(run, path, chosen, run.budget.training_limit(took))
    except OutOfTime:
        if "tests" in run.known and not any(row["extra_data"]["id"].startswith(_TRAINED) for row in run.known["tests"]):
            run.write(run.known, run.words("out-of-time", minutes=round(run.options.timeout_seconds / 60)))
        print("autograder: out of time; what was found before stands", flush=True)
        return _EXIT_FAILED if "score" in run.known else _EXIT_FAULT
    if code in (_EXIT_USAGE, _EXIT_FAULT):
        run.write_fault()
        return _EXIT_FAULT
    return code


def _end(number: int, _: object) -> None:
    """Exit on a signal, stopping the running grader. What was written stays."""
    sys.exit(128 + number)


def _carry_out(run: Run) -> int:
    run.write({}, run.words("started"))
    try:
        path = submitted(run.root / "submission", run.out.with_name("submission"))
    except Unclear as unclear:
        run.write({"score": 0.0}, run.words(unclear.hint, **unclear.data))
        return _EXIT_FAILED
    return grade_by_steps(run, path)


def main(root: Path) -> int:
    """Grade what lies in `root/submission`. Return the grader's exit code, and 3 for each fault of ours."""
    began = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _end)
    with TemporaryDirectory(prefix="autograder-") as fresh:
        run = Run(root, Options(), Path(fresh) / "grades", Budget(DEFAULT_TIMEOUT_SECONDS, began))
        try:
            run.options = read_options(root / "source" / OPTIONS)
            run.budget = Budget(run.options.timeout_seconds, began)
            return _carry_out(run)
        except GraderError as error:
            print(f"autograder: {error}", flush=True)
            run.write_fault()
            return _EXIT_FAULT


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
