"""The tables of probes and phases fit each other."""

from __future__ import annotations

from grader.protocol.probes import PHASES, PROBES

NEEDS_NOTHING = {"load"}


def test_every_probe_runs_in_a_phase_that_is_listed() -> None:
    """A probe's phase is a line of the table of phases, and no line is without a probe."""
    assert {kind.phase for kind in PROBES.values()} == set(PHASES)


def test_a_probe_comes_after_those_it_needs() -> None:
    """The order of the table is an order in which probes can run."""
    names = list(PROBES)
    early = [(name, need) for name in names for need in PROBES[name].needs if names.index(need) >= names.index(name)]
    assert early == []
    assert {name for name in names if not PROBES[name].needs} == NEEDS_NOTHING


def test_queries_exist_only_where_they_are_scored() -> None:
    """The phase that trains on the whole set sees no image to score, and a phase that scores sees no such set."""
    scoring = {name for name, phase in PHASES.items() if {"queries", "some-queries", "shifted"} & {*phase.sees}}
    training = {name for name, phase in PHASES.items() if "training-set" in phase.sees}
    assert scoring == {"untrained", "few-shot", "predict"}
    assert training == {"train"}
