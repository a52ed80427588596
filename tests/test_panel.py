"""The panel shows sixteen test images, worst mistakes first. They have their own numbers and names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.answers import facts_for, with_images
from grader.assignment import load_assignment
from grader.datasets.base import Dataset
from grader.judge.facts import Facts
from grader.model import Execution, Identity, Job, Outcome, PanelImage, Submission
from grader.panel import MOST_MISTAKES, SIZE, panel_of, probabilities
from grader.plan import allowed_by, data_seed, seed_from
from grader.protocol.codec import decode, encode
from grader.protocol.limits import Limits
from grader.protocol.observations import Predictions
from tests.testing.jobs import STRUCTURE

N = 60


def dataset() -> Dataset:
    """Make test images whose grey level is their number."""
    labels = (np.arange(N) % 10).astype(np.uint8)
    images = np.broadcast_to(np.arange(N, dtype=np.uint8)[:, None, None], (N, 28, 28)).copy()
    return Dataset("digits", images, labels, images.copy(), labels.copy(), "made")


def facts(**changes: object) -> Facts:
    """Return the facts of a job that asks about each image twice.

    Digits have other names; each image is asked about as it is and moved.
    """
    work = Submission(Identity("s"), {"net.py": b"x = 1\n"}, Path("s"))
    job = Job(work.files, (), Limits(), "digits", 0, 1, "cpu", 1, True, 1, turn_degrees=4.0)
    return facts_for(load_assignment(), dataset(), replace(job, **changes))  # type: ignore[arg-type]


def scores_for(known: Facts, wrong: dict[int, float]) -> np.ndarray:
    """Make right scores, but for the images `wrong`.

    Right ones have a margin of 5; wrong ones name the next digit, with their own margin.
    """
    scores = np.zeros((len(known.answers), 10), np.float32)
    scores[np.arange(len(scores)), known.answers] = 5
    for image, margin in wrong.items():
        (query,) = np.flatnonzero((known.images == image) & known.graded)
        scores[query] = 0
        scores[query, known.names[(image + 1) % 10]] = margin
        (moved,) = np.flatnonzero((known.images == image) & known.moved)
        scores[moved] = 1000 * np.eye(10, dtype=np.float32)[known.names[(image + 2) % 10]]  # never shown
    return scores


def panel(known: Facts, scores: np.ndarray) -> tuple[PanelImage, ...]:
    """Return the panel of a run that predicted `scores`."""
    seen = Execution({"predictions": Outcome("ok", encode(Predictions(scores)))})
    return panel_of(seen, known, dataset())


def test_the_worst_mistakes_come_first_then_right_ones() -> None:
    """The worst mistakes come first, by loss, then right ones.

    Each is the plain image of the data set with its own number and label.
    """
    known = facts()
    assert known.relabelled
    shown = panel(known, scores_for(known, {17: 3.0, 4: 9.0, 52: 6.0}))
    assert len(shown) == SIZE
    assert [one.index for one in shown[:3]] == [4, 52, 17]
    assert all(one.predicted == (one.index + 1) % 10 for one in shown[:3])
    assert all(one.predicted == one.true for one in shown[3:])
    assert len({one.index for one in shown}) == SIZE
    for one in shown:
        assert one.true == one.index % 10
        assert one.pixels == bytes([one.index]) * 784
    assert shown[0].confidence == pytest.approx(np.exp(9) / (np.exp(9) + 9), abs=1e-6)
    assert shown[-1].confidence == pytest.approx(np.exp(5) / (np.exp(5) + 9), abs=1e-6)


@pytest.mark.parametrize(("n_wrong", "n_shown"), [(0, 0), (MOST_MISTAKES, MOST_MISTAKES), (30, MOST_MISTAKES)])
def test_a_good_network_is_shown_at_its_best_too(n_wrong: int, n_shown: int) -> None:
    """At most ten mistakes are shown; the rest is right."""
    known = facts()
    shown = panel(known, scores_for(known, dict.fromkeys(range(n_wrong), 2.0)))
    assert [one.predicted != one.true for one in shown] == [True] * n_shown + [False] * (SIZE - n_shown)


def test_where_nearly_nothing_is_right_mistakes_fill_the_panel() -> None:
    """Where nearly nothing is right, mistakes fill the panel."""
    known = facts()
    shown = panel(known, scores_for(known, dict.fromkeys(range(N - 2), 2.0)))
    assert [one.predicted == one.true for one in shown] == [False] * (SIZE - 2) + [True] * 2


def test_right_ones_are_the_same_for_everybody() -> None:
    """Right images are the same for everybody. A job's order and names don't matter."""
    panels = [panel(known, scores_for(known, {})) for known in (facts(), facts(data_seed=99, relabel=False))]
    assert panels[0] == panels[1]


def test_scores_of_any_kind_have_probabilities() -> None:
    """Scores of any kind have probabilities.

    Raw scores and logarithms go through softmax, probabilities stay; no number fails.
    """
    raw = np.array([[1.0, 2.0] + [0.0] * 8], np.float32)
    expected = np.exp(raw) / np.exp(raw).sum()
    assert np.allclose(probabilities(raw), expected)
    assert np.allclose(probabilities(np.log(expected)), expected)
    assert np.allclose(probabilities(expected), expected)
    broken = probabilities(np.array([[np.nan, np.inf, -np.inf] + [0.0] * 7, [np.nan] * 10], np.float32))
    assert np.isfinite(broken).all()
    assert broken[0].argmax() == 1
    known = facts()
    assert len(panel(known, np.full((2 * N, 10), np.nan, np.float32))) == SIZE


def test_without_predictions_or_their_images_there_is_no_panel() -> None:
    """Without predictions or their images there is no panel.

    Predictions may have another shape, or facts be of an earlier version.
    """
    known = facts()
    scores = scores_for(known, {})
    assert panel_of(Execution({}), known, dataset()) == ()
    assert panel(known, scores[:-1]) == ()
    before = replace(known, images=np.zeros(0, np.int64))
    assert panel(before, scores) == ()
    assert panel_of(Execution({"predictions": Outcome("timeout")}), known, dataset()) == ()
    assert len(panel(known, scores)) == SIZE


def test_another_data_set_is_told_by_its_answers() -> None:
    """No image of another data set is shown. Its answers tell it apart."""
    known, ours = facts(), dataset()
    labels = ours.test_labels.copy()
    labels[7] = 0
    other = replace(ours, test_labels=labels)
    seen = Execution({"predictions": Outcome("ok", encode(Predictions(scores_for(known, {}))))})
    assert panel_of(seen, known, other) == ()
    few = replace(ours, test_images=ours.test_images[:20].copy(), test_labels=ours.test_labels[:20].copy())
    assert panel_of(seen, known, few) == ()


def test_what_was_asked_before_is_found_by_drawing_it_again() -> None:
    """The images of old facts are found by drawing them again.

    With another secret or other rules, such facts stay without images.
    """
    work = Submission(Identity("s"), {"net.py": b"x = 1\n"}, Path("s"))
    seed = data_seed(work, 3, b"secret")
    integrity = load_assignment().integrity
    known = facts(
        data_seed=seed, relabel=integrity.relabel, turn_degrees=integrity.turn_degrees, stretch=integrity.stretch,
        shift_pixels=integrity.shift_pixels, queries_at_once=integrity.queries_at_once,
    )  # fmt: skip
    before = replace(known, images=np.zeros(0, np.int64))
    found = with_images(before, load_assignment(), dataset(), seed_from(work.digest, 3, b"secret"))
    assert np.array_equal(found.images, known.images)
    for other in (seed_from(work.digest, 3, b"other"), seed_from(work.digest, 4, b"secret")):
        assert len(with_images(before, load_assignment(), dataset(), other).images) == 0
    assert with_images(known, load_assignment(), dataset(), 0) is known


def test_facts_of_before_can_be_read() -> None:
    """Facts of an earlier version can be read. They have no numbers of images."""
    kept = {name: value for name, value in vars(facts()).items() if name != "images"}
    assert len(decode(encode(kept), Facts).images) == 0


def test_the_limits_of_a_training_are_those_of_its_machine() -> None:
    """The limits of a training are scaled for its machine. A job without a training has none."""
    a_job = Job({}, (STRUCTURE, replace(STRUCTURE, name="train", wall_seconds=100.0)), Limits(), "digits", 0, 1, "cpu",
                1, True, 1, time_factor=1.5)  # fmt: skip
    allowed = allowed_by(a_job, load_assignment())
    assert allowed.train_seconds == 150.0
    assert allowed.parameters == load_assignment().structure.max_parameters
    assert allowed_by(replace(a_job, phases=(STRUCTURE,)), load_assignment()).train_seconds is None
