"""The tables of probes and phases fit each other."""

from __future__ import annotations

from dataclasses import fields

from grader.protocol.messages import Phase
from grader.protocol.observations import NETWORKS, Training
from grader.protocol.probes import GRADED_NETWORK, PHASES, PROBES, SCORE, TRAIN

NEEDS_NOTHING = {"load"}


def test_every_probe_runs_in_a_phase_that_is_listed() -> None:
    """Every probe has a phase, and every phase a probe."""
    assert {kind.phase for kind in PROBES.values()} == set(PHASES)


def test_a_probe_comes_after_those_it_needs() -> None:
    """A probe stands after the probes that it needs. So they can run in the order of the table."""
    names = list(PROBES)
    early = [(name, need) for name in names for need in PROBES[name].needs if names.index(need) >= names.index(name)]
    assert early == []
    assert {name for name in names if not PROBES[name].needs} == NEEDS_NOTHING


def test_queries_exist_only_where_they_are_scored() -> None:
    """Only phases that score see images to be scored.

    They see a network and no labels to train on; phases that train see no such image.
    """
    scoring = {name for name, phase in PHASES.items() if "queries" in phase.sees}
    training = {name for name, phase in PHASES.items() if {"training-set", "few-shots"} & {*phase.sees}}
    assert scoring == {name for name, phase in PHASES.items() if phase.network is not None}
    assert training == {"train", "few-shot"}
    assert not scoring & training


def test_what_is_graded_and_what_is_examined_are_asked_in_the_same_words() -> None:
    """All trainings look alike to the worker, and all scorings.

    Each is asked for by one name, and gets the same kinds of data.
    """
    for words in (TRAIN, SCORE):
        alike = [PHASES[kind.phase] for kind in PROBES.values() if kind.asks == words]
        assert len(alike) > 1
        assert len({phase.limit for phase in alike}) == 1
        assert len({len(phase.sees) for phase in alike}) == 1


def test_a_network_that_is_scored_comes_from_a_probe_that_is_needed() -> None:
    """A scored network comes from the probe that is needed. It is a field that holds a packed network."""
    for kind in PROBES.values():
        if (source := PHASES[kind.phase].network) is not None:
            probe, field = source
            assert field in NETWORKS
            assert kind.needs == (probe,)
            assert PROBES[probe].observation is Training
    assert PHASES[PROBES["predictions"].phase].network == GRADED_NETWORK


def test_the_message_says_nothing_of_its_purpose() -> None:
    """The message does not tell what a phase is for.

    It has no phase name, nor a probe name that is asked for under another.
    """
    assert "name" not in {field.name for field in fields(Phase)}
    assert {kind.asks for kind in PROBES.values()} == {"", TRAIN, SCORE}
    assert not {TRAIN, SCORE} & PROBES.keys()
