"""One submission's case: outcomes, facts and verdicts so far. Decides what blocks what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..protocol.observations import Load, Witness
from ..protocol.raised import Raised
from ..verdict import Filling, Outcome, Said, Verdict
from .advice import advice, told, unwritten
from .rules import Rules

_HINTS = {
    "memory": "outcome/memory",
    "scratch": "outcome/scratch",
    "processes": "outcome/processes",
    "network-size": "outcome/network-size",
    "crashed": "outcome/crashed",
}
_TRAIN = ("training.py", "train(model, train_loader, criterion, optimizer, n_epochs, device)")
_CALLED = {
    "build": ("net.py", "Net()"),
    "shapes": ("net.py", "Net()(images)"),
    "criterion": ("objective.py", "make_criterion()(scores, labels)"),
    "fit": ("objective.py", "make_criterion()(scores, labels)"),
    "optimizer": ("objective.py", "make_optimizer(model)"),
    "descent": ("objective.py", "make_optimizer(model).step()"),
    "runs": _TRAIN,
    "loop": _TRAIN,
    "device": _TRAIN,
    "training": _TRAIN,
}
"""File and call behind each probe. For errors that no line of the submission stands behind; other probes call the
network."""
_MANY_EPOCHS = 1_000_000
"""Epochs that are told at most. How long one takes, a submission can make up."""
_PLACE = ("where", "exception")
"""Fields that tell one exception from another."""


class NotJudged(Exception):
    """Ends a test that cannot see its observations. `verdict` says what it comes to instead."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


@dataclass
class Case:
    """Source of the fixtures of the hidden tests.

    `read(probe, outcome)` gives the observation of an outcome that is "ok". `facts` are the grader's alone: a `Facts`,
    or None where students run the visible tests.
    """

    outcomes: Mapping[str, Outcome]
    rules: Rules
    facts: Any
    read: Callable[[str, Outcome], Any]
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    _reporters: dict[str, str] = field(default_factory=dict)
    """Test that reported each probe that failed."""
    _users: dict[str, list[str]] = field(default_factory=dict)
    """The tests that have looked at a probe's observation."""

    @property
    def witness(self) -> Witness:
        """Observations of the network in the graded training. Nothing where there was none."""
        outcome = self.outcomes.get("training")
        if outcome is None or outcome.kind != "ok":
            return Witness()
        seen: Witness = self.read("training", outcome).witness
        return seen

    def require(self, test: str, others: tuple[str, ...]) -> None:
        """Raise `NotJudged` where one of `others` has not passed."""
        for other in others:
            verdict = self.verdicts.get(other)
            if verdict is not None and verdict.status != "passed":
                raise NotJudged(_verdict_blocked(test, verdict.blocked_by or other))

    def waiting(self, test: str, by: str) -> Verdict:
        """Return the verdict of a test waiting for `by`.

        A test or a probe, which tells why `test` has not seen what it asks for.
        """
        if by in self.outcomes:
            return self._verdict_without(test, *self._root(by, self.outcomes[by]))
        verdict = self.verdicts.get(by)
        if verdict is not None and verdict.status != "passed":
            return _verdict_blocked(test, verdict.blocked_by or by)
        return Verdict(test, "failed", hint="outcome/inconsistent", staff_note=f"nothing to see, and {by} passed")

    def told_by(self, test: str, hint: str, data: Mapping[str, Filling]) -> str | None:
        """Return a test of another category that has told the same message. None where there is none.

        Two tests of one category may be what a single mistake fails, such as dropout in the wrong mode.
        """
        for name, verdict in self.verdicts.items():
            same = verdict.status == "failed" and verdict.hint == hint and verdict.data == data
            if same and name.partition("/")[0] != test.partition("/")[0]:
                return name
        return None

    def observation(self, test: str, probe: str) -> Any:
        """Return the observation of `probe` for `test`.

        Raises:
            NotJudged: it saw nothing. The first test that asks tells why, later ones are blocked by it.
        """
        outcome = self.outcomes.get(probe, Outcome("blocked"))
        if outcome.kind == "ok":
            self._users.setdefault(probe, []).append(test)
            return self.read(probe, outcome)
        raise NotJudged(self._verdict_without(test, *self._root(probe, outcome)))

    def _root(self, probe: str, outcome: Outcome) -> tuple[str, Outcome]:
        """Find the probe behind a blocked outcome. Returns its name and how it ended."""
        seen = {probe}
        while outcome.blocked_by is not None and outcome.blocked_by not in seen:
            probe = outcome.blocked_by
            seen.add(probe)
            outcome = self.outcomes.get(probe, outcome)
        return probe, outcome

    def _verdict_without(self, test: str, root: str, outcome: Outcome) -> Verdict:
        """Return the verdict of a test lacking an observation. The probe `root` has failed."""
        if root in self._reporters:
            return _verdict_blocked(test, self._reporters[root])
        for user in self._users.get(root, []):
            if user in self.verdicts and self.verdicts[user].status != "passed":
                return _verdict_blocked(test, self.verdicts[user].blocked_by or user)
        known = self._told_already(outcome.error)
        if known is not None:
            return _verdict_blocked(test, known)
        self._reporters[root] = test
        if root == "load" and outcome.kind == "ok" and (unloaded := _unloaded(test, self.read(root, outcome))):
            return unloaded  # the test that usually tells it is not among those that run
        return _verdict_on_failure(test, root, outcome)

    def _told_already(self, error: Raised | None) -> str | None:
        """Find the test that reported the same exception. Raised at the same place, it is one mistake."""
        if error is None or not error.frames:
            return None
        same = told(error, ("", ""))
        for name, verdict in self.verdicts.items():
            if verdict.status in ("failed", "error") and all(verdict.data.get(key) == same[key] for key in _PLACE):
                return name
        return None


def _verdict_blocked(test: str, by: str) -> Verdict:
    """Return the verdict of a test blocked by `by`."""
    return Verdict(test, "blocked", hint="outcome/blocked", data={"blocker": by}, blocked_by=by)


def _verdict_on_failure(test: str, probe: str, outcome: Outcome) -> Verdict:
    """Return the verdict of the first test reporting a failure. It asks for an observation which does not exist."""
    if outcome.kind == "error" and outcome.error is not None:
        return told_error(test, probe, outcome.error)
    if outcome.kind == "timeout":
        return _verdict_on_slow_training(test, outcome) if "epoch" in outcome.data else told_timeout(test, outcome)
    if outcome.kind in _HINTS:
        hint = _HINTS[outcome.kind]
        return Verdict(test, "crashed", hint=hint, data=outcome.data, staff_note=_staff_note(outcome))
    # the probe itself worked and no test found fault with what it saw: only in this probe did the parts not fit
    return Verdict(test, "failed", hint="outcome/inconsistent", staff_note=_staff_note(outcome))


def _unloaded(test: str, load: Load) -> Verdict | None:
    """Return the verdict on what a module lacks. None where all that the assignment names is there."""
    for module in load.modules:
        file = f"{module.name}.py"
        if module.error is not None:
            return told_error(test, "load", module.error, (file, f"import {module.name}"))
        if module.missing:
            names = tuple(Said("missing/in-module", {"name": name, "module": file}) for name in module.missing)
            return Verdict(test, "failed", hint="structure/name-missing", data={"names": names})
    return None


def _staff_note(outcome: Outcome) -> str:
    """How a probe ended, in a line for staff."""
    details = ", ".join(f"{key}={value}" for key, value in outcome.data.items())
    return f"{outcome.kind}: {details}" if details else outcome.kind


def told_timeout(test: str, outcome: Outcome) -> Verdict:
    """Return the verdict on code without an end. It names the line where that was, if it is known."""
    hint, data = "outcome/timeout", dict(outcome.data)
    if outcome.line is not None:
        where = f"{outcome.line.file}:{outcome.line.line}"
        hint, data = "outcome/timeout-at", {**data, "where": where, "code": outcome.line.code or "…"}
    return Verdict(test, "timeout", hint=hint, data=data, staff_note=_staff_note(outcome))


def _verdict_on_slow_training(test: str, outcome: Outcome) -> Verdict:
    """Return the verdict on a training ended too early. It tells how many epochs would have been done in time."""
    data = dict(outcome.data)
    if float(data["epoch"] or 0) > float(data["n_epochs"] or 0):
        return Verdict(test, "timeout", hint="accuracy/past-its-epochs", data=data, staff_note=_staff_note(outcome))
    batches, seconds = float(data["batches"] or 1), float(data["seconds"] or 0)
    done = float(data["epoch"] or 1) - 1 + float(data["batch"] or 0) / batches
    each = seconds / done if done > 0 else seconds
    limit = float(data["limit_seconds"] or 0)
    most = done if done > 0 else _MANY_EPOCHS  # starting takes time, too: more than were done have not fitted
    data |= {"epoch_seconds": round(each, 1), "fits": int(min(limit / each, most, _MANY_EPOCHS)) if each > 0 else 0}
    return Verdict(test, "timeout", hint="accuracy/too-slow", data=data, staff_note=_staff_note(outcome))


def told_error(test: str, probe: str, error: Raised, called: tuple[str, str] | None = None) -> Verdict:
    """Return the verdict on an exception of the submission.

    It raised `error` while `probe` looked at it. `called` is the file and the call, where the probe does not tell.
    """
    stub = unwritten(error)
    if stub is not None:
        return Verdict(test, "failed", hint="outcome/not-implemented", data=dict(stub))
    unknown = "outcome/error" if error.frames else "outcome/error-nowhere"
    called = called or _CALLED.get(probe, _CALLED["shapes"])
    return Verdict(test, "error", hint=advice(error) or unknown, data=dict(told(error, called)))
