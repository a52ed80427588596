"""Tests of hostile submissions in real sandboxes.

Nothing is let in, forged or lost. On every backend and user of this machine, one submission tries all attacks that can
share a process; each attack that needs its own submission is tried in one of these places. `python -m tests.hostile`
runs each by itself everywhere, which takes half an hour. Attacks that need no sandbox are in `test_forging.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from grader.sandbox import BACKENDS
from tests.hostile.arena import MANY, NEIGHBOUR, Arena, Run, User, users
from tests.hostile.attacks import FAMILIES, Attack, attacks
from tests.hostile.verdicts import complaints_about, neighbour_complaints

CONFINING = ("bwrap", "landlock")
SHARED = [attack for attack in attacks() if attack.shared]
RAISING = {attack.module for attack in SHARED if attack.raises}
ALONE = [attack for attack in attacks() if not attack.shared and attack.sandbox]
PLACES = [(backend, user) for backend in CONFINING for user in users()]
AT_ONCE = 2
pytestmark = pytest.mark.timeout(900)  # the first test waits for all the batches


@cache
def _problem(backend: str) -> str | None:
    """Why a backend does not work here. None where it works."""
    return BACKENDS[backend]().unavailable()


def _name(place: tuple[str, User]) -> str:
    return f"{place[0]}-{place[1].name}"


def _graded(backend: str, user: User, alone: list[Attack]) -> Run:
    arena = Arena(user)
    arena.build()
    try:
        arena.add_many([attack for attack in SHARED if attack.raises or backend != "none"])
        for attack in alone:
            arena.add(attack)
        return arena.run(backend)
    finally:
        arena.close()


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Run]]:
    """The outcome of the batch in each place. One more runs without confinement, as the control."""
    working = [(backend, user) for backend, user in PLACES if _problem(backend) is None]
    batches = {_name(place): (*place, ALONE[i :: len(working)]) for i, place in enumerate(working)}
    batches["none"] = ("none", users()[0], [])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {name: pool.submit(_graded, *batch) for name, batch in batches.items()}
        yield {name: future.result() for name, future in futures.items()}


@pytest.fixture(params=PLACES, ids=_name)
def run(request: pytest.FixtureRequest, runs: dict[str, Run]) -> Run:
    """The outcome of the batch in one place."""
    backend = request.param[0]
    problem = _problem(backend)
    if problem is not None:
        pytest.skip(problem)
    return runs[_name(request.param)]


def test_nothing_was_touched(run: Run) -> None:
    """Nothing outside a sandbox was touched.

    No secret got out, no file or process is left, and the grader did not fail.
    """
    assert run.complaints == []


def test_every_attack_was_refused(run: Run) -> None:
    """Every attack was tried and refused. Only attacks that know whether they got through are counted."""
    assert run.through() & RAISING == set()
    assert run.refused() == RAISING


def test_nobody_earned_more_than_its_honest_part(run: Run) -> None:
    """Nobody earned more than the honest part.

    The submission of many attacks is honest otherwise and gets all its points.
    """
    many = run.results[MANY]
    assert [test for test in many["tests"] if test["status"] != "passed"] == []
    assert many["score"] == many["max_score"] > 0
    by_name = {attack.name: attack for attack in ALONE}
    graded = [name for name in run.results if name in by_name]
    assert graded
    wrong = {name: complaints_about(by_name[name], run.results[name]) for name in graded}
    assert {name: complaints for name, complaints in wrong.items() if complaints} == {}


def test_the_neighbour_got_what_it_deserves(run: Run) -> None:
    """The honest submission after all attacks earns every point."""
    assert neighbour_complaints(run.results.get(NEIGHBOUR)) == []


@pytest.mark.skipif(all(map(_problem, CONFINING)), reason="no sandbox works here")
def test_every_attack_was_graded(runs: dict[str, Run]) -> None:
    """Every attack was graded in some place."""
    assert {attack.name for attack in ALONE} <= {name for run in runs.values() for name in run.results}


def test_the_attacks_are_real(runs: dict[str, Run]) -> None:
    """The attacks are real. Without confinement they succeed: one that cannot would prove nothing."""
    control = runs["none"]
    expected = {attack.module for attack in SHARED if attack.raises and not attack.refused_to_all}
    assert expected - control.through() == set()
    said = " ".join(control.complaints)
    for secret in ("environment", "home", "neighbour", "hidden", "labels", "results"):
        assert f"the secret of {secret} got out" in said
    for touched in ("sentinel is", "home/kept is", "hidden/test_structure.py is", "a process outside was", "spoke to"):
        assert touched in said
    assert "grades/i-was-here is not the grader's" in said


def test_corpus_is_there() -> None:
    """There are at least forty attacks, of every family."""
    assert len(attacks()) >= 40
    assert {attack.family for attack in attacks()} == set(FAMILIES)
