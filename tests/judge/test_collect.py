"""Tests of finding hidden tests with what they need. A test that cannot work is named before anything is graded."""

from __future__ import annotations

from types import ModuleType

import pytest

from grader.categories import CATEGORIES
from grader.errors import GraderFault
from grader.judge import collect as finder  # its `tests_of` would be taken for a test
from grader.judge import marks
from grader.judge.collect import HiddenTest, collect, probes_for, with_prerequisites
from grader.judge.marks import Misconception, after, fail, visible
from grader.protocol.probes import PROBES


def module(source: str) -> ModuleType:
    """A module with these lines. The marks are already imported."""
    made = ModuleType("test_made")
    vars(made).update(after=after, visible=visible, fail=fail)
    exec(source, vars(made))
    return made


def test_arguments_marks_and_docstring_become_a_test() -> None:
    """Arguments, marks and docstring become a hidden test.

    The probes come from the arguments, in order; `rules` and `facts` are none.
    """
    found = finder.tests_of(
        module(
            "@after('structure/loads', 'structure/builds')\n@visible\n"
            "def test_two_words(masks, facts, modes, rules):\n    '''First line.\n\n    More.'''\n"
            "def test_plain(load): ...\n"
            "def no_test(x): ...\n"
        ),
        "dropout",
    )
    assert found == [
        HiddenTest(
            "dropout/two-words", ("masks", "modes"), ("structure/loads", "structure/builds"), True, "First line."
        ),
        HiddenTest("dropout/plain", ("load",), (), False, ""),
    ]


def test_an_argument_that_is_no_probe_is_told() -> None:
    """A test that asks for an unknown probe is refused. It would otherwise be blocked for ever, in silence."""
    with pytest.raises(GraderFault, match="dropout/x asks for `mask`, which is no probe"):
        finder.tests_of(module("def test_x(mask): ..."), "dropout")


def test_marks_change_nothing_else() -> None:
    """A mark returns the same function, and `fail` always ends it."""

    def test(loop: object) -> None: ...

    assert visible(after("a/b")(test)) is test
    with pytest.raises(Misconception) as found:
        fail("training/epochs", "a note", got=1)
    assert (found.value.hint, found.value.data, found.value.staff_note) == ("training/epochs", {"got": 1}, "a note")
    assert marks.test_id("training", "test_own_gradient") == "training/own-gradient"


def test_every_category_is_collected_in_judging_order() -> None:
    """All categories are found, in the contract's order. Each has tests, and each test says what it is about."""
    tests = collect()
    assert list(dict.fromkeys(test.partition("/")[0] for test in tests)) == list(CATEGORIES)
    assert [test.id for test in tests.values()] == list(tests)
    assert [test.id for test in tests.values() if not test.summary.endswith(".")] == []


def test_prerequisites_are_judged_first() -> None:
    """Every test stands behind its prerequisites."""
    tests = collect()
    order = list(tests)
    assert [t.id for t in tests.values() for other in t.after if order.index(other) >= order.index(t.id)] == []


def test_a_test_brings_what_it_comes_after() -> None:
    """A test brings all its prerequisites. Each comes once and in judging order, whatever order is asked for."""
    tests = {
        name: HiddenTest(name, (), before, visible=False, summary="")
        for name, before in {"a": (), "b": ("a",), "c": (), "d": ("b", "a")}.items()
    }
    assert with_prerequisites(["d"], tests) == ["a", "b", "d"]
    assert with_prerequisites(["c", "a"], tests) == ["a", "c"]


def test_probes_bring_what_they_need() -> None:
    """The probes that a probe needs run before it."""
    tests = {"t": HiddenTest("t", ("descent",), (), visible=False, summary="")}
    assert probes_for(["t"], tests) == ["load", "criterion", "optimizer", "descent"]


def test_the_table_of_probes_is_in_running_order() -> None:
    """The probes are listed in running order. A phase is not interrupted by another."""
    order = list(PROBES)
    assert [
        (name, need) for name, kind in PROBES.items() for need in kind.needs if order.index(need) >= order.index(name)
    ] == []
    phases = [kind.phase for kind in PROBES.values()]
    assert [p for i, p in enumerate(phases) if i and p != phases[i - 1]] == list(dict.fromkeys(phases))[1:]


def test_every_probe_is_asked_for() -> None:
    """Every probe is needed by a test. A test asks for it, or for a probe that needs it."""
    assert probes_for(collect(), collect()) == list(PROBES)
