"""The judging process. Reads a `Question`, writes an `Answer`.

`python -m grader.judge SOURCE TARGET` judges the question in one file and writes the answer to another.
`python -m grader.judge` does so in a forked child for each line of its input, `["SOURCE", "TARGET"]`, and prints the
child's exit status.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import math
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import _pytest.config
import pytest

import grader.hidden
from grader.categories import CATEGORIES
from grader.judge.case import Case
from grader.judge.cells import in_cells
from grader.judge.exchange import Answer, Question
from grader.judge.plugin import JudgingPlugin
from grader.judge.process import SAID
from grader.linux import process
from grader.model import Outcome
from grader.protocol.codec import decode, encode, prepare
from grader.protocol.probes import PROBES


def _read(probe: str, outcome: Outcome) -> Any:
    """The observation of a probe's outcome."""
    return decode(outcome.payload, PROBES[probe].observation)


def _bound(cpu_seconds: int) -> None:
    """Bound the processor time of this process.

    The kernel ends it after `cpu_seconds` from now on, whatever it is at then.
    """
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(time.process_time()) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def main(source: Path, target: Path) -> None:
    """Judge the question in `source`; write the answer to `target`."""
    question = decode(source.read_bytes(), Question)
    _bound(question.cpu_seconds)
    judge = JudgingPlugin(
        Case(question.outcomes, question.facts.rules, question.facts, _read), frozenset(question.tests)
    )
    folder = Path(grader.hidden.__file__).parent
    arguments = [
        *(str(folder / f"test_{category}.py") for category in CATEGORIES),
        "-q",
        "--no-header",
        f"--rootdir={folder}",
        f"--confcutdir={folder}",  # else every directory above is read whole: site-packages, a home, /tmp
        "-c",
        os.devnull,
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_timeout",
        f"--timeout={question.test_seconds}",
        "--assert=plain",  # the messages are made by the tests themselves
        "--tb=no",  # and nobody reads a traceback, which takes as long as all the tests
        "--noconftest",
    ]
    pytest.main(arguments, plugins=[judge])
    reading = question.facts.reading
    verdicts = [in_cells(judge.case.verdicts[test], reading) for test in question.tests if test in judge.case.verdicts]
    missing = [f"hidden test {test} was not run" for test in question.tests if test not in judge.case.verdicts]
    target.write_bytes(encode(Answer(verdicts, judge.faults or missing)))


def _child(source: Path, target: Path, judge: int) -> NoReturn:
    """Judge one question in a child process.

    As a process of its own would: in the question's folder, with nothing to read. It ends with the process `judge` that
    has forked it: nobody would hear its answer then.
    """
    try:
        process.die_with_parent(signal.SIGKILL)
        if os.getppid() != judge:
            os._exit(1)
        _settle(source.parent)
        main(source, target)
    except BaseException:  # noqa: BLE001 - nothing may get back into the loop that this is a copy of
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if target.exists() else 1)


def _settle(folder: Path) -> None:
    """Move into `folder` and redirect standard streams.

    Nothing can be read, and what is printed goes to a file there.
    """
    said = os.open(folder / SAID, os.O_WRONLY | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(here, there)
    os.chdir(folder)


def _make_ready() -> None:
    """Import and prepare what judging needs. Else every child would do so."""
    for category in CATEGORIES:
        importlib.import_module(f"grader.hidden.test_{category}")
    # not public: where pytest calls it otherwise, children import the plugins themselves
    for name in getattr(_pytest.config, "default_plugins", ()):
        with contextlib.suppress(ImportError):
            importlib.import_module(f"_pytest.{name}")
    importlib.import_module("pytest_timeout")
    prepare(Question, *{kind.observation for kind in PROBES.values()})


def serve() -> None:
    """Judge each question named on the standard input. Each in a child, until the input ends."""
    _make_ready()
    gc.freeze()  # no child has to walk, and thereby copy, what is shared by all
    judge = os.getpid()
    for line in sys.stdin:
        source, target = map(Path, json.loads(line))
        child = os.fork()
        if child == 0:
            _child(source, target, judge)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        serve()
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
