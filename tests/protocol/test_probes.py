"""The tables of probes and phases fit each other."""

from __future__ import annotations

from dataclasses import fields

from grader.protocol.messages import Phase
from grader.protocol.observations import NETWORKS, Training
from grader.protocol.probes import GRADED_NETWORK, PHASES, PROBES, SCORE, TRAIN

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
    """A phase that trains sees no image to score, and a phase that scores sees a network and no labels to train on."""
    scoring = {name for name, phase in PHASES.items() if "queries" in phase.sees}
    training = {name for name, phase in PHASES.items() if {"training-set", "few-shots"} & {*phase.sees}}
    assert scoring == {name for name, phase in PHASES.items() if phase.network is not None}
    assert training == {"train", "few-shot"}
    assert not scoring & training


def test_what_is_graded_and_what_is_examined_are_asked_in_the_same_words() -> None:
    """Every training is asked for as one, every scoring as another, and each with the same kinds of data."""
    for words in (TRAIN, SCORE):
        alike = [PHASES[kind.phase] for kind in PROBES.values() if kind.asks == words]
        assert len(alike) > 1
        assert len({phase.limit for phase in alike}) == 1
        assert len({len(phase.sees) for phase in alike}) == 1


def test_a_network_that_is_scored_comes_from_a_probe_that_is_needed() -> None:
    """The field that a phase scores with is a packed network, brought by what its probes need."""
    for kind in PROBES.values():
        if (source := PHASES[kind.phase].network) is not None:
            probe, field = source
            assert field in NETWORKS
            assert kind.needs == (probe,)
            assert PROBES[probe].observation is Training
    assert PHASES[PROBES["predictions"].phase].network == GRADED_NETWORK


def test_the_message_says_nothing_of_its_purpose() -> None:
    """What the worker is told holds no name of a phase and no name of a probe that is asked for in other words."""
    assert "name" not in {field.name for field in fields(Phase)}
    assert {kind.asks for kind in PROBES.values()} == {"", TRAIN, SCORE}
    assert not {TRAIN, SCORE} & PROBES.keys()
