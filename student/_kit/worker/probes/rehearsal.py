"""Runs `train` on the tiny set and records. What was seen is kept also where it raised in the middle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from ...protocol.loops import Report
from ...protocol.observations import N_CLASSES
from ..bench import Bench, Blocked
from ..calling import call
from ..partly import ARGUMENTS, exhausted, is_stub, ways_round, without_failing_statements
from .given import BATCH_SIZE, LARGER_BATCH_SIZE, Parts, known_images, our_parts, own_parts, tiny_set
from .recording import Recorder, TooMuch
from .returned import numbers_in

_MEMO = "rehearsals"
_MOST_LEFT_OUT = 3
"""Statements of `train`."""
_ALONE = "Expected more than 1 value per channel when training"
"""Torch's message on a batch of one image. Its batch normalisation says it."""


@dataclass
class Rehearsal:
    """One run of `train`."""

    recorder: Recorder
    parts: Parts
    batch_size: int
    reduction: str
    n_epochs: int
    returned: Any = None
    returned_kind: str = "NoneType"
    endless: bool = False
    error: BaseException | None = None
    unusable_after: str = ""

    @property
    def works(self) -> bool:
        """Whether it came to its end."""
        return self.error is None and not self.endless

    @property
    def shows_something(self) -> bool:
        """Whether it ended, with steps on the way."""
        return self.works and bool(self.recorder.steps())

    @property
    def reports_means(self) -> bool:
        """Whether one mean loss per pass was returned. One number for each, close to the mean loss in it."""
        report, sums, rows = self.report, defaultdict[int, float](float), defaultdict[int, int](int)
        for loss in report.losses:
            if loss.trained:
                sums[loss.epoch] += loss.value * (1 if report.summed else loss.n)
                rows[loss.epoch] += loss.n
        means = [sums[epoch] / max(1, rows[epoch]) for epoch in sorted(sums)]
        return len(means) == len(report.returned) and bool(np.allclose(means, report.returned, rtol=1e-3, atol=1e-3))

    @property
    def report(self) -> Report:
        """The losses, and what was returned about them."""
        calls, samples = self.recorder.calls, self.recorder.samples
        values, _ = numbers_in(self.returned)
        return Report(calls.losses, self.recorder.steps(), samples.passes, self.reduction == "sum", values)


def _reduction(bench: Bench) -> str:
    """Return the reduction of the submission's own criterion. `train` may rightly count on that."""
    try:
        criterion = call(bench.part("objective", "make_criterion"))
        generator = torch.Generator().manual_seed(5)
        scores = torch.rand(4, N_CLASSES, generator=generator).softmax(1).log()
        labels = torch.arange(4)
        once, twice = call(criterion, scores, labels), call(criterion, scores.repeat(2, 1), labels.repeat(2))
        return "sum" if 1.99 < float(twice) / float(once) < 2.01 else "mean"
    except Exception:  # noqa: BLE001 - `criterion` tells what is wrong with it
        return "mean"


def _complaint(model: nn.Module, device: torch.device) -> str:
    """Return the model's complaint about float32 images. It is an empty string where it takes them."""
    images = torch.zeros(2, 1, 28, 28, device=device)
    try:
        with torch.no_grad():
            call(nn.Module.train(model, False), images)
    except Exception as error:  # noqa: BLE001 - whatever it says
        return f"{type(error).__name__}: {error}"[:300]
    return ""


@dataclass(frozen=True)
class _Terms:
    """How `train` is called."""

    n_epochs: int
    reduction: str
    batch_size: int = BATCH_SIZE
    train: Callable[..., Any] | None = None
    """Function called in the place of `train`."""


def _rehearse(bench: Bench, parts: Parts, terms: _Terms) -> Rehearsal:
    """Let `train` run with `parts` and a recorder."""
    recorder = Recorder(parts.model, known_images())
    run = Rehearsal(recorder, parts, terms.batch_size, terms.reduction, terms.n_epochs)
    train, loader = terms.train or bench.part("training", "train"), tiny_set(terms.batch_size)
    worked = not _complaint(parts.model, bench.device)
    bench.seeded()
    try:
        with recorder.watching(parts):
            returned = call(train, parts.model, loader, parts.criterion, parts.optimizer, terms.n_epochs, bench.device)
            run.returned_kind, run.returned = type(returned).__name__[:80], call(exhausted, returned)
    except TooMuch:
        run.endless = True
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises: what was seen until then is kept
        run.error = error
    else:
        run.unusable_after = _complaint(parts.model, bench.device) if worked else ""
    return run


def _with_own_parts(bench: Bench, terms: _Terms) -> Rehearsal | None:
    """Run `train` with the submission's own parts.

    None where these cannot be had, or `train` cannot work with them either.
    """
    try:
        run = _rehearse(bench, own_parts(bench, terms.reduction), terms)
        if _ALONE in str(run.error):
            terms = replace(terms, batch_size=LARGER_BATCH_SIZE)
            run = _rehearse(bench, own_parts(bench, terms.reduction), terms)
    except Exception:  # noqa: BLE001 - other probes tell what is wrong with those
        return None
    return run if run.works else None


def _called_otherwise(bench: Bench, terms: _Terms, error: BaseException) -> Rehearsal | None:
    """Run `train` in ways that avoid `error`. None where none of them works."""
    train = bench.part("training", "train")
    for other in ways_round(train, error):
        run = _rehearse(bench, our_parts(bench, terms.reduction), replace(terms, train=other))
        if run.shows_something:
            return run
    errors = [error]
    while len(errors) <= _MOST_LEFT_OUT and (shorter := without_failing_statements(train, errors)) is not None:
        run = _rehearse(bench, our_parts(bench, terms.reduction), replace(terms, train=shorter))
        if run.error is None:
            return run if run.shows_something else None
        errors.append(run.error)
    return None


@dataclass(frozen=True)
class Rehearsals:
    """The judged run and further findings."""

    judged: Rehearsal
    own: Rehearsal | None = None
    """Run with the submission's own parts. It is there where what `train` returns says nothing about the losses of
    ours."""
    raised: BaseException | None = None
    """Exception of `train` called as the assignment says. The run that is judged may be another one."""


def _run_all(bench: Bench) -> Rehearsals:
    """With our parts; where `train` cannot work with those, with the submission's own."""
    train = bench.part("training", "train")
    if is_stub(train):  # parts for it would cost the import of torch's compiler, which every optimizer needs
        call(train, *[None] * len(ARGUMENTS))
    # never the submission's own number of epochs
    terms = _Terms(n_epochs=4 if bench.setting("N_EPOCHS") == 3 else 3, reduction=_reduction(bench))
    ours = _rehearse(bench, our_parts(bench, terms.reduction), terms)
    if ours.endless:
        return Rehearsals(ours)
    if ours.error is None:
        return Rehearsals(ours, None if ours.reports_means else _with_own_parts(bench, terms))
    own = _with_own_parts(bench, terms)
    if own is not None:
        return Rehearsals(own)
    # what went wrong first is what is told; what can be seen if it is called otherwise is judged
    return Rehearsals(_called_otherwise(bench, terms, ours.error) or ours, raised=ours.error)


def rehearsals(bench: Bench) -> Rehearsals:
    """The runs of `train`, made when first asked for.

    Raises:
        Blocked: there is no `train`; or the runs were asked for before, and did not come to an end.
    """
    known = bench.memo.get(_MEMO)
    if known is None:
        if _MEMO in bench.memo:
            raise Blocked("runs")
        bench.memo[_MEMO] = None
        try:
            known = bench.memo[_MEMO] = _run_all(bench)
        except Blocked:
            del bench.memo[_MEMO]
            raise
    found: Rehearsals = known
    return found
