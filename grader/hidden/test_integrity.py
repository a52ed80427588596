"""Was the accuracy earned by training? A test that fails here takes the accuracy points, and a person looks at it."""

import numpy as np

from grader.judge.facts import Facts
from grader.judge.marks import fail
from grader.protocol.observations import Predictions

CLASSES = 10


def test_carries_no_data(facts: Facts) -> None:
    """The sources hold no more numbers and strings than a program needs."""
    if facts.literal_bytes > facts.max_literal_bytes:
        fail("integrity/carries-data", got=facts.literal_bytes // 1024, limit=facts.max_literal_bytes // 1024)


def _best_naming(guesses: np.ndarray, answers: np.ndarray) -> float:
    """Accuracy under the best one-to-one naming of the outputs, by dynamic programming over sets of names."""
    counts = np.zeros((CLASSES, CLASSES), dtype=np.int64)
    np.add.at(counts, (guesses, answers), 1)
    best = {0: 0}
    for output in range(CLASSES):
        following: dict[int, int] = {}
        for used, hits in best.items():
            for name in range(CLASSES):
                if not used & 1 << name:
                    key = used | 1 << name
                    following[key] = max(following.get(key, 0), hits + int(counts[output, name]))
        best = following
    return next(iter(best.values())) / max(1, len(answers))


def test_untrained(untrained: Predictions, facts: Facts) -> None:
    """Before training the network cannot tell the digits apart, whatever its outputs are called."""
    answers = facts.answers[: len(untrained.scores)]
    accuracy = _best_naming(untrained.scores.argmax(axis=1), answers)
    if accuracy > facts.max_untrained_accuracy:
        fail("integrity/trained-before", accuracy=f"{100 * accuracy:.1f}")


def test_own_labels(predictions: Predictions, facts: Facts) -> None:
    """Predictions follow the labels that were handed out for training, not the public ones."""
    if not facts.relabelled:
        return
    public = float((predictions.scores.argmax(axis=1) == facts.public_answers).mean())
    if public > 0.5:
        fail("integrity/public-labels", accuracy=f"{100 * public:.1f}")
