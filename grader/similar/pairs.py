"""Pairs of submissions that share unusual code. Unusual is what few others have.

A fingerprint weighs the less the more people have it: one that two have tells of these two, one that many have
tells of the course. Given code counts for nobody, and neither does what more than a quarter of a class has. Of two
submissions the share is that of the one with less of its own, so that a copy with something added is found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from grader.similar.fingerprints import Place, every_run, fingerprints

SHARE = 0.4
"""The share from which on a pair is shown.

Measured on the corpus (`tests/similar/test_pairs.py`): independent solutions stay below 0.3, copies with other names,
numbers, comments and order come to 0.59 and more.
"""
_LEAST_SHARED = 12
"""Minimum number of shared fingerprints. A few statements alike in two short programs say nothing."""
_A_GROUP = 5
_OF_A_CLASS = 0.25
"""Above both bounds a fingerprint counts for nobody.

The bounds are the size of a group, and a share of the class.
"""


@dataclass(frozen=True)
class Pair:
    """Two submissions, and what they share.

    Args:
        names: of both.
        shares: of what each has for itself, how much the other has too; from 0 to 1.
        places: where what they share stands in each.
    """

    names: tuple[str, str]
    shares: tuple[float, float]
    places: tuple[tuple[Place, ...], tuple[Place, ...]]

    @property
    def share(self) -> float:
        """The larger of both shares."""
        return max(self.shares)


def given_runs(given: Collection[str]) -> frozenset[int]:
    """Hash the runs that count for nobody.

    They are those of `given`, the texts that students have received, and of the worked example.
    """
    example = resources.files("grader.similar").joinpath("worked_example.txt").read_text(encoding="utf-8")
    return every_run([*given, example])


def _own(
    prints: Mapping[str, Mapping[int, Sequence[Place]]], owners: Mapping[str, str]
) -> tuple[dict[str, set[int]], Counter[int]]:
    """Return each submission's fingerprints that count.

    The second value says how many people have each fingerprint.
    """
    by_person: dict[str, set[int]] = defaultdict(set)
    for name, found in prints.items():
        by_person[owners.get(name, name)].update(found)
    holders = Counter(value for values in by_person.values() for value in values)
    most = max(_A_GROUP, _OF_A_CLASS * len(by_person))
    return {name: {value for value in found if holders[value] <= most} for name, found in prints.items()}, holders


def _shared(own: Mapping[str, set[int]], owners: Mapping[str, str]) -> dict[tuple[str, str], list[int]]:
    """Return shared fingerprints by pair. Pairs are in the order of their names, and of two people each."""
    holders: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for name, values in own.items():
        for value in values:
            holders[value].append((name, owners.get(name, name)))
    shared: dict[tuple[str, str], list[int]] = defaultdict(list)
    for value, names in holders.items():
        for i, (first, owner) in enumerate(names):
            for second, other in names[i + 1 :]:
                if owner != other:
                    shared[first, second].append(value)
    return shared


def similar_pairs(
    programs: Mapping[str, Mapping[str, str]],
    given: Collection[str] = (),
    *,
    share: float = SHARE,
    owners: Mapping[str, str] | None = None,
    watched: Callable[[Collection[str]], Iterable[str]] = iter,
) -> list[Pair]:
    """Return similar pairs, the most similar first. They share much of what is their own.

    Args:
        programs: the text of the files of each submission.
        given: texts of what students have received.
        share: of the smaller of the two, from which on a pair is listed.
        owners: by the name of a submission one that all attempts of its person share; who is not there has one alone.
        watched: passes on the names of the submissions while they are read, to show how far that is.
    """
    owners = owners or {}
    runs = given_runs(given)
    prints = {
        name: {value: places for value, places in fingerprints(programs[name]).items() if value not in runs}
        for name in watched(programs)
    }
    own, holders = _own(prints, owners)
    whole = {name: sum(1 / holders[value] for value in values) for name, values in own.items()}
    found = []
    for (first, second), values in _shared(own, owners).items():
        weight = sum(1 / holders[value] for value in values)
        shares = (weight / whole[first], weight / whole[second])
        if len(values) >= _LEAST_SHARED and max(shares) >= share:
            places = tuple(
                tuple(place for value in values for place in prints[name][value]) for name in (first, second)
            )
            found.append(Pair((first, second), shares, (places[0], places[1])))
    return sorted(found, key=lambda pair: (-pair.share, pair.names))
