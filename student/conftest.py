"""Runs the tests of this folder on your code, and says in words what they found. You need not read or change this file.

pytest student              the quick tests, on small data, in seconds
pytest student --full       the same, then trains for real and says the accuracy
                            `--data-root DIR` and `--dataset digits` choose what --full trains on
pytest student --lang ru    messages in Russian (`en` for English; otherwise as your course or your system has it)
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from student import threads  # before torch, as it says
import torch
from student._kit.ending import FULL_TRAINING, Ending, wrapped
from student._kit.judge.case import Case, told_error, told_timeout
from student._kit.judge.marks import test_id
from student._kit.judge.plugin import JudgingPlugin
from student._kit.judge.rules import Rules
from student._kit.protocol.raised import Frame, Raised
from student._kit.protocol.probes import PROBES
from student._kit.reading import Reading
from student._kit.source.contract import MODULES
from student._kit.source.package import near_miss
from student._kit.source.tasks import perform
from student._kit.verdict import Outcome, Said, Verdict
from student._kit.watchdog import LastWords, Limit, TimeUp, Watchdog
from student._kit.worker.bench import Bench, Blocked
from student._kit.worker.partly import is_consequence
from student._kit.worker.position import position
from student._kit.worker.probes import RUN
from student._kit.worker.submission import describe
from student.data import EPOCHS_FACTOR, load_digits
from student.language import DECIMAL_COMMA, language_of

FOLDER = Path(__file__).parent
sys.path.append(str(FOLDER))  # as in the graded run, where `import net` finds `net.py` too
ABOUT = json.loads((FOLDER / "_kit" / "about.json").read_text(encoding="utf-8"))
MESSAGES = json.loads((FOLDER / "_kit" / "messages.json").read_text(encoding="utf-8"))
TEST_SECONDS = float(os.environ.get("STUDENT_TEST_SECONDS", "60"))
FULL_SECONDS = 3600.0
HURRY_SECONDS = 10.0
"""Time limit after a probe that did not end. The next one may well run into the same loop."""
FULL = "test_full.py"
GIVEN_TESTS = {f"test_{test.partition('/')[0]}.py" for test in ABOUT["visible"]}
FAULT = {
    "en": "This test stumbled itself; it says nothing about your code. Please show it to your teacher:",
    "ru": "Этот тест споткнулся сам и ничего не говорит о вашей программе. Покажите его преподавателю:",
}


def _described(error: BaseException) -> Raised:
    """Describe `error` by lines of your files only. These tests and what they run on lie in the same folder."""
    raised = describe(error, FOLDER)
    frames = [f for f in raised.frames if not f.file.startswith(("_kit/", "conftest.py", "test_"))]
    return dataclasses.replace(raised, frames=frames, not_implemented=raised.not_implemented and bool(frames))


def _line_of(frame: FrameType | None) -> Frame | None:
    """Find your line in a stack. A test of your own counts, these tests do not."""
    return position(frame, FOLDER, ("_kit/", "conftest.py", FULL, *GIVEN_TESTS))


def _number(value: object) -> str:
    """A number as it reads in a sentence."""
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) else f"{value:.4g}"


@contextlib.contextmanager
def _undone() -> Iterator[None]:
    """Undo what your code switches in all of torch. In the graded run each part is tried in a process of its own."""
    gradients, dtype = torch.is_grad_enabled(), torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_grad_enabled(gradients)
        torch.set_default_dtype(dtype)


class _Outcomes(Mapping[str, Outcome]):
    """Runs each probe when a test first asks."""

    def __init__(self, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        self.observations: dict[str, Any] = {}
        self._outcomes: dict[str, Outcome] = {}
        digits = load_digits().train
        samples = [digits[i] for i in range(64)]
        images = torch.stack([image for image, _ in samples])
        self._bench = Bench(FOLDER, images, torch.tensor([int(label) for _, label in samples]))

    def __getitem__(self, probe: str) -> Outcome:
        if probe not in self._outcomes:
            self._outcomes[probe] = self._run(probe)
        return self._outcomes[probe]

    def _run(self, probe: str) -> Outcome:
        for need in PROBES[probe].needs:
            if self[need].kind != "ok":
                return Outcome("blocked", blocked_by=self[need].blocked_by or need)
        endless = next((name for name, outcome in self._outcomes.items() if outcome.kind == "timeout"), None)
        seconds = min(TEST_SECONDS, HURRY_SECONDS) if endless else TEST_SECONDS
        try:
            with self._watchdog.limit(seconds) as limit:
                outcome = self._seen(probe)
        except TimeUp:
            limit.reached = True
        if limit.reached:  # also where your code, or the probe, has caught what ended it
            if endless:  # most likely the same loop: one mistake is told once
                return Outcome("blocked", blocked_by=endless)
            return Outcome("timeout", data={"limit_seconds": seconds}, line=limit.line)
        return outcome

    def _seen(self, probe: str) -> Outcome:
        try:
            with _undone(), threads.one():  # the samples are few
                self.observations[probe] = RUN[probe](self._bench)
        except Blocked as signal:
            return Outcome("blocked", blocked_by=signal.by)
        except (KeyboardInterrupt, TimeUp):  # Ctrl-C, and the end of the time
            raise
        except BaseException as error:  # noqa: BLE001 - your code may raise anything, SystemExit included
            if is_consequence(error):
                return Outcome("blocked", blocked_by="load")
            return Outcome("error", error=_described(error))
        return Outcome("ok")

    def __iter__(self) -> Iterator[str]:
        return iter(PROBES)

    def __len__(self) -> int:
        return len(PROBES)


class Student(JudgingPlugin):
    """Shows verdicts as sentences, and a to-do list. The list stands at the end, in place of tracebacks."""

    def __init__(self, language: str) -> None:
        self.language, self.about = language, ABOUT
        self.others: dict[str, str] = {}
        """Failures of which no message tells. They are of your own tests, or of these themselves."""
        self.skipped: dict[str, str] = {}
        """Tests that were left out, with the reason. Those that wait for others are not among them."""
        self.columns: int | None = None
        """Width of the terminal. None where output goes elsewhere."""
        self.watch_report: str | None = None
        self.watchdog = Watchdog(self._last_words, _line_of)
        self._limit = Limit()
        self._waiting: list[pytest.Item] = []
        self._running: pytest.Item | None = None
        outcomes = _Outcomes(self.watchdog)
        case = Case(outcomes, Rules(**ABOUT["rules"]), None, lambda probe, outcome: outcomes.observations[probe])
        super().__init__(case, frozenset(ABOUT["visible"]))

    @pytest.fixture
    def reading(self) -> Reading:
        """Where missing names stand instead. Your three files are read for it, and not run."""
        paths = [path for name in MODULES if (path := FOLDER / f"{name}.py").is_file()]
        found = perform("misplaced", [{path.name: path.read_bytes().decode("latin-1") for path in paths}])
        return Reading(near_misses=tuple(near_miss(miss, Reading()) for miss in found))

    def words(self, hint: str, data: Mapping[str, object]) -> str:
        """The message `hint` in the student's language."""
        text = MESSAGES[self.language].get(hint, hint)

        def filling(match: re.Match[str]) -> str:
            value = data.get(match[1], match[0])
            in_code = text.count("`", 0, match.start()) % 2 == 1
            is_decimal = isinstance(value, float) and self.language in DECIMAL_COMMA and not in_code
            return self._filling(value).replace(".", ",") if is_decimal else self._filling(value)

        return re.sub(r"\{(\w+)\}", filling, text)

    def _filling(self, value: object) -> str:
        """Write the value of a placeholder. It is a number, a string, or further messages."""
        if isinstance(value, Said):
            return self.words(value.hint, value.data)
        if isinstance(value, tuple):
            parts = [self._filling(part) for part in value]
            return "".join([*(part + (" " if part.endswith(".") else "; ") for part in parts[:-1]), *parts[-1:]])
        return _number(value)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Order the tests as they build on each other."""
        order = {category: number for number, category in enumerate(ABOUT["categories"])}
        items.sort(key=lambda item: order.get(item.path.stem.removeprefix("test_"), len(order)))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Know how many tests there are."""
        self._waiting = list(session.items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note which test runs. The real training waits for the quick tests."""
        self._running = item
        self._waiting = [other for other in self._waiting if other is not item]
        wanted = item.path.name == FULL and item.config.getoption("--full")
        if wanted and any(v.status != "passed" for v in self.case.verdicts.values()):
            pytest.skip(self.words("student/full-waits", {}))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Limit the time of a test.

        It is the real training or one of your own; in the given tests each probe has its own limit.
        """
        if item.path.name in GIVEN_TESTS:
            yield
            return
        with self.watchdog.limit(_seconds(item)) as self._limit:
            yield

    @pytest.hookimpl(optionalhook=True)
    def pytest_timeout_set_timer(self) -> bool:
        """Keep pytest-timeout from ending a run early. Without it, the list of what to do is always shown."""
        return True

    def pytest_enter_pdb(self) -> None:
        """Stop the watchdog while a debugger waits."""
        self.watchdog.call_off()

    def _last_words(self, line: Frame | None) -> LastWords:
        """Prepare the text for a test without end. Your code was at `line`, if that is known."""
        item = self._running
        if item is None:
            return LastWords("", "")
        name = test_id(item.path.stem.removeprefix("test_"), getattr(item, "originalname", None) or item.name)
        overdue = told_timeout(name, Outcome("timeout", data={"limit_seconds": _seconds(item)}, line=line))
        ended = self.words("student/ended-early", {"n": len(self._waiting)})
        graded = "\n".join(wrapped(self.words("student/graded-run", ABOUT["hidden"]), self.columns))
        late = self._ending({**self.case.verdicts, name: overdue}, ended)
        dead = self._ending({**self.case.verdicts, name: Verdict(name, "crashed", hint="outcome/crashed")}, ended)
        report = json.dumps({"found": self._found(late)})
        return LastWords(
            f"\n{late.text(self.columns)}\n{graded}",
            f"\n{dead.text(self.columns)}\n{graded}",
            (self.watch_report, report) if self.watch_report else None,
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Replace the traceback by the message. A blocked test counts as skipped."""
        report = yield from super().pytest_runtest_makereport(item, call)
        verdict = self.verdict_of(item)
        if call.excinfo is not None and item.path.name not in GIVEN_TESTS:
            verdict = self._of_others(item, call.excinfo.value)
        if call.excinfo is None or verdict is None or verdict.hint is None:
            if report.failed:
                self.others[item.nodeid] = str(report.longrepr).splitlines()
            elif report.skipped and isinstance(report.longrepr, tuple):
                self.skipped[item.nodeid] = report.longrepr[2].removeprefix("Skipped: ")
            return report
        text = f"{verdict.test}: {self.words(verdict.hint, verdict.data)}"
        if verdict.status == "blocked":
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, text)
        else:
            report.outcome, report.when = "failed", "call"
            report.longrepr = text
        return report

    def _of_others(self, item: pytest.Item, error: BaseException) -> Verdict | None:
        """Return the verdict of a training or own test.

        It says what stopped the training, where it was your code, and which test of your own did not end.
        """
        verdict = self.verdict_of(item)
        name = FULL_TRAINING if item.path.name == FULL else item.nodeid
        if isinstance(error, TimeUp):
            outcome = Outcome("timeout", data={"limit_seconds": _seconds(item)}, line=self._limit.line)
            verdict = told_timeout(name, outcome)
        elif name == FULL_TRAINING and verdict is None and (raised := _described(error)).frames:
            verdict = told_error(FULL_TRAINING, "training", raised)
        if verdict is not None:
            self.case.verdicts[name] = verdict
        return verdict

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the to-do list, points and next step. The list stands in the order of work."""
        for title, lines in self._ending(self.case.verdicts).sections():
            terminalreporter.section(title)
            for line in lines:
                for part in wrapped(line, self.columns):
                    terminalreporter.write_line(part)

    def found(self) -> dict[str, object]:
        """Summarise the run for other tools.

        It tells how many tests have passed and how many wait, and in words what is to do, in the order of work.
        """
        return self._found(self._ending(self.case.verdicts))

    def _found(self, ending: Ending) -> dict[str, object]:
        return {
            "passed": ending.count("passed"),
            "total": len(ABOUT["visible"]),
            "blocked": ending.count("blocked"),
            "todo": [
                {"text": self.words(v.hint or "", v.data), "where": self._filling(v.data.get("where", ""))}
                for v in ending.todo()
            ],
            "others": [[test, *lines] for test, lines in ending.others.items()],
            "points": ending.points(),
            "graded_run": self.words("student/graded-run", ABOUT["hidden"]),
        }

    def _ending(self, verdicts: Mapping[str, Verdict], ended: str = "") -> Ending:
        """Build the end of a run from `verdicts`."""
        fault = FAULT.get(self.language, FAULT["en"])
        given = {test: Path(test.partition("::")[0]).name in GIVEN_TESTS for test in self.others}
        others = {test: [*[fault] * given[test], *lines] for test, lines in self.others.items()}
        asks = self.words("student/full-asks", {})  # the next step says it as soon as it is of use
        skipped = [
            self.words("student/skipped", {"test": test, "reason": reason})
            for test, reason in self.skipped.items()
            if not (verdicts and reason == asks)
        ]
        return Ending(self.words, ABOUT, verdicts, others, skipped, ended)


def _seconds(item: pytest.Item) -> float:
    """How long a test may take."""
    return FULL_SECONDS if item.path.name == FULL else TEST_SECONDS


class Report:
    """Reports the run to `python -m student watch`.

    It writes lines of JSON: how far the tests are and what they have found.
    """

    def __init__(self, path: Path, student: Student) -> None:
        self._path, self._student = path, student

    def _tell(self, **said: object) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell how many tests there are."""
        self._tell(total=len(session.items))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Tell that one is done."""
        self._tell(done=nodeid)

    def pytest_sessionfinish(self) -> None:
        """Tell what they came to."""
        self._tell(found=self._student.found())


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("student", "the perceptron homework")
    group.addoption("--full", action="store_true", help="train for real and say the accuracy")
    group.addoption("--dataset", choices=tuple(EPOCHS_FACTOR), help="what --full trains on (mnist)")
    group.addoption("--data-root", metavar="DIR", type=Path, help="folder with MNIST/raw/ for --full")
    group.addoption("--lang", choices=tuple(MESSAGES), help="language of the messages")
    group.addoption("--watch-report", metavar="FILE", help="what `python -m student watch` reads")


def pytest_configure(config: pytest.Config) -> None:
    if isinstance(sys.__stdout__, io.TextIOWrapper):  # a console of Windows may lack some letters
        sys.__stdout__.reconfigure(errors="replace")
    # each message is shown once, in the list at the end: no tracebacks, no second summary
    config.option.tbstyle, config.option.reportchars = "no", "N"
    student = Student(language_of(config.getoption("--lang") or ABOUT["language"], MESSAGES))
    config.pluginmanager.register(student, "student-tests")
    if sys.stdout.isatty():
        student.columns = shutil.get_terminal_size().columns - 1
    if (report := config.getoption("--watch-report")) is not None:
        student.watch_report = report
        config.pluginmanager.register(Report(Path(report), student), "student-report")
    capture = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture is not None else contextlib.nullcontext():
        student.watchdog.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    student = config.pluginmanager.get_plugin("student-tests")
    if isinstance(student, Student):
        student.watchdog.close()
        if student.case.verdicts:
            print("\n".join(wrapped(student.words("student/graded-run", ABOUT["hidden"]), student.columns)))
