"""Tests of which module may import which. They read the syntax trees of the grader and its tests."""

from __future__ import annotations

import graphlib
import os
import subprocess
import sys

import pytest

from tests.testing.imports import MODULES, ROOT, imports, imports_of, part_of

MAX_LINES = 400

ANYBODY = frozenset(
    {"grader", "grader.categories", "grader.errors", "grader.model", "grader.verdict", "grader.late"}
    | {"grader.legible", "grader.nearest", "grader.reading", "grader.telling"}
)
"""Modules that every part on the trusted side may import."""

MAY_IMPORT: dict[str, frozenset[str]] = {
    "protocol": frozenset(),
    "linux": frozenset(),
    "worker": frozenset({"grader.protocol", "grader.linux"}),
    "categories": frozenset(),
    "errors": frozenset(),
    "interruption": frozenset(),
    "late": frozenset(),
    "legible": frozenset(),
    "nearest": frozenset(),
    "telling": frozenset({"grader.legible"}),
    "verdict": frozenset({"grader.protocol.raised"}),
    "questions": frozenset(),
    "reading": frozenset(),
    "model": frozenset({"grader.categories", "grader.verdict", "grader.reading", "grader.protocol.limits"}),
    "assignment": ANYBODY | {"grader.datasets", "grader.i18n"},
    "scoring": ANYBODY,
    "final": ANYBODY | {"grader.report.points"},
    "sheet": ANYBODY,
    "adjustments": ANYBODY | {"grader.sheet"},
    "lateness": ANYBODY | {"grader.assignment"},
    "roster": ANYBODY | {"grader.sheet"},
    "kept_roster": ANYBODY | {"grader.roster", "grader.store"},
    "kept_assignment": ANYBODY | {"grader.assignment", "grader.store"},
    "autograde": ANYBODY,
    "sharding": ANYBODY,
    "inputs": ANYBODY | {"grader.datasets", "grader.protocol.probes", "grader.questions"},
    # students were given files in one language or another
    "carried": ANYBODY | {"grader.judge.facts", "grader.i18n", "grader.release.translation"},
    "keys": ANYBODY | {"grader.sandbox.staging"},
    "metrics": ANYBODY | {"grader.judge.facts", "grader.protocol"},
    "panel": ANYBODY | {"grader.judge.facts", "grader.protocol", "grader.datasets.base"},
    "policy": ANYBODY | {"grader.assignment", "grader.judge.facts"},
    "i18n": ANYBODY,
    # runs in a child with the standard library alone, except `bounded`, which starts the child
    "source": frozenset({"grader.errors", "grader.reading"}),
    "intake": ANYBODY | {"grader.source", "grader.autograde"},
    "datasets": ANYBODY,
    "store": ANYBODY,
    "report": ANYBODY | {"grader.final", "grader.roster"},
    "named_file": ANYBODY | {"grader.roster"},
    "export": ANYBODY
    | {"grader.i18n", "grader.report", "grader.final", "grader.sheet", "grader.roster", "grader.named_file"}
    | {"grader.autograde", "grader.gradescope", "grader.assignment", "grader.judge.collect"},
    "similar": ANYBODY | {"grader.report"},
    # reads an output folder as the commands do, and writes nothing
    "serve": ANYBODY
    | {"grader.i18n", "grader.store", "grader.report", "grader.roster", "grader.kept_roster", "grader.adjustments"}
    | {"grader.kept_assignment"}
    | {"grader.gradebook", "grader.output"},
    "sources": ANYBODY | {"grader.store"},
    # calls the grader as a command; of its parts it knows only what it passes on
    "gradescope": ANYBODY
    | {"grader.i18n", "grader.datasets", "grader.intake", "grader.store", "grader.report"}
    | {"grader.carried"},
    "sandbox": ANYBODY | {"grader.protocol.limits", "grader.protocol.confinement", "grader.linux"},
    "schedule": ANYBODY | {"grader.protocol", "grader.sandbox", "grader.keys"},
    "hidden": ANYBODY
    | {
        "grader.protocol.observations",
        "grader.protocol.raised",
        "grader.protocol.loops",
        "grader.protocol.masks",
        "grader.judge.marks",
        "grader.judge.places",
        "grader.judge.rules",
        "grader.judge.facts",
        "grader.judge.advice",
        "grader.judge.seen",
        "grader.judge.shortfall",
        "grader.judge.tally",
    },
    # the judging process has to know where the hidden tests lie
    "judge": ANYBODY | {"grader.protocol", "grader.linux", "grader.hidden"},
    # makes the students' repository of the visible tests, the rules and the messages
    "release": ANYBODY | {"grader.assignment", "grader.autograde", "grader.i18n", "grader.judge.collect"},
}
"""Modules that a part may import beside its own.

The key is the first name below `grader`, and a module includes all below it.
"""

MEETING_POINTS = frozenset(
    {"__init__", "__main__", "arguments", "cli", "commands", "output", "rejudging", "merging"}
    | {
        "answers",
        "choosing",
        "gradebook",
        "judging",
        "pipeline",
        "plan",
        "record",
        "setup",
        "standing",
        "work",
        "written",
    }
)
"""Modules directly in `grader` where the parts meet. They may import any part but the worker, without cycles."""

OUTSIDE_THE_TRUST_LINE = ("worker",)
HEAVY = frozenset({"torch", "torchvision", "sklearn"})


def within(name: str, allowed: frozenset[str]) -> bool:
    """Whether `name` is one of `allowed` or lies below one. `grader` allows only itself."""
    return any(name == one or (one != "grader" and name.startswith(f"{one}.")) for one in allowed)


def test_every_way_of_importing_is_seen() -> None:
    """The reader of imports finds every kind. They are plain, aliased, relative, late, guarded or in a class."""
    source = """
import a.b as c
from d import e
from . import f
from ..g import h
try:
    import i
except ImportError:
    import j
class K:
    import l
def m():
    from n import o
"""
    assert imports_of(source, "pack.sub.mod") == [
        ("a.b", True),
        ("d.e", True),
        ("pack.sub.f", True),
        ("pack.g.h", True),
        ("i", True),
        ("j", True),
        ("l", True),
        ("n.o", False),
    ]
    assert imports_of("from . import f", "pack.sub", is_package=True) == [("pack.sub.f", True)]


def test_every_part_has_its_rule() -> None:
    """Every part of the grader has a rule. A new folder or module needs a line in the table."""
    assert {part_of(module) for module in MODULES} <= MAY_IMPORT.keys() | MEETING_POINTS
    assert len(MODULES) > 40


def test_parts_know_what_they_may_and_nothing_else() -> None:
    """Parts import what they may and nothing else."""
    wrong = [
        (module, name)
        for module in MODULES
        if (part := part_of(module)) in MAY_IMPORT
        for name, _ in imports(module)
        if name.split(".")[0] == "grader" and not within(name, MAY_IMPORT[part] | {f"grader.{part}"})
    ]
    assert wrong == []


def test_the_trusted_side_imports_neither_torch_nor_the_worker() -> None:
    """The trusted side imports neither torch nor the worker.

    Not even late: torch would load a stranger's libraries, and the worker may be lied to.
    """
    trusted = [module for module in MODULES if part_of(module) not in OUTSIDE_THE_TRUST_LINE]
    wrong = [
        (module, name)
        for module in trusted
        for name, _ in imports(module)
        if name.split(".")[0] in HEAVY - {"sklearn"} or within(name, frozenset({"grader.worker"}))
    ]
    assert wrong == []


def test_scikit_learn_is_imported_where_it_is_used() -> None:
    """scikit-learn is imported only late. It takes a second, and serves only for the embedded digits."""
    assert [(m, n) for m in MODULES for n, top in imports(m) if n.split(".")[0] == "sklearn" and top] == []


def test_the_run_is_known_to_commands_alone() -> None:
    """Only commands know the pipeline. Nothing flows backwards."""
    knowing = {part_of(module) for module in MODULES for name, _ in imports(module) if name == "grader.pipeline"}
    assert knowing == {"commands"}


def test_no_import_cycle() -> None:
    """There is no import cycle, late imports included.

    The modules can be put in an order in which each imports only those before it. So `sandbox`, `schedule`, `pipeline`,
    `commands` build on each other downwards only.
    """
    graph = {module: {name for name, _ in imports(module)} & MODULES.keys() - {module} for module in MODULES}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    places = [order.index(f"grader.{name}") for name in ("schedule.execute", "pipeline", "commands.grade")]
    assert places == sorted(places)


def test_no_module_is_too_long_to_read() -> None:
    """No module has more than 400 lines."""
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: n for module, n in lines.items() if n > MAX_LINES} == {}


def test_no_test_imports_another_test() -> None:
    """No test imports another test. What tests share lies in `tests/testing`, which imports no folder of tests."""
    wrong = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        *folders, _ = path.relative_to(ROOT).parts
        if folders[:2] == ["tests", "submissions"]:
            continue
        module = ".".join([*folders, path.stem])
        for name, _ in imports_of(path.read_text(encoding="utf-8"), module, is_package=path.stem == "__init__"):
            parts = name.split(".")
            is_test = parts[0] == "tests" and any(part.startswith("test_") or part == "conftest" for part in parts[:-1])
            is_below = folders[:2] == ["tests", "testing"] and parts[0] == "tests" and parts[1] != "testing"
            wrong += [(module, name)] if is_test or is_below else []
    assert wrong == []


@pytest.mark.parametrize("module", ["grader.cli", "grader.pipeline", "grader.commands.grade", "grader.judge.plugin"])
def test_importing_the_trusted_side_imports_no_torch(module: str) -> None:
    """Importing the trusted side imports no torch, even indirectly."""
    code = f"import sys, {module}; print(sorted({set(HEAVY)!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
