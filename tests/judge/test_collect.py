"""Hidden tests are found with what they need, and what cannot work is told before anything is graded."""

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
    """A module with these lines, and the marks imported."""
    made = ModuleType("test_made")
    vars(made).update(after=after, visible=visible, fail=fail)
    exec(source, vars(made))
    return made


def test_arguments_marks_and_docstring_become_a_test() -> None:
    """The probes come from the arguments, in their order; `rules` and `facts` are none."""
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
    """A misspelt probe would otherwise block its test for ever, in silence."""
    with pytest.raises(GraderFault, match="dropout/x asks for `mask`, which is no probe"):
        finder.tests_of(module("def test_x(mask): ..."), "dropout")


def test_marks_change_nothing_else() -> None:
    """A marked test is the same function; `fail` always ends it."""

    def test(loop: object) -> None: ...

    assert visible(after("a/b")(test)) is test
    with pytest.raises(Misconception) as found:
        fail("training/epochs", "a note", got=1)
    assert (found.value.hint, found.value.data, found.value.staff_note) == ("training/epochs", {"got": 1}, "a note")
    assert marks.test_id("training", "test_own_gradient") == "training/own-gradient"


def test_every_category_is_collected_in_judging_order() -> None:
    """Categories come in the order of the contract, each has tests, and each test says what it is about."""
    tests = collect()
    assert list(dict.fromkeys(test.partition("/")[0] for test in tests)) == list(CATEGORIES)
    assert [test.id for test in tests.values()] == list(tests)
    assert [test.id for test in tests.values() if not test.summary.endswith(".")] == []


def test_prerequisites_are_judged_first() -> None:
    """Every test stands behind all it comes after."""
    tests = collect()
    order = list(tests)
    assert [t.id for t in tests.values() for other in t.after if order.index(other) >= order.index(t.id)] == []


def test_a_test_brings_what_it_comes_after() -> None:
    """All the way down, once each, in judging order whatever order is asked for."""
    tests = {
        name: HiddenTest(name, (), before, visible=False, summary="")
        for name, before in {"a": (), "b": ("a",), "c": (), "d": ("b", "a")}.items()
    }
    assert with_prerequisites(["d"], tests) == ["a", "b", "d"]
    assert with_prerequisites(["c", "a"], tests) == ["a", "c"]


def test_probes_bring_what_they_need() -> None:
    """A probe's needs run before it."""
    tests = {"t": HiddenTest("t", ("descent",), (), visible=False, summary="")}
    assert probes_for(["t"], tests) == ["load", "criterion", "optimizer", "descent"]


def test_the_table_of_probes_is_in_running_order() -> None:
    """What a probe needs stands before it, and phases are not interleaved."""
    order = list(PROBES)
    assert [
        (name, need) for name, kind in PROBES.items() for need in kind.needs if order.index(need) >= order.index(name)
    ] == []
    phases = [kind.phase for kind in PROBES.values()]
    assert [p for i, p in enumerate(phases) if i and p != phases[i - 1]] == list(dict.fromkeys(phases))[1:]


def test_every_probe_is_asked_for() -> None:
    """None is run for nobody: a test looks at it, or a probe that is looked at needs it."""
    assert probes_for(collect(), collect()) == list(PROBES)
