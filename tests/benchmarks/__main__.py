"""Measure what the grader costs, as one table. Run `python -m tests.benchmarks [NAMES…] [--rounds N]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from tqdm import tqdm

from grader.errors import SandboxUnavailable
from grader.nearest import did_you_mean
from grader.sandbox import BACKENDS, choose
from tests.benchmarks.base import Bench, Row, Unmeasured
from tests.benchmarks.machine import describe
from tests.benchmarks.registry import SUBJECTS
from tests.benchmarks.running import adopt_orphans
from tests.benchmarks.table import render, replaced

README = Path(__file__).parent / "README.md"
EVERYTHING = "all"


def _subject(text: str) -> str:
    if text not in (EVERYTHING, *SUBJECTS):
        known = ", ".join(SUBJECTS)
        raise argparse.ArgumentTypeError(
            f"no subject is called {text!r}: there are {known}{did_you_mean(text, SUBJECTS)}"
        )
    return text


def _rounds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _arguments() -> argparse.Namespace:
    subjects = "\n".join(f"  {name:12} {s.about}{' (slow)' if s.slow else ''}" for name, s in SUBJECTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure in rounds and print one table in Markdown.",
        epilog=f"subjects:\n{subjects}\n\nWithout names all are measured that are not slow, with {EVERYTHING!r} all.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", type=_subject, metavar="NAME", help="what to measure")
    parser.add_argument("--rounds", type=_rounds, default=3, metavar="N", help="how often each is measured (3)")
    parser.add_argument("--sandbox", choices=("auto", *BACKENDS), default="auto", help="what submissions run in")
    parser.add_argument("--write", action="store_true", help=f"put the table into {README.name} of this folder, too")
    return parser.parse_args()


def _chosen(names: Sequence[str]) -> list[str]:
    """Names of the chosen subjects, in the registry's order."""
    if EVERYTHING in names:
        return list(SUBJECTS)
    return [name for name, subject in SUBJECTS.items() if (name in names if names else not subject.slow)]


def _measured(name: str, rounds: int, sandbox: str, bar: tqdm[str]) -> list[Row]:
    """Measure one subject. Where it cannot be measured here, its only row has a remark in place of figures."""

    def show(what: str) -> None:
        bar.set_description_str(f"{name}: {what}")

    cache = platformdirs.user_cache_path("perceptron-grader", appauthor=False) / "benchmarks"
    with tempfile.TemporaryDirectory() as folder:
        try:
            return list(SUBJECTS[name].measure(Bench(rounds, Path(folder), cache, sandbox, show)))
        except Unmeasured as problem:
            return [Row(name, (), remark=f"not measured: {problem}")]


def main() -> int:
    """Measure the named subjects and return the exit code. It is 2 where no sandbox works here."""
    arguments = _arguments()
    try:
        sandbox = choose(arguments.sandbox).name
    except SandboxUnavailable as problem:
        print(f"benchmarks: {problem}", file=sys.stderr)
        return 2
    adopt_orphans()
    machine = describe(sandbox, arguments.rounds)
    with tqdm(_chosen(arguments.names), unit="subject", file=sys.stderr, disable=None, dynamic_ncols=True) as bar:
        rows = {name: _measured(name, arguments.rounds, sandbox, bar) for name in bar}
    table = render(rows, machine)
    print(table, end="")
    if arguments.write:
        README.write_text(replaced(README.read_text(encoding="utf-8"), table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
