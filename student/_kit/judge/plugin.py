"""The pytest plugin of the judging process: observations as fixtures, verdicts out of reports.

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
    """The id of the hidden test that pytest knows as `node`."""
    return test_id(node.path.stem.removeprefix("test_"), getattr(node, "originalname", None) or node.name)


def _fixture_for(probe: str) -> Callable[..., Any]:
    """The fixture that gives a test the observation of `probe`."""

    @pytest.fixture(name=probe)
    def observation(self: JudgingPlugin, request: pytest.FixtureRequest) -> Any:
        return self.case.observation(_id_of(request.node), probe)

    return observation


class JudgingPlugin:
    """Fills `case.verdicts` while pytest runs the hidden tests named in `wanted`.

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
        """What a network may look like."""
        return self.case.rules

    @pytest.fixture
    def facts(self) -> Any:
        """What the grader itself knows."""
        return self.case.facts

    @pytest.fixture
    def witness(self) -> Witness:
        """What was seen of the network in the graded training, nothing where there was none."""
        return self.case.witness

    @pytest.fixture
    def reading(self) -> Reading:
        """What the sources tell a reader, where the grader has read them."""
        return self.case.facts.reading if self.case.facts is not None else Reading()

    @pytest.fixture(autouse=True)
    def _in_order(self, request: pytest.FixtureRequest) -> None:
        """Block a test that comes after one which has not passed."""
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
        """What `item` came to, None while it has not."""
        return self.case.verdicts.get(_id_of(item))

    def _record(self, name: str, error: BaseException, seconds: float) -> None:
        """Write down what an exception makes of the test `name`: a verdict, or a fault of ours."""
        if isinstance(error, Misconception):
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
