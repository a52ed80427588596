"""Loss and accuracy of a network are computed right.

That holds for unequal batches and for digits that do not occur.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from solutions.evaluation import Evaluation, evaluate, score, wilson_interval, worst_mistakes

CPU = torch.device("cpu")


class Reader(nn.Module):
    """A network whose scores are an image's first ten pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.9)

    def forward(self, images: Tensor) -> Tensor:
        return self.dropout(images.flatten(1)[:, :10])


def images_reading(*digits: int) -> Tensor:
    """Make images (n, 1, 28, 28) that `Reader` takes for `digits`. Each has another confidence."""
    images = torch.zeros(len(digits), 1, 28, 28)
    for number, digit in enumerate(digits):
        images[number, 0, 0, digit] = 1.0 + number
    return images


GUESSED = (3, 1, 4, 1, 5, 9, 2)
TRUE = (3, 1, 4, 7, 5, 9, 9)


def in_batches(*sizes: int) -> list[tuple[Tensor, Tensor]]:
    """Return the seven images with labels, in batches of `sizes`."""
    pieces = zip(images_reading(*GUESSED).split(sizes), torch.tensor(TRUE).split(sizes), strict=True)
    return list(pieces)


def test_each_digit_is_counted_by_itself() -> None:
    """Each digit is counted by itself. Rows are true digits, columns predicted ones."""
    result = evaluate(Reader(), in_batches(7), nn.CrossEntropyLoss(), CPU)
    assert result.of_digit(3) == (1, 1)
    assert result.of_digit(9) == (1, 2)
    assert result.of_digit(7) == (0, 1)
    assert result.confusion[7, 1] == 1
    assert (result.correct, result.total) == (5, 7)
    assert result.accuracy == pytest.approx(5 / 7)


@pytest.mark.parametrize("sizes", [(4, 3), (3, 3, 1), (1,) * 7])
def test_the_cut_into_batches_does_not_matter(sizes: tuple[int, ...]) -> None:
    """The size of batches does not matter. A smaller last batch counts for what it holds."""
    whole = evaluate(Reader(), in_batches(7), nn.CrossEntropyLoss(), CPU)
    cut = evaluate(Reader(), in_batches(*sizes), nn.CrossEntropyLoss(), CPU)
    assert torch.equal(cut.confusion, whole.confusion)
    assert cut.loss == pytest.approx(whole.loss, rel=1e-5)


def test_loss_is_the_mean_over_images() -> None:
    """The loss is the criterion's of all images at once."""
    expected = nn.functional.cross_entropy(images_reading(*GUESSED).flatten(1)[:, :10], torch.tensor(TRUE)).item()
    assert evaluate(Reader(), in_batches(5, 2), nn.CrossEntropyLoss(), CPU).loss == pytest.approx(expected, rel=1e-5)


def test_a_digit_without_examples_has_its_line() -> None:
    """A digit without examples has its line. Nothing is divided by zero, and no 0% is claimed."""
    lines = evaluate(Reader(), in_batches(4, 3), nn.CrossEntropyLoss(), CPU).lines()
    assert "Test Accuracy of 0: no examples" in lines
    assert "Test Accuracy of 9: 50% (1/2)" in lines
    assert "Test Accuracy of 3: 100% (1/1)" in lines
    assert lines[0].startswith("Test Loss: ")
    assert lines[-1].startswith("Test Accuracy (overall): 71.42% (5/7), 95% interval ")
    assert len(lines) == 12


def test_nothing_to_evaluate_is_no_crash() -> None:
    """Without images the numbers are NaN, told in words."""
    result = evaluate(Reader(), [], nn.CrossEntropyLoss(), CPU)
    assert math.isnan(result.loss)
    assert math.isnan(result.accuracy)
    assert all("no examples" in line for line in result.lines()[1:])


def test_percents_are_cut_off() -> None:
    """Percentages are rounded down: 9,999 of 10,000 are not 100%."""
    confusion = torch.zeros(10, 10, dtype=torch.int64)
    confusion[2, 2], confusion[2, 3] = 9_999, 1
    lines = Evaluation(0.0, confusion).lines()
    assert "Test Accuracy of 2: 99% (9999/10000)" in lines
    assert "99.99%" in lines[-1]


def test_dropout_is_off() -> None:
    """Dropout is off while a network is evaluated. So it answers the same each time."""
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
    """The interval is Wilson's, with the values of published tables."""
    assert wilson_interval(correct, total) == pytest.approx((low, high), abs=1e-4)


def test_worst_mistakes_come_first() -> None:
    """The worst mistakes come first. The worst gave the right digit least; the highest score does not matter."""
    scores = torch.zeros(5, 10)
    scores[0, 3], scores[1, 4], scores[2, 5], scores[3, 6] = 2.0, 1.0, 3.0, 9.0
    scores[3, 0] = 8.9  # nearly right: 8.9 for digit 0, against the highest score of all
    labels = torch.tensor([1, 1, 1, 0, 0])  # the last answer is right: of equal scores the first, digit 0, counts
    assert worst_mistakes(scores, labels, 8) == [2, 0, 1, 3]
    assert worst_mistakes(scores, labels, 2) == [2, 0]
    assert worst_mistakes(scores[4:], labels[4:], 8) == []
