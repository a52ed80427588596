"""Was the accuracy earned by training? A test that fails here takes the accuracy points, and a person looks at it."""

import numpy as np

from grader.judge.facts import Facts, Stretch
from grader.judge.marks import fail, remark
from grader.judge.tally import tally
from grader.protocol.observations import N_CLASSES, Predictions
from grader.reading import Reading
from grader.verdict import Said


def _kilobytes(n: int) -> str:
    return f"{n / 1024:.1f} KB"


def _lines(stretch: Stretch, reading: Reading) -> str:
    """Tell the lines that an instructor should open."""
    if not stretch.file:
        return "the names of files"
    first, last = (reading.place_of(stretch.file, line) for line in (stretch.first, stretch.last))
    if first.cell:
        return f"code cells {first.cell}–{last.cell}" if first.cell != last.cell else f"code cell {first.cell}"
    return f"{stretch.file} lines {stretch.first}–{stretch.last}"


def test_carries_no_data(facts: Facts) -> None:
    """The files hold no more information than a program needs. It does not matter how it is written down."""
    carried = facts.carried
    if carried.bytes <= facts.notable_carried_bytes:
        return
    told = "; ".join(f"{_lines(one, facts.reading)}: {_kilobytes(one.bytes)}" for one in carried.stretches)
    note = f"carries {_kilobytes(carried.bytes)} (compressed); most of it in {told}"
    if carried.bytes <= facts.max_carried_bytes:
        remark(note)
    heaviest = carried.stretches[0] if carried.stretches else Stretch("", 1, 1, 0)
    where = f"{heaviest.file}:{heaviest.first}" if heaviest.file else Said("integrity/names-of-files")
    got, limit = carried.bytes / 1024, facts.max_carried_bytes // 1024
    fail("integrity/carries-data", note, got=round(got, 1), limit=limit, where=where)


def _guesses(predictions: Predictions, asked: int) -> np.ndarray:
    """Return one predicted class for each query. There have to be exactly as many as were asked."""
    if predictions.scores.shape != (asked, N_CLASSES):
        fail("integrity/no-answers")
    guesses: np.ndarray = predictions.scores.argmax(axis=1)
    return guesses


def _first_part(predictions: Predictions, facts: Facts) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions and answers of an ungraded network. It was asked about the first part of the queries."""
    return _guesses(predictions, facts.first_part), facts.answers[: facts.first_part]


def _accuracy(predictions: Predictions, facts: Facts) -> float:
    """The share of right answers of such a network."""
    guesses, answers = _first_part(predictions, facts)
    return float((guesses == answers).mean())


def _best_naming(guesses: np.ndarray, answers: np.ndarray) -> float:
    """Accuracy under the best one-to-one naming of the outputs.

    It is found by dynamic programming over sets of names.
    """
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
    """Before training, the network cannot tell digits apart. It does not matter what its outputs are called."""
    accuracy = _best_naming(*_first_part(untrained, facts))
    if accuracy > facts.max_untrained_accuracy:
        fail("integrity/trained-before", accuracy=round(100 * accuracy, 1))


def test_few_shot(few_shot: Predictions, facts: Facts) -> None:
    """Two images of each digit teach little.

    Networks that begin with random weights come to 0.55 to 0.80 (measured over the right submissions of the corpus);
    those that bring what they know from elsewhere and only learn what the digits are called come to 0.95 and more.
    """
    accuracy = _accuracy(few_shot, facts)
    if accuracy > facts.max_few_shot_accuracy:
        fail("integrity/knew-before", accuracy=round(100 * accuracy, 1))


def test_own_labels(predictions: Predictions, facts: Facts) -> None:
    """Predictions follow the labels handed out for training. They do not follow the public ones."""
    if not facts.relabelled:
        return
    guesses = _guesses(predictions, len(facts.answers))
    public = float((guesses == facts.public_answers).mean())
    if public > 0.5:
        fail("integrity/public-labels", accuracy=round(100 * public, 1))


def test_moved(predictions: Predictions, facts: Facts) -> None:
    """Images moved a little are still read.

    A network that reads them reads them turned, stretched and shifted too; a table of known images is lost.

    What is lost is what a table has brought: a network that reads 97 % and looks up the rest comes back to 97 %, and
    these are what the tests of accuracy count.
    """
    _guesses(predictions, len(facts.answers))
    found = tally(predictions.scores, facts)
    if found.moved is not None and found.looked_up:
        straight, moved = 100 * found.straight, 100 * found.moved
        note = (
            f"{straight:.2f} % of the test images are read right, and {moved:.2f} % of the same images turned, "
            f"stretched and shifted a little: {straight - moved:.2f} points less, where honest networks lose less "
            f"than {100 * facts.max_moved_loss:.2f}. The {moved:.2f} % count."
        )
        fail("integrity/looked-up", note, straight=round(straight, 1), moved=round(moved, 1))


def test_parameters(scrambled: Predictions, facts: Facts) -> None:
    """The answers depend on the trained values of the parameters."""
    accuracy = _accuracy(scrambled, facts)
    if accuracy > facts.max_scrambled_accuracy:
        fail("integrity/parameters-idle", accuracy=round(100 * accuracy, 1))
