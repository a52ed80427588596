"""Tests of a hidden test that lacks its observation. The first such test tells why, and blocks the others."""

from __future__ import annotations

from typing import Any

import pytest

from grader.i18n import translator
from grader.judge.case import Case, NotJudged
from grader.judge.cells import in_cells
from grader.judge.marks import Misconception
from grader.judge.plugin import JudgingPlugin
from grader.judge.rules import Rules
from grader.model import Outcome, OutcomeKind, TestStatus, Verdict
from grader.protocol.codec import encode
from grader.protocol.observations import Load, Module
from grader.protocol.raised import Frame, Raised
from grader.reading import Origin, Reading
from grader.report.escape import markdown_message

RULES = Rules(max_parameters=1, min_hidden_layers=1, forbid_convolutions=False)


def case(**outcomes: Outcome) -> Case:
    """A case with these outcomes. The observation of a probe is its name."""
    return Case(outcomes, RULES, None, read=lambda probe, outcome: probe)


def verdict_of(a_case: Case, test: str, probe: str) -> Verdict:
    """The verdict on `test` without the observation of `probe`."""
    with pytest.raises(NotJudged) as raised:
        a_case.observation(test, probe)
    a_case.verdicts[test] = raised.value.verdict
    return raised.value.verdict


def raised(exception: str = "ValueError", message: str = "no", *, stub: bool = False, frames: bool = True) -> Outcome:
    """An exception in line 3 of `net.py`, or elsewhere."""
    where = [Frame("net.py", 3, "forward", "x = 1")] if frames else []
    return Outcome("error", error=Raised(exception, message, where, stub))


def test_an_observation_is_handed_out() -> None:
    """Every test that asks for an observation gets it."""
    a_case = case(load=Outcome("ok", b"x"))
    assert [a_case.observation(test, "load") for test in ("a/1", "a/2")] == ["load", "load"]


def test_the_first_asker_tells_and_later_ones_are_blocked() -> None:
    """The first test that lacks an observation tells why.

    Later ones are blocked, so one exception is one failed test.
    """
    a_case = case(masks=raised())
    first, second = verdict_of(a_case, "dropout/a", "masks"), verdict_of(a_case, "dropout/b", "masks")
    assert (first.status, first.hint, first.blocked_by) == ("error", "outcome/error", None)
    assert first.data == {"exception": "ValueError: no", "where": "net.py:3", "code": "x = 1"}
    assert (second.status, second.blocked_by, second.data) == ("blocked", "dropout/a", {"blocker": "dropout/a"})


def test_the_same_message_is_told_once() -> None:
    """A message that another category has told blocks a test. Other data, and its own category, do not."""
    a_case, data = case(), {"name": "fc1"}
    plugin = JudgingPlugin(a_case, frozenset())
    for test, told in (("a/1", data), ("a/2", dict(data)), ("b/2", dict(data)), ("b/3", {"name": "fc2"})):
        plugin._record(test, Misconception("structure/zero-gradient", told, None), 0.1)
    assert [(verdict.status, verdict.blocked_by) for verdict in a_case.verdicts.values()] == [
        ("failed", None),
        ("failed", None),
        ("blocked", "a/1"),
        ("failed", None),
    ]


def test_a_blocked_probe_is_told_by_its_root() -> None:
    """A blocked probe is told by its first cause. `predictions` is blocked here by what ended `training`."""
    a_case = case(predictions=Outcome("blocked", blocked_by="training"), training=Outcome("memory", data={"mb": 4096}))
    told = verdict_of(a_case, "accuracy/a", "predictions")
    assert (told.status, told.hint, told.data) == ("crashed", "outcome/memory", {"mb": 4096})
    assert verdict_of(a_case, "accuracy/b", "training").blocked_by == "accuracy/a"


UNREAD = Raised("SyntaxError", "'return' outside function", [Frame("training.py", 9, "", "return history")])


@pytest.mark.parametrize(
    ("module", "hint", "told"),
    [
        (Module("training", error=UNREAD), "structure/syntax-outside", "training.py:9"),
        (Module("training", ["train"]), "structure/name-missing", "training.py"),
    ],
)
def test_a_module_that_did_not_load_is_told_where_no_other_test_does(module: Module, hint: str, told: str) -> None:
    """A student runs one file of tests: the one that usually tells of modules is not in it."""
    load = Load([Module("net"), module], 1, "1", 1, "1")
    outcomes = {"load": Outcome("ok"), "runs": Outcome("blocked", blocked_by="load")}
    a_case = Case(outcomes, RULES, None, read=lambda probe, outcome: load)
    first = verdict_of(a_case, "training/a", "runs")
    assert first.hint == hint
    assert told in str(first.data)
    assert verdict_of(a_case, "training/b", "runs").blocked_by == "training/a"


def test_a_test_that_found_fault_with_the_root_blocks() -> None:
    """A test that failed on the first cause blocks others.

    `build` worked, but a test disliked it: that test is named, and no new failure is made.
    """
    a_case = case(build=Outcome("ok", b"x"), shapes=Outcome("blocked", blocked_by="build"))
    a_case.observation("structure/builds", "build")
    a_case.verdicts["structure/builds"] = Verdict("structure/builds", "failed", hint="structure/not-a-module")
    blocked = verdict_of(a_case, "structure/output-shape", "shapes")
    assert (blocked.status, blocked.blocked_by) == ("blocked", "structure/builds")


def test_a_blocked_test_passes_on_the_name_of_its_blocker() -> None:
    """A blocked test names the first cause, not a chain."""
    a_case = case()
    a_case.verdicts["b"] = Verdict("b", "blocked", blocked_by="a")
    with pytest.raises(NotJudged) as stopped:
        a_case.require("c", ("b",))
    assert stopped.value.verdict.blocked_by == "a"


@pytest.mark.parametrize("status", ["failed", "timeout", "crashed", "error", "blocked"])
def test_after_means_after_it_has_passed(status: TestStatus) -> None:
    """A test is judged only after its prerequisites have passed. Any other status of them blocks it."""
    a_case = case()
    a_case.verdicts["a/1"] = Verdict("a/1", "passed")
    a_case.require("a/3", ("a/1",))
    a_case.verdicts["a/2"] = Verdict("a/2", status)
    with pytest.raises(NotJudged) as stopped:
        a_case.require("a/3", ("a/1", "a/2"))
    assert (stopped.value.verdict.status, stopped.value.verdict.blocked_by) == ("blocked", "a/2")


def test_nobody_to_blame_is_a_failure_all_the_same() -> None:
    """A blocked probe without a cause is a failure.

    The probe that blocks it worked, and no test found fault with it.
    """
    a_case = case(build=Outcome("ok", b"x"), modes=Outcome("blocked", blocked_by="build"))
    told = verdict_of(a_case, "dropout/a", "modes")
    assert (told.status, told.hint) == ("failed", "outcome/inconsistent")
    assert told.fraction == 0


def test_a_probe_that_was_never_run_is_no_pass() -> None:
    """A probe that was never run is no pass."""
    assert verdict_of(case(), "a/1", "load").status != "passed"


LIMITS: list[tuple[OutcomeKind, dict[str, Any], TestStatus, str]] = [
    ("timeout", {"limit_seconds": 60}, "timeout", "outcome/timeout"),
    ("memory", {}, "crashed", "outcome/memory"),
    ("scratch", {}, "crashed", "outcome/scratch"),
    ("processes", {}, "crashed", "outcome/processes"),
    ("network-size", {"size_mb": 250, "limit_mb": 65}, "crashed", "outcome/network-size"),
    ("crashed", {"reason": "exit", "exit_code": 0}, "crashed", "outcome/crashed"),
]


@pytest.mark.parametrize(("kind", "data", "status", "hint"), LIMITS, ids=[limit[0] for limit in LIMITS])
def test_every_end_has_its_status_and_message(
    kind: OutcomeKind, data: dict[str, Any], status: TestStatus, hint: str
) -> None:
    """Every way to end has its status and message. As in the contract, a process died or did not end in time."""
    told = verdict_of(case(loop=Outcome(kind, data=data)), "training/runs", "loop")
    assert (told.status, told.hint, told.data) == (status, hint, data)
    assert told.staff_note is not None
    assert kind in told.staff_note


@pytest.mark.parametrize(("code", "shown"), [("while True:", "while True:"), ("", "…")])
def test_code_without_end_is_told_with_its_line(code: str, shown: str) -> None:
    """Where it was when the time was up; the place is one that a notebook has a cell for."""
    line = Frame("training.py", 31, "train", code)
    told = verdict_of(case(loop=Outcome("timeout", data={"limit_seconds": 60}, line=line)), "training/runs", "loop")
    assert (told.status, told.hint) == ("timeout", "outcome/timeout-at")
    assert told.data == {"limit_seconds": 60, "where": "training.py:31", "code": shown}


def test_a_line_that_is_made_up_is_told_as_it_is() -> None:
    """It is what a stranger's process said: it breaks no judging, is no cell of a notebook and has no markup."""
    lines = (
        Frame("../../etc/passwd:9\n`", -(2**63), "\x1b[31m", "`` \n<script>"),
        Frame("training.py", 31, "train", "while True:"),
    )
    backticks = []
    for line in lines:
        late = Outcome("timeout", data={"limit_seconds": 60}, line=line)
        told = verdict_of(case(loop=late), "training/runs", "loop")
        encode(told)
        reading = Reading(is_notebook=True, origins=(Origin("net.py", 1, 2, 2),))
        assert in_cells(told, reading).data == told.data
        text = markdown_message(translator("en"), told.hint or "", told.data)
        assert "\n" not in text
        backticks.append(text.count("`"))
    assert backticks[0] == backticks[1]


def test_a_slow_training_has_no_line_to_blame() -> None:
    """Batch after batch was trained on: what there is to tell is how many epochs fit."""
    data = PROGRESS | {"epoch": 5, "batch": 100, "seconds": 100.0}
    outcome = Outcome("timeout", data=data, line=Frame("training.py", 31, "train", "loss.backward()"))
    told = verdict_of(case(training=outcome), "accuracy/finishes", "training")
    assert told.hint == "accuracy/too-slow"
    assert "where" not in told.data


def test_a_stub_says_what_to_write() -> None:
    """A stub is reported as a part not written. Its `NotImplementedError` is no crash."""
    told = verdict_of(case(loop=raised("NotImplementedError", "TODO", stub=True)), "training/runs", "loop")
    assert (told.status, told.hint) == ("failed", "outcome/not-implemented")
    assert told.data == {"where": "net.py:3", "file": "net.py", "function": "forward"}


def test_an_error_outside_the_submission_s_files_has_no_place() -> None:
    """An error outside the submission's files has no line. What was called is shown instead."""
    told = verdict_of(case(loop=raised("LookupError", "", frames=False)), "training/runs", "loop")
    assert (told.hint, told.data["exception"], told.data["where"]) == (
        "outcome/error-nowhere",
        "LookupError",
        "training.py",
    )
    assert "train(model" in told.data["code"]


def test_a_well_known_error_has_advice_of_its_own() -> None:
    """A well-known error has advice of its own.

    It may have a line or none, and a full stop at its end is not doubled.
    """
    for frames in (True, False):
        told = verdict_of(case(fit=raised("RuntimeError", "Target 10 is out of bounds.", frames=frames)), "a/b", "fit")
        assert (told.status, told.hint) == ("error", "outcome/label-out-of-range")
        assert told.data["exception"] == "RuntimeError: Target 10 is out of bounds"


PROGRESS = {"limit_seconds": 100, "n_epochs": 40, "batches": 100}


@pytest.mark.parametrize(
    ("epoch", "batch", "seconds", "epoch_seconds", "fits"),
    [
        (5, 100, 100.0, 20.0, 5),
        (7, 50, 97.5, 15.0, 6),
        (1, 10, 99.0, 990.0, 0),
        (1, 0, 90.0, 90.0, 1),
        (39, 50, 77.0, 2.0, 38),
    ],
)
def test_too_slow_says_how_many_epochs_fit(
    epoch: int, batch: int, seconds: float, epoch_seconds: float, fits: int
) -> None:
    """A timeout says how many epochs fit. It computes seconds per epoch from how far the training came."""
    data = PROGRESS | {"epoch": epoch, "batch": batch, "seconds": seconds}
    told = verdict_of(case(training=Outcome("timeout", data=data)), "accuracy/finishes", "training")
    assert (told.status, told.hint) == ("timeout", "accuracy/too-slow")
    assert (told.data["epoch_seconds"], told.data["fits"]) == (epoch_seconds, fits)


def test_who_goes_on_after_the_last_epoch_is_not_told_to_take_fewer() -> None:
    """Time was up in the 92nd pass, and forty were asked for: nothing is said of how many fit."""
    data = PROGRESS | {"epoch": 92, "batch": 50, "seconds": 97.5}
    told = verdict_of(case(training=Outcome("timeout", data=data)), "accuracy/finishes", "training")
    assert (told.status, told.hint) == ("timeout", "accuracy/past-its-epochs")
    assert (told.data["epoch"], told.data["n_epochs"]) == (92, 40)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 1e-300, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("number", [0, -3, 2**63 - 1])
def test_progress_that_makes_no_sense_ends_no_judging(number: int, seconds: float) -> None:
    """Progress that makes no sense is just a timeout. A stranger's process may report any numbers."""
    data = PROGRESS | {"epoch": number, "batch": number, "batches": number, "seconds": seconds}
    told = verdict_of(case(training=Outcome("timeout", data=data)), "accuracy/finishes", "training")
    assert told.status == "timeout"
    encode(told)  # the judging process must be able to send its answer
