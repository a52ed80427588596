"""A run goes from submissions to results, with real workers. It grades on a few of the embedded digits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.errors import GraderFault
from grader.inputs import draw_names_and_questions
from grader.intake import discover
from grader.model import Identity, Result, Submission
from grader.plan import plan
from grader.protocol.messages import Progress
from grader.record import read_record
from grader.schedule.base import Listener
from grader.setup import Setup
from grader.store import Store
from grader.work import Work
from tests.testing.jobs import NET, submission
from tests.testing.runs import (
    BROKEN,
    HONEST,
    HONEST_NET,
    HONEST_OBJECTIVE,
    TRAINING,
    UNREADABLE,
    assignment,
    run_all,
    setup_of,
)
from tests.testing.warm import WarmBackend, WarmSandbox


def grade(setup: Setup, *submissions: Submission) -> dict[str, Result]:
    """Return results by the names of their submissions."""
    return {result.submission: result for result in run_all(setup, *submissions)}


def test_a_batch_is_graded_and_saved_one_by_one() -> None:
    """Each result is saved before the next submission begins. None stops the others."""
    events: list[str] = []

    def write(result: Result) -> None:
        events.append(f"save {result.submission}")

    def listen(name: str, phase: str, progress: Progress | None) -> None:
        if phase == "structure":
            events.append(f"begin {name}")

    broken, unreadable, honest = run_all(setup_of(assignment()), BROKEN, UNREADABLE, HONEST, write=write, listen=listen)
    assert events == ["begin broken", "save broken", "save unreadable", "begin honest", "save honest"]

    assert (broken.status, broken.score, broken.max_score) == ("failed", 0.0, 100.0)
    first, *others = broken.tests
    assert (first.verdict.test, first.verdict.status) == ("structure/loads", "crashed")
    # this test reads only the files, and needs no process
    assert {t.verdict.status for t in others if t.verdict.test != "integrity/carries-no-data"} == {"blocked"}

    assert (unreadable.status, unreadable.score) == ("failed", 0.0)
    assert unreadable.tests[0].verdict.hint == "intake/no-net"
    assert {test.verdict.blocked_by for test in unreadable.tests[1:]} == {"structure/loads"}

    failed = [test.verdict.test for test in honest.tests if test.verdict.status != "passed"]
    assert failed == ["accuracy/target"]
    assert honest.score == 100.0 - 12.0
    assert honest.flags == ()


def test_what_cannot_be_saved_is_a_fault_of_its_own() -> None:
    """A result that cannot be saved is a fault of its own.

    A full disk costs the submission nothing, and the others go on.
    """

    def write(result: Result) -> None:
        if result.submission == "unreadable":
            raise GraderFault("no space left")

    broken, unreadable = run_all(setup_of(assignment()), BROKEN, UNREADABLE, write=write)
    assert broken.status == "failed"
    assert (unreadable.status, unreadable.score) == ("grader_error", None)
    assert unreadable.fault is not None
    assert "no space left" in unreadable.fault


def test_a_result_knows_what_was_handed_in(tmp_path: Path) -> None:
    """A result knows the entry and the earlier attempts. They reach it through the record, and the store keeps them."""
    (tmp_path / "leeann_12345_67890_hw.zip").touch()
    (tmp_path / "leeann_12345_67891_hw-1.zip").touch()
    (submission,) = discover([tmp_path])
    with Store.in_memory() as store:
        kept: list[Identity] = []

        def write(result: Result) -> None:
            stored = store.get(result.submission)
            assert stored is not None
            kept.append(read_record(stored).identity)

        (result,) = run_all(setup_of(assignment()), submission, write=write, store=store)
    assert result.identity.entry == "leeann_12345_67891_hw-1.zip"
    assert result.identity.earlier_attempts == ("leeann_12345_67890_hw.zip",)
    assert kept == [result.identity]


def test_honest_training_does_not_notice_the_relabelling() -> None:
    """Honest training does not notice the relabelling.

    It learns digits with secret names as well, and the table shows true digits.
    """
    accuracies = []
    for relabel in (True, False):
        setup = setup_of(assignment(relabel=relabel), categories=("accuracy",))
        metrics = grade(setup, HONEST)["honest"].metrics
        assert metrics.accuracy is not None
        assert metrics.correct == sum(metrics.confusion[digit][digit] for digit in range(10))
        assert (metrics.test_size, sum(map(sum, metrics.confusion))) == (200, 200)
        accuracies.append(metrics.accuracy)
    assert min(accuracies) > 0.7
    assert abs(accuracies[0] - accuracies[1]) < 0.1


def test_every_submission_gets_names_of_its_own() -> None:
    """Every submission gets its own names for the digits.

    No digit keeps its name. Another submission, seed or installation gives other names; the same gives the same.
    """
    setup = setup_of(assignment())

    def names(submission: Submission, seed: int, of: Setup = setup) -> tuple[int, ...]:
        job = plan(of, submission, seed)
        return draw_names_and_questions(job, 200, np.random.default_rng(job.data_seed))[0].names

    ours = names(HONEST, 0)
    assert sorted(ours) == list(range(10))
    assert [digit for digit in range(10) if ours[digit] == digit] == []
    assert names(HONEST, 0) == ours
    others = [names(BROKEN, 0), names(HONEST, 1), names(HONEST, 0, replace(setup, secret=b"other"))]
    assert len({ours, *others}) == 4


LEARNS_WITH_SEED = TRAINING.replace(
    "    losses = []\n", "    losses = []\n    learn = torch.initial_seed() == 1 + {seed}\n"
).replace("            optimizer.step()\n", "            if learn:\n                optimizer.step()\n")


@pytest.mark.parametrize("seed", [0, 1])
def test_of_the_trainings_of_a_near_miss_the_best_counts(seed: int) -> None:
    """A near miss is trained again, and the better training counts. It may be that of either seed."""
    lucky = submission("lucky", net=HONEST_NET, objective=HONEST_OBJECTIVE, training=LEARNS_WITH_SEED.format(seed=seed))
    trainings: list[str] = []

    def listen(name: str, phase: str, progress: Progress | None) -> None:
        if phase == "train" and progress is None:
            trainings.append(name)

    begun: list[tuple[int, int | None]] = []

    def begin(work: Work) -> None:
        begun.append((len(work.attempts), work.job and work.job.seed))

    setup = setup_of(assignment(retrain_seeds=1), categories=("accuracy",))
    (result,) = run_all(setup, lucky, listen=listen, begin=begin)
    assert trainings == ["lucky", "lucky"]
    assert begun == [(0, 0), (1, 1)], "who listens hears of each job before it is executed"
    assert result.provenance.seed == seed
    assert result.metrics.accuracy is not None
    assert result.metrics.accuracy > 0.5


@pytest.mark.parametrize("seed", [0, 1])
def test_a_near_miss_is_found_again_with_all_its_seeds(seed: int, tmp_path: Path) -> None:
    """A near miss is found again with all its seeds. No training is repeated, not even that which did not count."""
    lucky = submission("lucky", net=HONEST_NET, objective=HONEST_OBJECTIVE, training=LEARNS_WITH_SEED.format(seed=seed))
    setup = setup_of(assignment(retrain_seeds=1), categories=("accuracy",))
    heard: list[str] = []

    def listen(name: str, phase: str, progress: Progress | None) -> None:
        heard.append(phase)

    (first,) = run_all(setup, lucky, listen=listen, store=Store.open(tmp_path))
    assert "train" in heard
    heard.clear()
    (again,) = run_all(setup, lucky, listen=listen, store=Store.open(tmp_path))
    assert heard == []
    assert without_times(again) == without_times(first)
    assert again.provenance.seed == seed


def test_an_execution_is_kept_before_the_next_begins(tmp_path: Path) -> None:
    """An execution is kept before the next begins. Death in the second training loses that one alone."""
    near = submission("near", net=HONEST_NET, objective=HONEST_OBJECTIVE, training=TRAINING)
    setup = setup_of(assignment(retrain_seeds=1), categories=("accuracy",))
    begun: list[int] = []

    def begin(work: Work) -> None:
        begun.append(work.job.seed if work.job else -1)

    def die(work: Work) -> None:
        begin(work)
        if work.attempts:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(setup, near, begin=die, store=Store.open(tmp_path))
    assert begun == [0, 1]
    begun.clear()
    (resumed,) = run_all(setup, near, begin=begin, store=Store.open(tmp_path))
    assert begun == [1]
    (undisturbed,) = run_all(setup, near)
    assert without_times(resumed) == without_times(undisturbed)


class FailingBackend(WarmBackend):
    """A backend whose launch fails at certain times."""

    def __init__(self, *failing: int) -> None:
        self.launches, self.failing = 0, failing

    def launch(self, spec: object) -> WarmSandbox:
        self.launches += 1
        if self.launches in self.failing:
            raise OSError(28, "No space left on device")
        return super().launch(spec)


PLAIN = [submission(name, net=NET + f"# {name}\n") for name in ("first", "second", "third")]


def test_a_fault_of_ours_is_no_grade_and_stops_nobody() -> None:
    """A machine that fails twice gives no grade.

    The result is `grader_error` without a score, and the others are graded.
    """
    setup = setup_of(assignment(), backend=FailingBackend(2, 3), categories=("structure",))
    results = grade(setup, *PLAIN)
    assert [result.status for result in results.values()] == ["failed", "grader_error", "failed"]
    second = results["second"]
    assert second.score is None
    assert second.max_score == 20.0
    assert second.tests == ()
    assert second.fault is not None
    assert "No space left on device" in second.fault


def test_a_fault_of_ours_is_tried_once_more() -> None:
    """A fault of the machine is tried once more. If that works, the submission is graded as if nothing had been."""
    backend = FailingBackend(1)
    results = grade(setup_of(assignment(), backend=backend, categories=("structure",)), PLAIN[0])
    assert results["first"].fault is None
    assert results["first"].score is not None
    assert backend.launches == 2


def test_a_part_is_scored_by_itself() -> None:
    """A chosen category is scored by itself. What its tests come after is judged but not shown."""
    result = grade(setup_of(assignment(), categories=("dropout",)), HONEST)["honest"]
    assert {test.verdict.category for test in result.tests} == {"dropout"}
    assert (result.status, result.score, result.max_score) == ("passed", 15.0, 15.0)


def without_times(result: Result) -> Result:
    """Return a result without its times."""
    tests = tuple(replace(test, verdict=replace(test.verdict, seconds=0.0, staff_note=None)) for test in result.tests)
    return replace(
        result,
        tests=tests,
        metrics=replace(result.metrics, train_seconds=None, peak_memory_mb=None),
        provenance=replace(result.provenance, started="", seconds=0.0),
    )


def test_every_engine_gives_the_same_results() -> None:
    """Every engine gives the same results, in any order."""
    setup = setup_of(assignment(), categories=("structure", "dropout"))
    submissions = [BROKEN, UNREADABLE, HONEST, *PLAIN]
    serial, local = (
        {result.submission: without_times(result) for result in run_all(setup, *submissions, engine=engine)}
        for engine in ("serial", "local")
    )
    assert serial == local
    assert set(serial) == {submission.name for submission in submissions}


def test_what_was_observed_once_is_found_again(tmp_path: Path) -> None:
    """Only what has changed is executed again. Equal work by somebody else is found too; `fresh` executes all."""
    setup = setup_of(assignment(), categories=("structure",))
    renamed = replace(HONEST, identity=Identity("renamed"))
    heard: list[str] = []

    def run(setup: Setup, *submissions: Submission) -> list[Result]:
        heard.clear()
        listen: Listener = lambda name, *more: heard.append(name)  # noqa: E731
        return run_all(setup, *submissions, listen=listen, store=Store.open(tmp_path))

    (first,) = run(setup, HONEST)
    assert heard == ["honest"]
    again, theirs, other = run(setup, HONEST, renamed, PLAIN[0])
    assert heard == ["first"]
    assert without_times(again) == without_times(first)
    assert again.provenance == first.provenance
    assert without_times(theirs) == replace(without_times(first), identity=renamed.identity)
    assert other.status == "failed"
    run(replace(setup, secret=b"other"), HONEST)
    assert heard == ["honest"]
    run(replace(setup, settings=replace(setup.settings, fresh=True)), HONEST)
    assert heard == ["honest"]


def test_a_fault_is_not_found_again(tmp_path: Path) -> None:
    """A fault is not found again. What the machine failed at is executed the next time."""
    failing = setup_of(assignment(), backend=FailingBackend(1, 2), categories=("structure",))
    (first,) = run_all(failing, HONEST, store=Store.open(tmp_path))
    assert first.status == "grader_error"
    (second,) = run_all(failing, HONEST, store=Store.open(tmp_path))
    assert second.status == "passed"


def test_what_was_too_slow_gets_its_time_on_a_slower_machine(tmp_path: Path) -> None:
    """A timeout is tried again on a slower machine. Its limit is longer there; otherwise the timeout is believed."""
    setup = setup_of(assignment(), categories=("structure",))
    setup = replace(setup, seconds={**setup.seconds, "probe_seconds": 1.0})
    slow = submission("slow", net=f"import time\ntime.sleep(3)\n{HONEST_NET}")
    heard: list[str] = []

    def run(time_factor: float) -> Result:
        heard.clear()
        listen: Listener = lambda name, *more: heard.append(name)  # noqa: E731
        factored = replace(setup, time_factor=time_factor)
        return run_all(factored, slow, listen=listen, store=Store.open(tmp_path))[0]

    assert run(1.0).tests[0].verdict.status == "timeout"
    assert run(1.0).tests[0].verdict.status == "timeout"
    assert heard == []
    assert run(30.0).status == "passed"
    assert heard == ["slow"]
    assert run(60.0).status == "passed"
    assert heard == []


def test_damaged_observations_are_made_again(tmp_path: Path) -> None:
    """A damaged execution is executed again, and the batch goes on."""
    setup = setup_of(assignment(), categories=("structure",))
    (first,) = run_all(setup, HONEST, store=Store.open(tmp_path))
    with Store.open(tmp_path) as store:
        store._connection.execute("UPDATE executions SET checksum = x'00'")
    (second,) = run_all(setup, HONEST, store=Store.open(tmp_path))
    assert without_times(second) == without_times(first)
