"""How good is a trained network? Loss, accuracy of each digit and overall, and how far to trust it."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

N_CLASSES = 10


def wilson_interval(correct: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Bound the accuracy that right answers speak for.

    There are `correct` of `total` (Wilson 1927).

    Of a network that is right with probability p on any image, an accuracy of exactly p is only the average outcome.
    All p at which what was seen is no surprise make up the interval; at 99 % of 10,000 images it is ±0.2 %.

    Args:
        correct: right answers.
        total: all answers.
        z: how many standard deviations are still no surprise; 1.96 makes it a 95 % interval.

    Returns:
        Its ends, 0 ≤ low ≤ correct/total ≤ high ≤ 1; all of [0, 1] where nothing was answered.
    """
    if total == 0:
        return 0.0, 1.0
    share, weight = correct / total, z * z / total
    centre = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    # at 0 and at `total` right answers the formula gives exactly 0 and 1, but for rounding
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


@dataclass(frozen=True)
class Evaluation:
    """Results of a network on a test set.

    Args:
        loss: mean per image, NaN where there is none.
        confusion: int64 (10, 10), how often an image of the digit of the row was read as the digit of the column.
    """

    loss: float
    confusion: Tensor

    @property
    def total(self) -> int:
        """How many images there are."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        """How many of them were read right."""
        return int(self.confusion.diagonal().sum())

    @property
    def accuracy(self) -> float:
        """Share of images read right. NaN where there is no image."""
        return self.correct / self.total if self.total else math.nan

    def of_digit(self, digit: int) -> tuple[int, int]:
        """Count images of `digit`: read right, and all. There may be none."""
        return int(self.confusion[digit, digit]), int(self.confusion[digit].sum())

    def lines(self) -> list[str]:
        """The report: loss, a line for each digit, overall. Per cents are cut off: 100% means all."""
        report = [f"Test Loss: {self.loss:.6f}"]
        for digit in range(N_CLASSES):
            correct, total = self.of_digit(digit)
            share = f"{100 * correct // total}% ({correct}/{total})" if total else "no examples"
            report.append(f"Test Accuracy of {digit}: {share}")
        low, high = wilson_interval(self.correct, self.total)
        share = f"{10_000 * self.correct // self.total / 100:.2f}%" if self.total else "no examples"
        interval = f"95% interval {100 * low:.2f}% to {100 * high:.2f}%"
        return [*report, f"Test Accuracy (overall): {share} ({self.correct}/{self.total}), {interval}"]


def score(model: nn.Module, loader: Iterable[tuple[Tensor, Tensor]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Score all images of `loader` in eval mode.

    Returns scores (N, 10) and labels (N,); the model stays in eval mode.
    """
    model.eval()
    with torch.no_grad():
        batches = [(model(images.to(device)).cpu(), labels) for images, labels in loader]
    scores, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return scores, labels


def worst_mistakes(scores: Tensor, labels: Tensor, n: int) -> list[int]:
    """Find the n worst mistakes, the worst first.

    Those are worst where the right digit got the least probability; there may be fewer.

    Args:
        scores: (N, 10), of N images.
        labels: (N,), the true digits.
        n: how many at most.

    Returns:
        Where among the N they stand.
    """
    right = scores.softmax(dim=1).gather(1, labels.unsqueeze(1)).squeeze(1)  # (N,)
    wrong = (scores.argmax(dim=1) != labels).nonzero().squeeze(1)
    chosen: list[int] = wrong[right[wrong].argsort()][:n].tolist()
    return chosen


def evaluate(
    model: nn.Module,
    loader: Iterable[tuple[Tensor, Tensor]],
    criterion: Callable[[Tensor, Tensor], Tensor],
    device: torch.device,
) -> Evaluation:
    """Score every batch of `loader` and count.

    Args:
        model: on `device`; it is left in eval mode, in which dropout does nothing.
        loader: yields images (n, 1, 28, 28) and labels (n,); the batches may differ in size.
        criterion: the mean loss of a batch.
        device: where to compute.
    """
    model.eval()
    loss_sum = 0.0
    confusion = torch.zeros(N_CLASSES, N_CLASSES, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in loader:
            scores = model(images.to(device))  # (n, 10)
            # the mean of a batch times its size is a sum, so a smaller last batch counts for what it holds
            loss_sum += criterion(scores, labels.to(device)).item() * len(labels)
            cells = labels * N_CLASSES + scores.argmax(dim=1).cpu()  # (n,): row and column in one number
            confusion += torch.bincount(cells, minlength=N_CLASSES**2).view(N_CLASSES, N_CLASSES)
    total = int(confusion.sum())
    return Evaluation(loss_sum / total if total else math.nan, confusion)
