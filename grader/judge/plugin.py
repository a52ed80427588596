"""The pytest plugin of the judging process.

It gives observations as fixtures, and makes verdicts out of reports.

No evidence that a test ran is never a pass: a verdict "passed" is written only where pytest reports that the call
of the test finished, and a test whose call ends in anything but a `Misconception` is a fault of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from ..protocol.observations import Witness
from ..protocol.probes import PROBES
from ..reading import Reading
from ..verdict import Verdict
from .case import Case, NotJudged
from .marks import Misconception, Remark, Waits, test_id
from .rules import Rules


def _id_of(node: pytest.Item) -> str:
    """Return the hidden test's id of a pytest item."""
    return test_id(node.path.stem.removeprefix("test_"), getattr(node, "originalname", None) or node.name)


def _fixture_for(probe: str) -> Callable[..., Any]:
    """Make the fixture for the observation of `probe`."""

    @pytest.fixture(name=probe)
    def observation(self: JudgingPlugin, request: pytest.FixtureRequest) -> Any:
        return self.case.observation(_id_of(request.node), probe)

    return observation


class JudgingPlugin:
    """Fills `case.verdicts` while pytest runs the tests in `wanted`.

    `faults` lists what went wrong on our side: a hidden test that raised something else, or did not end.
    """

    def __init__(self, case: Case, wanted: frozenset[str]) -> None:
        self.case, self.wanted = case, wanted
        self.faults: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave only the tests that are wanted."""
        items[:] = [item for item in items if _id_of(item) in self.wanted]

    @pytest.fixture
    def rules(self) -> Rules:
        """The assignment's rules for a network."""
        return self.case.rules

    @pytest.fixture
    def facts(self) -> Any:
        """The facts that only the grader knows."""
        return self.case.facts

    @pytest.fixture
    def witness(self) -> Witness:
        """Observations of the network in the graded training. They are empty where there was none."""
        return self.case.witness

    @pytest.fixture
    def reading(self) -> Reading:
        """Static reading of the sources. It is empty where the grader has not read them."""
        return self.case.facts.reading if self.case.facts is not None else Reading()

    @pytest.fixture(autouse=True)
    def _in_order(self, request: pytest.FixtureRequest) -> None:
        """Block a test whose predecessor has not passed."""
        self.case.require(_id_of(request.node), getattr(request.function, "after", ()))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn the end of a test into its verdict."""
        report = yield
        name = _id_of(item)
        if call.excinfo is None:
            if call.when == "call":
                self.case.verdicts[name] = Verdict(name, "passed", fraction=1.0, seconds=call.duration)
        else:
            self._record(name, call.excinfo.value, call.duration)
        return report

    def verdict_of(self, item: pytest.Item) -> Verdict | None:
        """Return the verdict of `item`, None before it has one."""
        return self.case.verdicts.get(_id_of(item))

    def _record(self, name: str, error: BaseException, seconds: float) -> None:
        """Record the verdict that an exception makes. It is the verdict of the test `name`, or a fault of ours."""
        if isinstance(error, Misconception) and (known := self.case.told_by(name, error.hint, error.data)):
            self.case.verdicts[name] = self.case.waiting(name, known)
        elif isinstance(error, Misconception):
            self.case.verdicts[name] = Verdict(
                name, "failed", hint=error.hint, data=error.data, staff_note=error.staff_note, seconds=seconds
            )
        elif isinstance(error, Remark):
            self.case.verdicts[name] = Verdict(
                name, "passed", fraction=1.0, staff_note=error.staff_note, seconds=seconds
            )
        elif isinstance(error, Waits):
            self.case.verdicts[name] = self.case.waiting(name, error.by)
        elif isinstance(error, NotJudged):
            self.case.verdicts[name] = error.verdict
        else:
            self.case.verdicts.pop(name, None)
            self.faults.append(f"hidden test {name}: {type(error).__name__}: {error}")


for _probe in PROBES:
    setattr(JudgingPlugin, f"_observation_{_probe}", _fixture_for(_probe))
