"""Old results stand while nothing that decides them has changed. They never stand longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from grader import standing
from grader.judge.exchange import Judge
from grader.model import Execution, Identity, Outcome, Problem, Result, Submission
from grader.reading import Reading
from grader.record import Patience, patience_that_ended
from grader.schedule.base import Done, Task
from grader.setup import Setup
from grader.store import Store
from tests.testing.jobs import submission
from tests.testing.runs import UNREADABLE, assignment, run_all, setup_of
from tests.testing.warm import WarmBackend

TINY = submission("tiny")


class Counting:
    """Count what is executed and judged."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.executed: list[str] = []
        self.judged = 0
        self.foreseen: list[tuple[int, int]] = []
        ask = Judge.verdicts

        def counted(judge: Judge, *arguments: object) -> object:
            self.judged += 1
            return ask(judge, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Judge, "verdicts", counted)

    def run(self, setup: Setup, out: Path, *submissions: Submission) -> list[Result]:
        """Run into `out` and return the results. Only this run is counted."""
        self.executed, self.judged, self.foreseen = [], 0, []
        return run_all(
            setup,
            *submissions,
            begin=lambda work: self.executed.append(work.name),
            foreseen=lambda known, total: self.foreseen.append((known, total)),
            store=Store.open(out),
        )


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Make a run whose work is counted."""
    return Counting(monkeypatch)


@pytest.fixture(scope="module")
def setup() -> Setup:
    """Prepare a run that needs no training."""
    return setup_of(assignment(), categories=("structure",))


def test_what_has_not_changed_is_neither_executed_nor_judged(setup: Setup, counting: Counting, tmp_path: Path) -> None:
    """An unchanged submission is neither executed nor judged.

    Nor is an unreadable one, and this is told before anything runs.
    """
    first = counting.run(setup, tmp_path, TINY, UNREADABLE)
    assert (counting.executed, counting.judged, counting.foreseen) == (["tiny"], 1, [(0, 2)])
    again = counting.run(setup, tmp_path, TINY, UNREADABLE)
    assert (counting.executed, counting.judged, counting.foreseen) == ([], 0, [(2, 2)])
    assert again == first


def test_who_is_known_comes_first(setup: Setup, counting: Counting, tmp_path: Path) -> None:
    """Known results come first. Nobody with one waits for the training of others."""
    counting.run(setup, tmp_path, TINY)
    results = counting.run(setup, tmp_path, submission("another", net="x = 1\n"), TINY)
    assert [result.submission for result in results] == ["tiny", "another"]
    assert (counting.executed, counting.foreseen) == (["another"], [(1, 2)])


def test_everything_again_where_that_is_asked_for(setup: Setup, counting: Counting, tmp_path: Path) -> None:
    """`--fresh` grades everything again."""
    counting.run(setup, tmp_path, TINY)
    counting.run(replace(setup, settings=replace(setup.settings, fresh=True)), tmp_path, TINY)
    assert (counting.executed, counting.judged, counting.foreseen) == (["tiny"], 1, [(0, 1)])


def with_points(setup: Setup) -> Setup:
    """Return a setup with another rubric."""
    points = {**setup.assignment.points, "structure/loads": 5.0}
    return replace(setup, assignment=msgspec.structs.replace(setup.assignment, points=points))


def with_rules(setup: Setup) -> Setup:
    """Return a setup with other rules for networks."""
    structure = msgspec.structs.replace(setup.assignment.structure, min_hidden_layers=0)
    return replace(setup, assignment=msgspec.structs.replace(setup.assignment, structure=structure))


def with_other_test(setup: Setup) -> Setup:
    """Return a setup where a hidden test follows another one."""
    budget = replace(setup.tests["structure/budget"], after=("structure/loads",))
    return replace(setup, tests={**setup.tests, "structure/budget": budget})


def with_fewer_tests(setup: Setup) -> Setup:
    """Return a setup with one hidden test less."""
    return replace(setup, chosen=setup.chosen[:-1])


@pytest.mark.parametrize("change", [with_points, with_rules, with_other_test, with_fewer_tests])
def test_a_changed_assignment_is_judged_by(
    change: Callable[[Setup], Setup], setup: Setup, counting: Counting, tmp_path: Path
) -> None:
    """A changed assignment judges again, without a new execution. The result is that of a run into an empty folder."""
    counting.run(setup, tmp_path / "changed", TINY)
    changed = change(setup)
    (again,) = counting.run(changed, tmp_path / "changed", TINY)
    assert (counting.executed, counting.judged, counting.foreseen) == ([], 1, [(1, 1)])
    (afresh,) = counting.run(changed, tmp_path / "empty", TINY)
    assert outcome(again) == outcome(afresh)


def outcome(result: Result) -> object:
    """Return what a result says, without times."""
    return [(test.verdict.test, test.verdict.status, test.score, test.max_score) for test in result.tests], result.score


def test_another_version_of_the_grader_judges_again(
    setup: Setup, counting: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed line of the grader's source judges again. The version number does not matter."""
    counting.run(setup, tmp_path, TINY)
    monkeypatch.setattr(standing, "_code", lambda: "another line")
    counting.run(setup, tmp_path, TINY)
    assert (counting.executed, counting.judged) == ([], 1)


def test_the_source_that_decides_is_all_of_the_grader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of any source file of the grader is noticed. So is one in a folder, such as a hidden test."""
    package = tmp_path / "grader"
    (package / "hidden").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "hidden" / "test_structure.py").write_text("one = 1\n")
    monkeypatch.setattr(standing.grader, "__file__", str(package / "__init__.py"))
    before = standing._code.__wrapped__()
    assert standing._code.__wrapped__() == before
    (package / "hidden" / "test_structure.py").write_text("one = 2\n")
    assert standing._code.__wrapped__() != before


@pytest.mark.parametrize(
    "changed",
    [
        submission("tiny", training="def train(): ...\n"),
        replace(TINY, identity=Identity("tiny", {"name": "Tiny Tim"})),
        replace(TINY, identity=Identity("tiny", earlier_attempts=("old.zip",))),
        replace(TINY, reading=Reading(is_notebook=True)),
        Submission(TINY.identity, {}, Path("tiny"), Problem("intake/no-net")),
    ],
    ids=["other files", "other person", "earlier attempts", "a notebook", "nothing to read"],
)
def test_another_hand_in_is_graded(changed: Submission, setup: Setup, counting: Counting, tmp_path: Path) -> None:
    """A changed submission is graded again. So is one whose person or way of handing in has changed."""
    counting.run(setup, tmp_path, TINY)
    (result,) = counting.run(setup, tmp_path, changed)
    assert result.identity == changed.identity
    assert counting.judged == (changed.problem is None)
    assert (result.tests[0].verdict.hint == "intake/no-net") == (changed.problem is not None)


class FailingBackend(WarmBackend):
    """A backend that starts no sandbox."""

    def launch(self, spec: object) -> object:  # noqa: ARG002 - as its base
        raise OSError(28, "No space left on device")


def test_a_fault_of_ours_never_stands(setup: Setup, counting: Counting, tmp_path: Path) -> None:
    """A fault of the machine never stands. The next run tries again, and its result stands."""
    (failed,) = counting.run(replace(setup, backend=FailingBackend()), tmp_path, TINY)
    assert failed.status == "grader_error"
    (graded,) = counting.run(setup, tmp_path, TINY)
    assert graded.status == "failed"
    assert counting.foreseen == [(0, 1)]


class LateEngine:
    """An engine whose every job ends at its limit."""

    name, slots = "late", 1

    def __init__(self) -> None:
        self._tasks: list[Task] = []

    def submit(self, task: Task) -> None:
        """Take a task."""
        self._tasks.append(task)

    def next(self) -> Done | None:
        """Return a task as too slow."""
        if not self._tasks:
            return None
        task = self._tasks.pop()
        outcomes = {"load": Outcome("timeout", data={"limit_seconds": 1})}
        patience = {"time_factor": task.job.time_factor, "threads": task.job.threads}
        return Done(task.name, Execution(outcomes, started="2026-01-05T10:00:00Z", **patience))  # type: ignore[arg-type]

    def close(self) -> None:
        """Do nothing: nothing runs."""


@pytest.mark.parametrize(
    ("now", "again"),
    [
        (Patience(2.0, 4), False),
        (Patience(1.0, 4), False),
        (Patience(2.0, 1), False),
        (Patience(1.0, 1), False),
        (Patience(3.0, 4), True),
        (Patience(2.0, 8), True),
        (Patience(3.0, 1), True),
    ],
    ids=str,
)
def test_who_was_too_slow_is_tried_again_where_more_would_fit(
    now: Patience, again: bool, setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timeout is tried again where there is more time. That is a longer limit or more threads than before."""
    monkeypatch.setattr("tests.testing.runs.start", lambda name, place: LateEngine())
    executed: list[str] = []

    def run(patience: Patience) -> Result:
        executed.clear()
        settings = replace(setup.settings, threads=patience.threads)
        patient = replace(setup, time_factor=patience.time_factor, settings=settings)
        begin = lambda work: executed.append(work.name)  # noqa: E731
        return run_all(patient, TINY, begin=begin, store=Store.open(tmp_path))[0]

    assert run(Patience(2.0, 4)).tests[0].verdict.status == "timeout"
    assert executed == ["tiny"]
    run(now)
    assert executed == (["tiny"] if again else [])


def test_how_many_run_beside_it_changes_nothing(setup: Setup, counting: Counting, tmp_path: Path) -> None:
    """The number of threads does not change a finished result."""
    counting.run(setup, tmp_path, TINY)
    for threads in (8, 1):
        counting.run(replace(setup, settings=replace(setup.settings, threads=threads)), tmp_path, TINY)
        assert (counting.executed, counting.judged) == ([], 0)


def test_patience_is_of_those_that_were_ended() -> None:
    """Only an execution ended by a limit depends on patience. An exception or a crash is an end of its own."""
    kinds = {"a": Outcome("ok"), "b": Outcome("error")}
    assert patience_that_ended(Execution(kinds, time_factor=2.0)) is None
    late = Execution({**kinds, "c": Outcome("timeout")}, time_factor=2.0, threads=3)
    assert patience_that_ended(late) == Patience(2.0, 3)


def test_a_damaged_result_is_made_again(setup: Setup, counting: Counting, tmp_path: Path) -> None:
    """A damaged result is made again from what was observed."""
    (first,) = counting.run(setup, tmp_path, TINY)
    with Store.open(tmp_path) as store:
        store._connection.execute("UPDATE results SET checksum = x'00'")
    (again,) = counting.run(setup, tmp_path, TINY)
    assert (counting.executed, counting.judged) == ([], 1)
    assert outcome(again) == outcome(first)
