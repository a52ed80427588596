"""Does dropout do what the lecture says? It does one thing in training and another in evaluation."""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from student._kit.judge.marks import after, fail, visible, wait_for
from student._kit.judge.places import refuse_without_effect
from student._kit.protocol.masks import Masks, Modes, Scaling, Site
from student._kit.protocol.observations import Gradients, Witness


EXPONENT = 17.0
"""Bound on a share of zeros, after Chernoff. n independent zeros with probability p show a share q with n·KL(q‖p) > 17
in less than 2·e⁻¹⁷ = 8·10⁻⁸ of all cases, whatever n and p are."""


FEW = 20
"""Random numbers that may all agree by chance. A whole batch that is skipped or not, by one coin, is right."""


ENOUGH = 3
"""Graded passes that are enough to judge by. A rate of dropout that changes is seen in some of them."""


def _spreads(modes: Modes, mode: str) -> list[float]:
    return [run.spread for run in modes.runs if run.mode == mode]


def _first_spread(modes: Modes, mode: str) -> float:
    """Return the difference between two passes in a mode. They are the first two."""
    spreads = _spreads(modes, mode)
    if not spreads:
        wait_for("structure/output-shape")  # it does not work in this mode, as is told there
    return spreads[0]


def _rounding(modes: Modes) -> float:
    """Estimate the rounding error between two equal passes.

    They do the same operations on the same numbers, and agree to rounding, if not to the bit.
    """
    return 1e-5 * max(modes.largest_score, 1e-3)


def _switches_itself(modes: Modes, mode: str) -> bool:
    """Whether `forward` leaves the network in the other mode."""
    return any(run.mode == mode and run.training_flag != run.flag_after for run in modes.runs)


def _explain_randomness(modes: Modes, masks: Masks, note: str) -> None:
    """Fail for scores that change in eval mode. The message names what changes them."""
    if _switches_itself(modes, "eval"):
        fail("dropout/mode-set-in-forward", note, mode="eval", call="train")
    if any(site.used and not _drops_everything(site) for site in masks.eval):
        fail("dropout/on-in-eval" if any(_spreads(modes, "train")[:1]) else "dropout/modes-swapped", note)
    if modes.reseeded > _rounding(modes):
        fail("dropout/state-changes-in-eval", note)
    fail("dropout/random-in-eval", note)


def _also_when_trained(masks: Masks, witness: Witness) -> None:
    """Fail where dropout works only while examined.

    Then values are dropped in the examination, and never in the graded training.
    """
    if witness.traced >= ENOUGH and not witness.dropping and any(site.used for site in masks.train):
        fail(
            "dropout/not-when-trained",
            staff_note=f"none of {witness.traced} passes of the training drops",
            n=witness.traced,
        )


@visible
def test_random_in_train(modes: Modes, masks: Masks, witness: Witness) -> None:
    """In train mode, scores differ from pass to pass. The images are the same."""
    first = _first_spread(modes, "train")
    if first > 0:
        _also_when_trained(masks, witness)
        return
    if math.isnan(first):
        fail("structure/scores-not-finite")
    if _switches_itself(modes, "train"):
        fail("dropout/mode-set-in-forward", mode="train", call="eval")
    used = [site for site in masks.train if site.used]
    if any(_drops_everything(site) for site in used):
        fail("dropout/drops-everything")
    if used:
        fail("dropout/same-mask-every-time")
    if any(spread > 0 for spread in _spreads(modes, "eval")):
        fail("dropout/modes-swapped")
    refuse_without_effect(modes.idle, "drop")
    fail("dropout/missing")


@visible
def test_off_in_eval(modes: Modes, masks: Masks) -> None:
    """In eval mode nothing is random."""
    first = _first_spread(modes, "eval")
    if first > _rounding(modes):
        _explain_randomness(modes, masks, f"two passes in eval mode differ by {first:.3g}")
    if any(site.used and not _drops_everything(site) for site in masks.eval):
        fail("dropout/on-in-eval", staff_note="a random mask zeroes values in eval mode")


@after("dropout/random-in-train", "dropout/off-in-eval")
@visible
def test_switches(modes: Modes) -> None:
    """`train()` and `eval()` switch dropout on and off. They do as often as they are called."""
    train, evaluation = _spreads(modes, "train"), _spreads(modes, "eval")
    if not all(spread > 0 for spread in train):
        fail("dropout/stuck-off")
    if not all(spread <= _rounding(modes) for spread in evaluation):
        fail("dropout/stuck-on")
    for run in modes.runs:
        if run.training_flag != (run.mode == "train"):
            fail("dropout/mode-flag-wrong", mode=run.mode)


def _drops_everything(site: Site) -> bool:
    return site.zeroed == 1.0 and site.masks >= FEW


def _divergence(q: float, p: float) -> float:
    """KL(q‖p) of two coins."""
    return sum(a * math.log(a / b) for a, b in ((q, p), (1 - q, 1 - p)) if a > 0)


def _agrees(site: Site, factor: float) -> bool:
    """Whether `factor` is 1/(1−p) for the zeros seen. p is any rate that explains the share of zeros."""
    if not 1 < factor < 1e6:
        return False
    return site.masks * _divergence(site.zeroed, 1 - 1 / factor) <= EXPONENT


def _factors(site: Site) -> list[float]:
    """List the factors that may stand for 1/(1−p).

    It may stand in the mask, before or after it; a plain factor there may also mean something else.
    """
    return [
        site.ratio * before * after_it for before in {1.0, site.scaled_before} for after_it in {1.0, site.scaled_after}
    ]


def _scaled_twice(site: Site) -> bool:
    """Whether 1/(1−p) stands in two of the three places."""
    places = [f for f in (site.scaled_before, site.ratio, site.scaled_after) if _agrees(site, f)]
    return len(places) > 1 and max(places) - min(places) < 1e-3 * min(places)


class _Shrinkings:
    """Finds plain factors by the number of values multiplied."""

    def __init__(self, scalings: list[Scaling]) -> None:
        self._factors: dict[int, list[float]] = defaultdict(list)
        shrinking = [scaling for scaling in scalings if scaling.factor > 0]
        for scaling in sorted(shrinking, key=lambda scaling: scaling.factor):
            self._factors[scaling.size].append(scaling.factor)

    def count(self, site: Site) -> int:
        """Count the plain factors that fit the site. They multiply as many values as the site has by 1−p."""
        found = 0
        for right in {factor for factor in _factors(site) if factor > 0}:
            low, high = (1 - 1e-3) / right, (1 + 1e-3) / right
            factors = self._factors.get(site.size, [])
            found += max(0, bisect_left(factors, high) - bisect_right(factors, low))
        return found


def _judge_factor(site: Site) -> None:
    """Fail where the kept values are scaled wrongly. Their factor has to belong to the share of zeros."""
    p, factor = site.zeroed, site.ratio * site.scaled_before * site.scaled_after
    data = {"p": round(p, 3), "got": round(factor, 3), "expected": round(1 / (1 - p), 3)}
    parts = f"{site.scaled_before:.5f} before, {site.ratio:.5f} in, {site.scaled_after:.5f} after the mask"
    note = f"{site.masks} masks, zeroed {p:.4f}, factor {parts}"
    if _scaled_twice(site):
        fail("dropout/scaled-twice", staff_note=note, **data)
    if any(_agrees(site, factor) for factor in _factors(site)):
        return
    if abs(factor - 1) < 1e-3:
        fail("dropout/not-scaled", staff_note=note, **data)
    if factor < 1 and abs(factor - (1 - p)) < 0.05:
        fail("dropout/scaled-the-wrong-way", staff_note=note, **data)
    if factor > 1 and abs(factor - 1 / p) < 0.1 / p:
        fail("dropout/p-is-keep-probability", staff_note=note, **data)
    fail("dropout/scaling", staff_note=note, **data)


def _erases_pixels(site: Site) -> bool:
    """Whether parts of the images are blacked out.

    The rest is left alone: that is augmentation, if there is dropout too.
    """
    return site.on_pixels and all(abs(factor - 1) < 1e-3 for factor in _factors(site))


@after("dropout/random-in-train")
@visible
def test_scaling(masks: Masks, gradients: Gradients) -> None:
    """Dropped values are zeroed, the others scaled by 1/(1−p). p is the share of the dropped ones."""
    used = [site for site in masks.train if site.used and (site.zeroed < 1 or site.masks >= FEW)]
    if not used and any(use.gradient == "none" for use in gradients.parameters):
        wait_for("structure/gradients")  # values that leave torch, where gradients end, are not followed further either
    if not used:
        fail("dropout/no-zeros")
    # where eval mode alone multiplies by 1−p, train mode has divided by it as well
    in_eval, in_train = _Shrinkings(masks.eval_scalings), _Shrinkings(masks.train_scalings)
    for site in [site for site in used if not _erases_pixels(site)] or used:
        if _drops_everything(site):
            fail("dropout/drops-everything")
        if site.filled_with:
            fail("dropout/not-zero", got=round(site.filled_with, 3))
        if site.spread > 1e-3:
            fail("dropout/uneven-scaling", staff_note=f"kept values are scaled unequally, by up to {site.spread:.2g}")
        _judge_factor(site)
        if in_eval.count(site) > in_train.count(site):
            fail("dropout/scaled-in-eval-too", got=round(1 - site.zeroed, 3))


@after("dropout/random-in-train")
@visible
def test_not_on_scores(masks: Masks) -> None:
    """The scores themselves are not dropped."""
    if any(site.on_scores for site in masks.train):
        fail("dropout/on-scores")
