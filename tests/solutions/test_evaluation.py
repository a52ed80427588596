"""Loss and accuracy of a trained network: right for batches of unequal size and for digits that do not occur."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from solutions.evaluation import Evaluation, evaluate, score, wilson_interval, worst_mistakes

CPU = torch.device("cpu")


class Reader(nn.Module):
    """Scores that stand in the first ten pixels of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.9)

    def forward(self, images: Tensor) -> Tensor:
        return self.dropout(images.flatten(1)[:, :10])


def images_reading(*digits: int) -> Tensor:
    """Images (n, 1, 28, 28) that `Reader` takes for `digits`, each with another confidence."""
    images = torch.zeros(len(digits), 1, 28, 28)
    for number, digit in enumerate(digits):
        images[number, 0, 0, digit] = 1.0 + number
    return images


GUESSED = (3, 1, 4, 1, 5, 9, 2)
TRUE = (3, 1, 4, 7, 5, 9, 9)


def in_batches(*sizes: int) -> list[tuple[Tensor, Tensor]]:
    """The seven images and their labels, cut into batches of `sizes`."""
    pieces = zip(images_reading(*GUESSED).split(sizes), torch.tensor(TRUE).split(sizes), strict=True)
    return list(pieces)


def test_each_digit_is_counted_by_itself() -> None:
    """Rows are true digits, columns predicted ones."""
    result = evaluate(Reader(), in_batches(7), nn.CrossEntropyLoss(), CPU)
    assert result.of_digit(3) == (1, 1)
    assert result.of_digit(9) == (1, 2)
    assert result.of_digit(7) == (0, 1)
    assert result.confusion[7, 1] == 1
    assert (result.correct, result.total) == (5, 7)
    assert result.accuracy == pytest.approx(5 / 7)


@pytest.mark.parametrize("sizes", [(4, 3), (3, 3, 1), (1,) * 7])
def test_the_cut_into_batches_does_not_matter(sizes: tuple[int, ...]) -> None:
    """A smaller last batch counts for what it holds, in the loss as in the accuracy."""
    whole = evaluate(Reader(), in_batches(7), nn.CrossEntropyLoss(), CPU)
    cut = evaluate(Reader(), in_batches(*sizes), nn.CrossEntropyLoss(), CPU)
    assert torch.equal(cut.confusion, whole.confusion)
    assert cut.loss == pytest.approx(whole.loss, rel=1e-5)


def test_loss_is_the_mean_over_images() -> None:
    """The loss is what the criterion says of all images at once."""
    expected = nn.functional.cross_entropy(images_reading(*GUESSED).flatten(1)[:, :10], torch.tensor(TRUE)).item()
    assert evaluate(Reader(), in_batches(5, 2), nn.CrossEntropyLoss(), CPU).loss == pytest.approx(expected, rel=1e-5)


def test_a_digit_without_examples_has_its_line() -> None:
    """Nothing is divided by zero, and no 0% is claimed."""
    lines = evaluate(Reader(), in_batches(4, 3), nn.CrossEntropyLoss(), CPU).lines()
    assert "Test Accuracy of 0: no examples" in lines
    assert "Test Accuracy of 9: 50% (1/2)" in lines
    assert "Test Accuracy of 3: 100% (1/1)" in lines
    assert lines[0].startswith("Test Loss: ")
    assert lines[-1].startswith("Test Accuracy (overall): 71.42% (5/7), 95% interval ")
    assert len(lines) == 12


def test_nothing_to_evaluate_is_no_crash() -> None:
    """Without a single image the numbers are NaN, and the lines say so in words."""
    result = evaluate(Reader(), [], nn.CrossEntropyLoss(), CPU)
    assert math.isnan(result.loss)
    assert math.isnan(result.accuracy)
    assert all("no examples" in line for line in result.lines()[1:])


def test_percents_are_cut_off() -> None:
    """9,999 of 10,000 are not 100%."""
    confusion = torch.zeros(10, 10, dtype=torch.int64)
    confusion[2, 2], confusion[2, 3] = 9_999, 1
    lines = Evaluation(0.0, confusion).lines()
    assert "Test Accuracy of 2: 99% (9999/10000)" in lines
    assert "99.99%" in lines[-1]


def test_dropout_is_off() -> None:
    """Evaluating and scoring switch to eval mode, in which the network answers the same each time."""
    model = Reader().train()
    scores, labels = score(model, in_batches(4, 3), CPU)
    assert scores.argmax(dim=1).tolist() == list(GUESSED)
    assert labels.tolist() == list(TRUE)
    assert not model.training
    model.train()
    evaluate(model, in_batches(7), nn.CrossEntropyLoss(), CPU)
    assert not model.training


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [(9_900, 10_000, 0.98785, 0.99177), (0, 10, 0.0, 0.27753), (10, 10, 0.72247, 1.0), (0, 0, 0.0, 1.0)],
)
def test_interval_is_wilsons(correct: int, total: int, low: float, high: float) -> None:
    """The ends of the interval, compared with values from tables of Wilson's score interval."""
    assert wilson_interval(correct, total) == pytest.approx((low, high), abs=1e-4)


def test_worst_mistakes_come_first() -> None:
    """Of wrong answers alone, the one that gave the right digit least: not the one with the highest score."""
    scores = torch.zeros(5, 10)
    scores[0, 3], scores[1, 4], scores[2, 5], scores[3, 6] = 2.0, 1.0, 3.0, 9.0
    scores[3, 0] = 8.9  # nearly right, in spite of the highest score of all
    labels = torch.tensor([1, 1, 1, 0, 0])  # the last one is right: equal scores, and digit 0 is the first of them
    assert worst_mistakes(scores, labels, 8) == [2, 0, 1, 3]
    assert worst_mistakes(scores, labels, 2) == [2, 0]
    assert worst_mistakes(scores[4:], labels[4:], 8) == []
