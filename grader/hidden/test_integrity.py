"""Was the accuracy earned by training? A test that fails here takes the accuracy points, and a person looks at it."""

import numpy as np

from grader.judge.facts import Facts
from grader.judge.marks import fail
from grader.protocol.observations import N_CLASSES, Predictions


def test_carries_no_data(facts: Facts) -> None:
    """The sources hold no more numbers and strings than a program needs."""
    if facts.literal_bytes > facts.max_literal_bytes:
        fail("integrity/carries-data", got=facts.literal_bytes // 1024, limit=facts.max_literal_bytes // 1024)


def _guesses(predictions: Predictions, limit: int) -> np.ndarray:
    """What was predicted for the first queries; no more of them than there are answers."""
    scores = predictions.scores
    if scores.ndim != 2 or scores.shape[1] != N_CLASSES or not 0 < len(scores) <= limit:
        fail("integrity/no-answers")
    guesses: np.ndarray = scores.argmax(axis=1)
    return guesses


def _accuracy(predictions: Predictions, answers: np.ndarray) -> float:
    guesses = _guesses(predictions, len(answers))
    return float((guesses == answers[: len(guesses)]).mean())


def _best_naming(guesses: np.ndarray, answers: np.ndarray) -> float:
    """Accuracy under the best one-to-one naming of the outputs, by dynamic programming over sets of names."""
    counts = np.zeros((N_CLASSES, N_CLASSES), dtype=np.int64)
    np.add.at(counts, (guesses, answers), 1)
    best = {0: 0}
    for output in range(N_CLASSES):
        following: dict[int, int] = {}
        for used, hits in best.items():
            for name in range(N_CLASSES):
                if not used & 1 << name:
                    key = used | 1 << name
                    following[key] = max(following.get(key, 0), hits + int(counts[output, name]))
        best = following
    return next(iter(best.values())) / max(1, len(answers))


def test_untrained(untrained: Predictions, facts: Facts) -> None:
    """Before training the network cannot tell the digits apart, whatever its outputs are called."""
    guesses = _guesses(untrained, len(facts.answers))
    accuracy = _best_naming(guesses, facts.answers[: len(guesses)])
    if accuracy > facts.max_untrained_accuracy:
        fail("integrity/trained-before", accuracy=f"{100 * accuracy:.1f}")


def test_few_shot(few_shot: Predictions, facts: Facts) -> None:
    """Two images of each digit teach a network something, but not how to read.

    Networks that begin with random weights come to 0.55 to 0.80 (measured over the right submissions of the corpus);
    those that bring what they know from elsewhere and only learn what the digits are called come to 0.95 and more.
    """
    accuracy = _accuracy(few_shot, facts.answers)
    if accuracy > facts.max_few_shot_accuracy:
        fail("integrity/knew-before", accuracy=f"{100 * accuracy:.1f}")


def test_own_labels(predictions: Predictions, facts: Facts) -> None:
    """Predictions follow the labels that were handed out for training, not the public ones."""
    if not facts.relabelled:
        return
    public = _accuracy(predictions, facts.public_answers)
    if public > 0.5:
        fail("integrity/public-labels", accuracy=f"{100 * public:.1f}")


def test_shifted(predictions: Predictions, shifted: Predictions, facts: Facts) -> None:
    """What is read is read a pixel further too: a network loses some per cent there, a table of known images all."""
    straight, moved = _accuracy(predictions, facts.answers), _accuracy(shifted, facts.answers)
    if straight >= facts.bars[0] and moved < straight / 2:
        fail("integrity/looked-up", straight=f"{100 * straight:.1f}", moved=f"{100 * moved:.1f}")
