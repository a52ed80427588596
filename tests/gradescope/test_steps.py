"""Tests of the autograder's steps and their results. `results.json` must be right whenever the time is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grader.gradescope.__main__ import OutOfTime, Run, grade_by_steps
from grader.gradescope.budget import Budget
from grader.gradescope.options import Options
from tests.testing import gradescope

PLENTY = Budget(1e9, 0.0)


@dataclass
class Told(Run):
    """A run whose graders end as `codes` says. They find one point for each category."""

    codes: dict[str, int] = field(default_factory=dict)
    misses: bool = False
    calls: list[tuple[str, ...]] = field(default_factory=list)

    def grade(self, path: Path, categories: tuple[str, ...], *more: str) -> int:  # noqa: ARG002 - none is read
        step = ",".join(categories) if "--no-retrain" in more or not more else "again"
        self.calls.append((step, *more))
        code = self.codes.get(step, 0)
        if code < 0:
            raise OutOfTime
        if code != 2:
            rows = [{"score": 1.0, "extra_data": {"id": f"{category}/x"}} for category in categories]
            self.known = {"score": float(len(rows)), "output": step, "tests": rows}
        return code

    @property
    def may_improve(self) -> bool:
        return self.misses


def run_of(root: Path, budget: Budget = PLENTY, **told: object) -> Told:
    """Make a run over the structure and the accuracy."""
    return Told(root, Options(only=["structure", "accuracy"]), root / "out", budget, **told)  # type: ignore[arg-type]


def written(run: Run) -> gradescope.Document:
    """The document that stands in `results.json`."""
    return gradescope.read((run.root / "results/results.json").read_bytes())


def test_first_what_needs_no_training_then_all_as_one(tmp_path: Path) -> None:
    """Tests without training run first, then all together. The second run has a time limit, and its result counts."""
    run = run_of(tmp_path)
    assert grade_by_steps(run, tmp_path) == 0
    assert [call[0] for call in run.calls] == ["structure", "structure,accuracy"]
    assert run.calls[1][1] == "--time-limit"
    assert (written(run).score, written(run).output) == (2.0, "structure,accuracy")


def test_a_missed_goal_is_tried_again_while_there_is_time(tmp_path: Path) -> None:
    """A missed goal is tried again while there is time.

    The time limit stays the same, so the first training is found in the store.
    """
    run = run_of(tmp_path, misses=True, codes={"structure,accuracy": 1, "again": 0})
    assert grade_by_steps(run, tmp_path) == 0
    assert [call[0] for call in run.calls] == ["structure", "structure,accuracy", "again"]
    assert run.calls[1] == (*("structure,accuracy", *run.calls[2][1:]), "--no-retrain")
    late = run_of(tmp_path, Budget(100.0, 0.0, now=lambda: 99.0), misses=True)
    grade_by_steps(late, tmp_path)
    assert len(late.calls) == 2


def test_lateness_is_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lateness is left to Gradescope.

    The assignment's deadline takes nothing off there, whatever time an upload brings.
    """
    calls: list[tuple[object, ...]] = []

    def command(run: Run, *arguments: object) -> int:
        calls.append(arguments)
        run.out.mkdir(exist_ok=True)
        (run.out / "gradescope.json").write_text("{}")
        return 0

    monkeypatch.setattr(Run, "command", command)
    Run(tmp_path, Options(), tmp_path / "out", PLENTY).grade(tmp_path, ("structure",))
    assert "--no-lateness" in next(call for call in calls if call[0] == "export")


def test_out_of_time_while_training(tmp_path: Path) -> None:
    """When time runs out in training, earlier results stand. A sentence says what is missing."""
    run = run_of(tmp_path, codes={"structure,accuracy": -1})
    assert grade_by_steps(run, tmp_path) == 1
    assert written(run).score == 1.0
    assert "had to stop" in written(run).output


def test_out_of_time_while_training_again(tmp_path: Path) -> None:
    """Out of time in a second training, the first counts. Nothing is missing."""
    run = run_of(tmp_path, misses=True, codes={"structure,accuracy": 1, "again": -1})
    assert grade_by_steps(run, tmp_path) == 1
    assert (written(run).score, written(run).output) == (2.0, "structure,accuracy")


@pytest.mark.parametrize("code", [2, 3])
def test_a_fault_at_the_end_is_no_score(tmp_path: Path, code: int) -> None:
    """A fault of the last step gives no score. Earlier results do not count either: somebody has to run it again."""
    run = run_of(tmp_path, codes={"structure,accuracy": code})
    assert grade_by_steps(run, tmp_path) == 3
    assert not written(run).has_score


def test_a_fault_of_the_first_step_is_made_good_by_the_second(tmp_path: Path) -> None:
    """The second step makes good a fault of the first. It grades everything again."""
    run = run_of(tmp_path, codes={"structure": 3})
    assert grade_by_steps(run, tmp_path) == 0
    assert written(run).score == 2.0


def test_a_budget_ends_before_the_platform_does() -> None:
    """The budget ends some time before the platform's limit.

    It keeps a share of long times and some seconds of short ones, and training leaves time for what follows.
    """
    assert Budget(600.0, 100.0, now=lambda: 100.0).left == 570.0
    assert Budget(100.0, 0.0, now=lambda: 0.0).left == 85.0
    half_way = Budget(600.0, 0.0, now=lambda: 300.0)
    assert half_way.training_limit(70.0) == 150.0
    assert half_way.training_limit(1000.0) == 1.0
    assert (half_way.allows_again(200.0), half_way.allows_again(250.0)) == (True, False)
