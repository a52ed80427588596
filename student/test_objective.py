"""Do the loss and the optimizer fit the network?"""

import math
from collections.abc import Sequence
import numpy as np
from student._kit.judge.advice import told
from student._kit.judge.marks import after, fail, visible, wait_for
from student._kit.protocol.observations import Criterion, Descent, Fit, OneClass, Optimizer


@visible
def test_scalar_loss(criterion: Criterion) -> None:
    """`make_criterion()` gives one differentiable number. It gives a function that takes scores and labels."""
    if not criterion.callable:
        fail("objective/not-callable", got=criterion.kind)
    if criterion.kind != "Tensor":
        fail("objective/loss-not-a-tensor", got=criterion.kind)
    if math.prod(criterion.shape) != 1:
        fail("objective/loss-not-scalar", got=str(tuple(criterion.shape)))
    if not math.isfinite(criterion.value):
        fail("objective/loss-not-finite", got=str(criterion.value))
    if not criterion.has_graph or criterion.gradient is None or not criterion.gradient.any():
        fail("objective/no-gradient")
    if not np.isfinite(criterion.gradient).all():
        fail("objective/loss-not-finite", got="gradient nan")


TIED = 0.25
"""Share of scores tied for the lowest. It is 0.1 where one score of a row is the lowest, and about 0.5 behind a ReLU.
"""


def _falls_without_end(growing: list[float]) -> bool:
    """Whether the loss falls linearly without end.

    For certain and right answers it falls as fast as their scores grow, and is negative at last.
    """
    first, second = np.diff(growing)
    return bool(first < -1e-3 and second < 1.5 * first and growing[-1] < 0)


_SQUASHED = {"probabilities": 1, "shares": 1, "signed shares": 2}
"""Largest difference of two scores of a class."""


_SQUASHED_BY = {"probabilities": "objective/softmax-twice", "shares": "objective/squashed-scores"}


def _rows(scores: np.ndarray, kind: str) -> np.ndarray:
    """Undo a softmax or log-softmax. What it was applied to is known up to a shift of each row; the rows begin at 0."""
    before = np.log(np.maximum(scores.astype(np.float64), 1e-30)) if kind == "probabilities" else scores
    rows: np.ndarray = before - before.min(axis=1, keepdims=True)
    return rows


def _not_squeezed_before(fit: Fit, note: str) -> None:
    """Fail where softmax is applied to squeezed scores. The network has squeezed them or cut them off before."""
    if fit.kind not in ("probabilities", "log-probabilities"):
        return
    rows, large = _rows(fit.scores, fit.kind), _rows(fit.large, fit.kind)
    if not np.isfinite(large).all():
        return
    at_lowest = float((rows <= 1e-6 * max(1.0, float(rows.max()))).mean())
    if at_lowest > TIED:
        fail("objective/relu-before-softmax", staff_note=note, share=round(100 * at_lowest))
    span = float(large.max())
    at_limits = float((np.minimum(large, span - large) < 0.01).mean())
    if 0.5 < span < 1.01 and at_limits > 0.5:
        only_one = np.allclose(large.sum(axis=1), 1, atol=0.02)
        fail("objective/softmax-before-softmax" if only_one else "objective/squashed-before-softmax", staff_note=note)
    if 1.01 <= span < 2.02 and at_limits > 0.5:
        fail("objective/squashed-before-softmax", staff_note=note)


@after("objective/scalar-loss")
@visible
def test_fits_scores(fit: Fit) -> None:
    """Softmax is applied once, by network or loss. The loss fits what `Net` returns."""
    if fit.missing == "samples":
        fail("structure/scores-not-finite")
    if fit.missing:
        wait_for(fit.missing)
    if fit.kind == "raw" and np.allclose(np.exp(np.minimum(fit.scores, 1)).sum(axis=0), 1, atol=1e-3):
        fail("structure/softmax-over-batch")
    note = f"{fit.kind}: certain and right {fit.perfect:.4g}, certain and wrong {fit.worst:.4g}"
    _not_squeezed_before(fit, note)
    probabilities = fit.kind == "probabilities"
    if _falls_without_end(fit.growing):
        fail("objective/nll-on-probabilities" if probabilities else "objective/nll-on-raw-scores", staff_note=note)
    # cross-entropy takes (1, 0, …, 0) for scores and answers log(1 + 9/e) = 1.46, however right the answer is;
    # (1, -1, …, -1) leaves log(1 + 9/e²) = 0.80
    apart = _SQUASHED.get(fit.kind, 0)
    if apart and fit.perfect > 0.5 and fit.worst - fit.perfect < 1.5 * apart:
        fail(_SQUASHED_BY.get(fit.kind, "objective/tanh-on-scores"), staff_note=note)
    # a loss that only sees differences of scores, such as cross-entropy, has no use for a limit at 0
    zeros = float((fit.scores == 0).mean())
    only_differences = fit.shift is not None and abs(fit.shift) < 1e-3
    if fit.kind == "non-negative" and zeros > 0.05 and only_differences:
        fail("objective/relu-on-scores", staff_note=note, share=round(100 * zeros))


def _least(one: OneClass) -> int | None:
    """Return the answer with the lowest loss. None where no single answer has it."""
    row = np.asarray(one.answers, dtype=np.float64)
    if one.error is not None or not np.isfinite(row).all():
        return None
    least, second = np.sort(row)[:2]
    return int(row.argmin()) if second - least > 1e-5 * max(1.0, abs(least)) else None


def _shown(losses: Sequence[float], of: str) -> str:
    return f"losses {of}: " + ", ".join(f"{loss:.4g}" for loss in losses)


def _of_right_class(by_class: list[OneClass]) -> None:
    """Fail where a label prefers another class. Its loss is least for one certain class other than itself."""
    for one in by_class:
        least = _least(one)
        if least is not None and least != one.label:
            note = _shown(one.answers, "when certain of 0, 1, …")
            fail("objective/other-class", staff_note=note, label=one.label, least=least)


def _runs_on_any_batch(by_class: list[OneClass]) -> None:
    """Fail where a batch of one class breaks the loss.

    So does a batch of one sample: batches are drawn at random, and each needs a finite loss.
    """
    for one in by_class:
        if one.error is not None:
            called = told(one.error, ("objective.py", "make_criterion()(scores, labels)"))
            fail("objective/one-class-fails", None, label=one.label, **called)
    if not any(math.isfinite(one.alone) for one in by_class):
        fail("objective/one-sample-not-finite", got=str(by_class[0].alone))


def _learns_every_class(by_class: list[OneClass]) -> None:
    """Fail where a label's own class is not best.

    For every label the loss has to be least when the answer is that label.
    """
    unmoved = [one for one in by_class if np.isfinite(one.answers).all() and np.ptp(one.answers) < 1e-6]
    if len(unmoved) == len(by_class):
        losses = [one.answers[0] for one in unmoved]
        farthest = unmoved[int(np.argmax(losses))]
        if np.ptp(losses) > 1e-6:  # samples that are compared with each other know nothing of the label
            fail("objective/label-as-number", label=farthest.label, got=round(farthest.answers[0], 3))
        fail("objective/softmax-over-samples", got=round(unmoved[0].answers[0], 3))
    for one in by_class:
        note = _shown(one.answers, "when certain of 0, 1, …")
        if one in unmoved or not np.isfinite([one.alone, *one.answers]).all():
            fail("objective/class-left-out", staff_note=note, label=one.label)
        if _least(one) != one.label:
            fail("objective/falls", staff_note=note)


@after("objective/scalar-loss")
@visible
def test_falls(fit: Fit) -> None:
    """A better answer has a lower loss. It has whichever digits a batch holds and however few."""
    losses = np.asarray(fit.losses)
    if not np.isfinite(losses).all():
        fail("objective/loss-not-finite", got=str(losses[~np.isfinite(losses)][0]))
    note = _shown(fit.losses, "from worse to better answers")
    steps = np.diff(losses)
    if np.allclose(losses, losses[0]):
        fail("objective/ignores-answers", staff_note=note)
    _of_right_class(fit.by_class)
    if (steps > 0).all():
        fail("objective/sign-flipped", staff_note=note)
    _runs_on_any_batch(fit.by_class)
    sees_classes = all(_least(one) == one.label for one in fit.by_class)
    if sees_classes and np.isclose(fit.swapped, fit.perfect, rtol=1e-4, atol=1e-6):
        fail("objective/samples-mixed", staff_note=note)
    if not (steps < 0).all():
        fail("objective/falls", staff_note=note)
    _learns_every_class(fit.by_class)


@visible
def test_holds_parameters(optimizer: Optimizer) -> None:
    """The optimizer holds every parameter exactly once. It is torch's, and the parameters are those of this model."""
    if not optimizer.is_optimizer:
        fail("objective/not-an-optimizer", got=optimizer.type_name)
    if optimizer.foreign and optimizer.n_missing == optimizer.n_model:
        fail("objective/other-models-parameters")
    if optimizer.missing:
        fail("objective/parameters-missing", name=optimizer.missing[0], n=optimizer.n_missing, total=optimizer.n_model)
    if optimizer.repeated:
        fail("objective/parameters-repeated", name=optimizer.repeated[0])
    if optimizer.foreign:
        fail("objective/foreign-parameters", n=optimizer.foreign)


@after("objective/scalar-loss", "objective/falls", "objective/holds-parameters")
@visible
def test_step_lowers_loss(descent: Descent) -> None:
    """A few steps on one batch lower its loss."""
    losses, rate = descent.losses, descent.learning_rate
    begin, best, end = losses[0], min(losses[1:]), losses[-1]
    note = "losses: " + ", ".join(f"{loss:.4g}" for loss in losses)
    finite = all(math.isfinite(loss) for loss in losses)
    if finite and max(abs(loss - begin) for loss in losses) <= 1e-6 * max(1.0, abs(begin)):
        fail("objective/no-step" if rate is None or rate < 1e-4 else "objective/idle-step", staff_note=note, lr=rate)
    if finite and best < begin and end < 2 * begin + 1:
        return
    data = {"lr": rate, "begin": round(begin, 3), "end": round(end, 3) if finite else "NaN"}
    if descent.half and not finite:
        fail("objective/half-precision", staff_note=note, **data)
    # a velocity that is not damped grows for ever, and such a decay shrinks the weights faster than they learn
    if descent.momentum is not None and descent.momentum >= 1:
        fail("objective/momentum", staff_note=note, momentum=descent.momentum)
    if descent.weight_decay is not None and descent.weight_decay >= 0.5:
        fail("objective/weight-decay", staff_note=note, decay=descent.weight_decay, **data)
    if finite and max(losses) < 10 * begin + 10:
        fail("objective/climbs", staff_note=note, **data)
    smaller = 0.001 if rate is None else min(rate / 10, 0.05)
    fail("objective/diverges", staff_note=note, smaller=smaller, **data)
