"""Runs the tests of this folder on your code, and says in words what they found. You need not read or change this file.

pytest student              the quick tests, on small data, in seconds
pytest student --full       the same, then trains for real and says the accuracy
pytest student --lang ru    messages in Russian (`en` for English; otherwise the language of your system)
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
import re
import sys
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from student._kit.judge.case import Case, told_error
from student._kit.judge.plugin import JudgingPlugin
from student._kit.judge.rules import Rules
from student._kit.protocol.observations import Raised
from student._kit.protocol.probes import PROBES
from student._kit.verdict import Outcome, Said, Verdict
from student._kit.worker.bench import Bench, Blocked
from student._kit.worker.partly import is_consequence
from student._kit.worker.probes import RUN
from student._kit.worker.submission import describe
from student.data import load_digits
from student.language import language_of

FOLDER = Path(__file__).parent
ABOUT = json.loads((FOLDER / "_kit" / "about.json").read_text(encoding="utf-8"))
MESSAGES = json.loads((FOLDER / "_kit" / "messages.json").read_text(encoding="utf-8"))
TEST_SECONDS = 60
FULL_TRAINING = "full/training"
LOADS = "structure/loads"
DECIMAL_COMMA = {"ru"}
GIVEN_TESTS = {f"test_{test.partition('/')[0]}.py" for test in ABOUT["visible"]}
FAULT = {
    "en": "This test stumbled itself; it says nothing about your code. Please show it to your teacher:",
    "ru": "Этот тест споткнулся сам и ничего не говорит о вашей программе. Покажите его преподавателю:",
}


def _described(error: BaseException) -> Raised:
    """`error` as data, with the lines of your files only: these tests and what they run on lie in the same folder."""
    raised = describe(error, FOLDER)
    frames = [f for f in raised.frames if not f.file.startswith(("_kit/", "conftest.py", "test_"))]
    return dataclasses.replace(raised, frames=frames, not_implemented=raised.not_implemented and bool(frames))


def _number(value: object) -> str:
    """A number as it reads in a sentence."""
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) else f"{value:.4g}"


class _Outcomes(Mapping[str, Outcome]):
    """Runs a probe when a test first asks for what it sees."""

    def __init__(self) -> None:
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
        try:
            self.observations[probe] = RUN[probe](self._bench)
        except Blocked as signal:
            return Outcome("blocked", blocked_by=signal.by)
        except KeyboardInterrupt:  # Ctrl-C
            raise
        except pytest.fail.Exception:  # from pytest-timeout: the time is up
            return Outcome("timeout", data={"limit_seconds": TEST_SECONDS})
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
    """Shows verdicts as sentences instead of tracebacks, and what to do first at the end."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.others: dict[str, str] = {}
        """Failures of which no message tells: of your own tests, or of these themselves."""
        outcomes = _Outcomes()
        case = Case(outcomes, Rules(**ABOUT["rules"]), None, lambda probe, outcome: outcomes.observations[probe])
        super().__init__(case, frozenset(ABOUT["visible"]))

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
        """What stands in a placeholder: a number, a string, or further messages."""
        if isinstance(value, Said):
            return self.words(value.hint, value.data)
        if isinstance(value, tuple):
            parts = [self._filling(part) for part in value]
            return "".join([*(part + (" " if part.endswith(".") else "; ") for part in parts[:-1]), *parts[-1:]])
        return _number(value)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the tests into the order in which they build on each other."""
        order = {category: number for number, category in enumerate(ABOUT["categories"])}
        items.sort(key=lambda item: order.get(item.path.stem.removeprefix("test_"), len(order)))
        for item in items:
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Replace the traceback by the message; a blocked test counts as skipped."""
        report = yield from super().pytest_runtest_makereport(item, call)
        verdict = self.verdict_of(item)
        if verdict is None and call.excinfo is not None and item.path.name == "test_full.py":
            verdict = self._of_training(call.excinfo.value)
        if call.excinfo is None or verdict is None or verdict.hint is None:
            if report.failed:
                self.others[item.nodeid] = str(report.longrepr)
            return report
        text = f"{verdict.test}: {self.words(verdict.hint, verdict.data)}"
        if verdict.status == "blocked":
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, text)
        else:
            report.outcome, report.when = "failed", "call"
            report.longrepr = text
        return report

    def _of_training(self, error: BaseException) -> Verdict | None:
        """What stopped the training for real, where it was your code."""
        raised = _described(error)
        if not raised.frames:
            return None
        self.case.verdicts[FULL_TRAINING] = told_error(FULL_TRAINING, "training", raised)
        return self.case.verdicts[FULL_TRAINING]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One list in the order of work: what to do first stands first."""
        for test, lines in self._others().items():
            terminalreporter.section(test)
            for line in lines:
                terminalreporter.write_line(line)
        if not (todo := self._todo()):
            return
        terminalreporter.section(self.words("student/todo-title", {}))
        for number, verdict in enumerate(todo, start=1):
            terminalreporter.write_line(f"{number}. [{verdict.test}] {self.words(verdict.hint or '', verdict.data)}")
        if blocked := self._count("blocked"):
            terminalreporter.write_line(self.words("student/blocked", {"n": blocked}))

    def found(self) -> dict[str, object]:
        """How many tests have passed and how many wait, and in words what is to do, in the order of work."""
        return {
            "passed": self._count("passed"),
            "total": len(ABOUT["visible"]),
            "blocked": self._count("blocked"),
            "todo": [
                {"text": self.words(v.hint or "", v.data), "where": self._filling(v.data.get("where", ""))}
                for v in self._todo()
            ],
            "others": [[test, *lines] for test, lines in self._others().items()],
            "graded_run": self.words("student/graded-run", ABOUT["hidden"]),
        }

    def _others(self) -> dict[str, list[str]]:
        """What is said of each failure that no message tells of; first that it is not yours, where it is not."""
        fault = FAULT.get(self.language, FAULT["en"])
        given = {test: Path(test.partition("::")[0]).name in GIVEN_TESTS for test in self.others}
        return {test: [*[fault] * given[test], *text.splitlines()] for test, text in self.others.items()}

    def _count(self, status: str) -> int:
        return sum(v.status == status for v in self.case.verdicts.values())

    def _todo(self) -> list[Verdict]:
        """What cannot be read or is missing, unwritten parts, each once, and the rest.

        What stops the training for real is among it only where no quick test has named it.
        """
        failed = [v for v in self.case.verdicts.values() if v.status not in ("passed", "blocked")]
        named = {v.data.get("where") for v in failed if v.test != FULL_TRAINING}
        failed = [v for v in failed if v.test != FULL_TRAINING or v.data.get("where") not in named]
        unwritten = {str(v.data): v for v in failed if v.hint == "outcome/not-implemented"}
        written = [v for v in failed if v.hint != "outcome/not-implemented"]
        unreadable = [v for v in written if v.test == LOADS]
        return [*unreadable, *unwritten.values(), *(v for v in written if v.test != LOADS)]


class Report:
    """Tells `python -m student watch` how far the tests are and what they have found, in lines of JSON."""

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
    group.addoption("--lang", choices=tuple(MESSAGES), help="language of the messages")
    group.addoption("--watch-report", metavar="FILE", help="what `python -m student watch` reads")


def pytest_configure(config: pytest.Config) -> None:
    if isinstance(sys.__stdout__, io.TextIOWrapper):  # a console of Windows may lack some letters
        sys.__stdout__.reconfigure(errors="replace")
    # each message is shown once, in the list at the end: no tracebacks, no second summary
    config.option.tbstyle, config.option.reportchars = "no", "N"
    student = Student(language_of(config.getoption("--lang"), MESSAGES))
    config.pluginmanager.register(student, "student-tests")
    if (report := config.getoption("--watch-report")) is not None:
        config.pluginmanager.register(Report(Path(report), student), "student-report")


def pytest_unconfigure(config: pytest.Config) -> None:
    student = config.pluginmanager.get_plugin("student-tests")
    if isinstance(student, Student) and student.case.verdicts:
        print(student.words("student/graded-run", ABOUT["hidden"]))
