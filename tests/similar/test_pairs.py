"""Disguised copies are found; independent solutions are not. Samples of the corpus calibrate that."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest

from grader.carried import given_folder
from grader.similar.pairs import SHARE, Pair, similar_pairs
from tests.testing.corpus import Sample, samples, submission_of
from tests.testing.disguise import disguised, padded

Programs = Mapping[str, str]


def _programs(sample: Sample) -> Programs:
    files = submission_of(sample).files
    return {path: content.decode() for path, content in files.items() if path.endswith(".py")}


@pytest.fixture(scope="module")
def independent() -> dict[str, Programs]:
    """Return right solutions of the corpus that share no file."""
    return {sample.path.name: _programs(sample) for sample in samples("right") if not sample.expected.same_as}


@pytest.fixture(scope="module")
def given() -> list[str]:
    """Return the files that students have received."""
    folder = given_folder()
    assert folder is not None
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]


def shares(pairs: list[Pair]) -> dict[frozenset[str], float]:
    """Return the shares by the names of each pair."""
    return {frozenset(pair.names): pair.share for pair in pairs}


def test_solutions_written_apart_are_not_shown(independent: dict[str, Programs], given: list[str]) -> None:
    """No two independent solutions of the corpus are shown. There is room to spare."""
    assert len(independent) > 40
    assert similar_pairs(independent, given, share=0.3) == []


def test_nor_are_they_in_a_class_of_two(independent: dict[str, Programs], given: list[str]) -> None:
    """Independent solutions are not shown in classes of two. There, nothing is known of what is common."""
    some = list(independent.items())[::7]
    for one, other in itertools.combinations(some, 2):
        assert similar_pairs(dict((one, other)), given) == []


def test_every_copy_in_disguise_is_shown(independent: dict[str, Programs], given: list[str]) -> None:
    """Every disguised copy is shown, and no other pair.

    Names, numbers, comments, layout and the order of functions are changed.
    """
    copies = {f"copy of {name}": disguised(files, seed) for seed, (name, files) in enumerate(independent.items())}
    found = shares(similar_pairs({**independent, **copies}, given))
    assert found.keys() == {frozenset((name, f"copy of {name}")) for name in independent}
    assert min(found.values()) > SHARE + 0.1


def test_lines_that_do_nothing_hide_hardly_a_copy(independent: dict[str, Programs], given: list[str]) -> None:
    """Added lines that do nothing hide hardly any copy.

    One stands before every fourth statement; one copy of the 42 stays unseen.
    """
    copies = {f"copy of {name}": padded(disguised(files, i), i) for i, (name, files) in enumerate(independent.items())}
    assert any("unused_" in text for files in copies.values() for text in files.values())
    found = shares(similar_pairs({**independent, **copies}, given))
    copied = {frozenset((name, f"copy of {name}")) for name in independent}
    assert found.keys() <= copied
    assert len(copied - found.keys()) <= 1


@pytest.mark.parametrize("size", [2, 3, 6])
def test_a_group_that_shares_one_solution_is_shown_whole(
    independent: dict[str, Programs], given: list[str], size: int
) -> None:
    """A group that shares one solution is shown whole. What a handful have in common is not the course's."""
    group = {f"member {i}": disguised(independent["augmentation"], i) for i in range(size)}
    found = shares(similar_pairs({**independent, **group}, given))
    assert {frozenset(pair) for pair in itertools.combinations(group, 2)} <= found.keys()


def test_a_copy_with_work_of_its_own_around_it_is_shown(independent: dict[str, Programs], given: list[str]) -> None:
    """A copy among a student's own work is shown. The share is that of the smaller program."""
    one, other = independent["recurrent-rows"], independent["maxout-units"]
    added = {**disguised(one, 5), **{f"extra_{path}": text for path, text in other.items()}}
    (pair,) = similar_pairs({"alice": one, "bob": added}, given)
    assert pair.names == ("alice", "bob")
    assert pair.shares[0] > 2 * pair.shares[1] > 0


def test_attempts_of_one_person_are_no_copies_of_each_other(independent: dict[str, Programs], given: list[str]) -> None:
    """However many there are they make nothing common; but each may be a copy of another's work."""
    work = independent["recurrent-rows"]
    attempts = {f"ann-attempt-{i}": disguised(work, i) for i in range(8)}
    everybody = {**attempts, "bob": disguised(work, 9), "carol": independent["maxout-units"]}
    owners = dict.fromkeys(attempts, "ann-attempt-0")
    found = shares(similar_pairs(everybody, given, owners=owners))
    assert found.keys() == {frozenset((name, "bob")) for name in attempts}
    assert similar_pairs(attempts, given, owners=owners) == []


NETS = (
    "class Net(nn.Module):\n def __init__(self):\n  super().__init__()\n  self.a = nn.Linear(784, {0})\n"
    "  self.b = nn.Linear({0}, {0})\n  self.c = nn.Linear({0}, 10)\n  self.d = nn.Dropout(0.2)\n"
    " def forward(self, x):\n  x = x.view(-1, 784)\n  x = self.d(F.relu(self.a(x)))\n"
    "  x = self.d(F.relu(self.b(x)))\n  return self.c(x)\n",
    "class Net(nn.Module):\n def __init__(self):\n  super().__init__()\n  self.layers = nn.Sequential(nn.Flatten(),\n"
    "   nn.Linear(784, {0}), nn.ReLU(), nn.Dropout(0.2), nn.Linear({0}, {0}), nn.ReLU(), nn.Dropout(0.2),\n"
    "   nn.Linear({0}, 10))\n def forward(self, images):\n  return self.layers(images)\n",
)
LOOPS = (
    "def train(model, train_loader, criterion, optimizer, n_epochs, device):\n losses = []\n"
    " for epoch in range(n_epochs):\n  model.train()\n  total = 0.0\n  for x, y in train_loader:\n"
    "   x, y = x.to(device), y.to(device)\n   optimizer.zero_grad()\n   {0}\n   loss.backward()\n   optimizer.step()\n"
    "   total += loss.item() * {1}\n  losses.append(total / len(train_loader.dataset))\n return losses\n"
)
LOSSES = ("loss = criterion(model(x), y)", "out = model(x)\n   loss = criterion(out, y)")
COUNTS = ("len(y)", "x.size(0)", "x.shape[0]")


def test_the_worked_example_of_the_course_is_nobodys_own(given: list[str]) -> None:
    """The course's worked example is nobody's own. Each of a class has changed a little of it."""
    choices = itertools.product(NETS, LOSSES, COUNTS)
    everybody = {
        f"student {i}": {"net.py": net.format(100 + i), "training.py": LOOPS.format(loss, count)}
        for i, (net, loss, count) in enumerate(choices)
    }
    assert len(everybody) == 12
    assert similar_pairs(everybody, given) == []
    assert similar_pairs(dict(list(everybody.items())[:2]), given) == []


def test_five_hundred_are_compared(independent: dict[str, Programs], given: list[str]) -> None:
    """Five hundred programs are compared.

    Most are copies of 42 solutions, the most work there can be; nearly all are found.
    """
    solutions = list(independent.values())
    everybody = {f"s{i}": disguised(solutions[i % len(solutions)], i) for i in range(500)}
    found = shares(similar_pairs(everybody, given))
    number = {name: int(name[1:]) % len(solutions) for name in everybody}
    alike = {frozenset(pair) for pair in itertools.combinations(everybody, 2) if number[pair[0]] == number[pair[1]]}
    assert found.keys() <= alike
    assert len(found) > 0.95 * len(alike)
