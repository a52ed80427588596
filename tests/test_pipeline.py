"""A run from submissions to results, with real workers, on a few of the embedded digits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.intake import discover
from grader.model import Result, Submission
from grader.pipeline import Course, grade_all, plan
from grader.protocol.codec import decode, encode
from grader.protocol.messages import Progress
from grader.record import Record
from tests.testing.courses import BROKEN, HONEST, HONEST_NET, HONEST_OBJECTIVE, TRAINING, UNREADABLE, assignment, course
from tests.testing.jobs import NET, submission
from tests.testing.warm import WarmBackend, WarmSandbox


def grade(a_course: Course, *submissions: Submission) -> dict[str, Result]:
    """Results by the names of their submissions."""
    results = grade_all(a_course, submissions, lambda record, result: None, lambda *heard: None)
    return {result.submission: result for result in results}


def test_a_batch_is_graded_and_saved_one_by_one() -> None:
    """Each result is saved when it is there, before the next submission begins; none stops the others."""
    events: list[str] = []

    def save(record: Record, result: Result) -> None:
        assert record.submission == result.submission
        events.append(f"save {result.submission}")

    def listen(name: str, phase: str, progress: Progress | None) -> None:
        if phase == "structure":
            events.append(f"begin {name}")

    results = grade_all(course(assignment()), [BROKEN, UNREADABLE, HONEST], save, listen)
    broken, unreadable, honest = list(results)
    assert events == ["begin broken", "save broken", "save unreadable", "begin honest", "save honest"]

    assert (broken.status, broken.score, broken.max_score) == ("failed", 0.0, 100.0)
    first, *others = broken.tests
    assert (first.verdict.test, first.verdict.status) == ("structure/loads", "crashed")
    # what is told of the submission's files needs no process
    assert {t.verdict.status for t in others if t.verdict.test != "integrity/carries-no-data"} == {"blocked"}

    assert (unreadable.status, unreadable.score) == ("failed", 0.0)
    assert unreadable.tests[0].verdict.hint == "intake/no-net"
    assert {test.verdict.blocked_by for test in unreadable.tests[1:]} == {"structure/loads"}

    failed = [test.verdict.test for test in honest.tests if test.verdict.status != "passed"]
    assert failed == ["accuracy/target"]
    assert honest.score == 100.0 - 12.0
    assert honest.flags == ()


def test_what_cannot_be_saved_is_a_fault_of_its_own() -> None:
    """A full disk under one submission costs it nothing and does not stop the others."""

    def save(record: Record, result: Result) -> None:
        if record.submission == "unreadable":
            raise GraderFault("no space left")

    broken, unreadable = grade_all(course(assignment()), [BROKEN, UNREADABLE], save, lambda *where: None)
    assert broken.status == "failed"
    assert (unreadable.status, unreadable.score) == ("grader_error", None)
    assert unreadable.fault is not None
    assert "no space left" in unreadable.fault


def test_a_result_knows_what_was_handed_in(tmp_path: Path) -> None:
    """The entry and the earlier attempts reach it by the record; one stored before there were such fields is read."""
    (tmp_path / "leeann_12345_67890_hw.zip").touch()
    (tmp_path / "leeann_12345_67891_hw-1.zip").touch()
    records: list[Record] = []
    (result,) = grade_all(
        course(assignment()), discover([tmp_path]), lambda record, result: records.append(record), lambda *heard: None
    )
    assert result.entry == "leeann_12345_67891_hw-1.zip"
    assert result.earlier_attempts == ("leeann_12345_67890_hw.zip",)
    assert decode(encode(records[0]), Record) == records[0]
    old = {name: value for name, value in vars(records[0]).items() if name not in ("entry", "earlier_attempts")}
    assert decode(encode(old), Record) == replace(records[0], entry="", earlier_attempts=())


def test_honest_training_does_not_notice_the_relabelling() -> None:
    """With secret names for the digits as without them, the network learns, and the table shows true digits."""
    accuracies = []
    for relabel in (True, False):
        a_course = course(assignment(relabel=relabel), categories=("accuracy",))
        metrics = grade(a_course, HONEST)["honest"].metrics
        assert metrics.accuracy is not None
        assert metrics.correct == sum(metrics.confusion[digit][digit] for digit in range(10))
        assert (metrics.test_size, sum(map(sum, metrics.confusion))) == (200, 200)
        accuracies.append(metrics.accuracy)
    assert min(accuracies) > 0.7
    assert abs(accuracies[0] - accuracies[1]) < 0.1


def test_every_submission_gets_names_of_its_own() -> None:
    """No digit keeps its name; another submission, seed or installation gets other names, the same one the same."""
    a_course = course(assignment())
    names = plan(a_course, HONEST, 0)[0].relabelling
    assert sorted(names) == list(range(10))
    assert [digit for digit in range(10) if names[digit] == digit] == []
    assert plan(a_course, HONEST, 0)[0].relabelling == names
    others = [
        plan(a_course, BROKEN, 0)[0].relabelling,
        plan(a_course, HONEST, 1)[0].relabelling,
        plan(replace(a_course, key=b"other"), HONEST, 0)[0].relabelling,
    ]
    assert len({names, *others}) == 4


LEARNS_WITH_SEED = TRAINING.replace(
    "    losses = []\n", "    losses = []\n    learn = torch.initial_seed() == {seed}\n"
).replace("            optimizer.step()\n", "            if learn:\n                optimizer.step()\n")


@pytest.mark.parametrize("seed", [0, 1])
def test_of_the_trainings_of_a_near_miss_the_best_counts(seed: int) -> None:
    """It is trained again with the next seed; the better run is the one reported, whichever it was."""
    lucky = submission("lucky", net=HONEST_NET, objective=HONEST_OBJECTIVE, training=LEARNS_WITH_SEED.format(seed=seed))
    trainings: list[str] = []

    def listen(name: str, phase: str, progress: Progress | None) -> None:
        if phase == "train" and progress is None:
            trainings.append(name)

    a_course = course(assignment(retrain_seeds=1), categories=("accuracy",))
    (result,) = grade_all(a_course, [lucky], lambda record, result: None, listen)
    assert trainings == ["lucky", "lucky"]
    assert result.provenance.seed == seed
    assert result.metrics.accuracy is not None
    assert result.metrics.accuracy > 0.5


class FailingBackend(WarmBackend):
    """Cannot launch a sandbox on the occasions it is told."""

    def __init__(self, *failing: int) -> None:
        self.launches, self.failing = 0, failing

    def launch(self, spec: object) -> WarmSandbox:
        self.launches += 1
        if self.launches in self.failing:
            raise OSError(28, "No space left on device")
        return super().launch(spec)


PLAIN = [submission(name, net=NET + f"# {name}\n") for name in ("first", "second", "third")]


def test_a_fault_of_ours_is_no_grade_and_stops_nobody() -> None:
    """Where the machine fails twice, the result is `grader_error` without a score, and the others are graded."""
    a_course = course(assignment(), backend=FailingBackend(2, 3), categories=("structure",))
    results = grade(a_course, *PLAIN)
    assert [result.status for result in results.values()] == ["failed", "grader_error", "failed"]
    second = results["second"]
    assert second.score is None
    assert second.max_score == 20.0
    assert second.tests == ()
    assert second.fault is not None
    assert "No space left on device" in second.fault


def test_a_fault_of_ours_is_tried_once_more() -> None:
    """What works at the second attempt is graded as if nothing had been."""
    backend = FailingBackend(1)
    results = grade(course(assignment(), backend=backend, categories=("structure",)), PLAIN[0])
    assert results["first"].fault is None
    assert results["first"].score is not None
    assert backend.launches == 2


def test_a_part_is_scored_by_itself() -> None:
    """With some categories chosen, their points are all there are, and what they come after is judged but not shown."""
    result = grade(course(assignment(), categories=("dropout",)), HONEST)["honest"]
    assert {test.verdict.category for test in result.tests} == {"dropout"}
    assert (result.status, result.score, result.max_score) == ("passed", 15.0, 15.0)
