"""Which part of the grader may know which: read from the syntax trees, nothing is imported for it."""

from __future__ import annotations

import ast
import graphlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "grader"
MAX_LINES = 400

ANYBODY = frozenset({"grader", "grader.errors", "grader.model"})
"""What every part on the trusted side may know."""

MAY_IMPORT: dict[str, frozenset[str]] = {
    "protocol": frozenset(),
    "linux": frozenset(),
    "worker": frozenset({"grader.protocol", "grader.linux"}),
    "errors": frozenset(),
    "model": frozenset({"grader.errors", "grader.protocol.observations", "grader.protocol.limits"}),
    "assignment": ANYBODY,
    "scoring": ANYBODY,
    "i18n": ANYBODY,
    # runs in a child that has the standard library alone, but for `bounded`, which starts it
    "source": frozenset({"grader.errors"}),
    "intake": ANYBODY | {"grader.source"},
    "datasets": ANYBODY,
    "store": ANYBODY,
    "report": ANYBODY,
    "export": ANYBODY,
    "sandbox": ANYBODY | {"grader.protocol.limits", "grader.protocol.confinement", "grader.linux"},
    "schedule": ANYBODY | {"grader.protocol", "grader.sandbox"},
    "hidden": ANYBODY
    | {
        "grader.protocol.observations",
        "grader.protocol.loops",
        "grader.protocol.masks",
        "grader.judge.marks",
        "grader.judge.rules",
        "grader.judge.facts",
        "grader.judge.advice",
    },
    # the judging process has to know where the hidden tests lie
    "judge": ANYBODY | {"grader.protocol", "grader.hidden"},
    # makes the students' repository out of what the others hold: the visible tests, the rules, the messages
    "release": ANYBODY | {"grader.assignment", "grader.i18n", "grader.judge.collect"},
}
"""By the first name below `grader`: the modules (and all below them) it may import, beside its own."""

MEETING_POINTS = frozenset(
    {"arguments", "cli", "commands", "output", "pipeline", "plan", "record", "rejudge", "run", "__main__", "__init__"}
)
"""Modules directly in `grader` where the parts meet; held by the absence of cycles, and by knowing no worker."""

OUTSIDE_THE_TRUST_LINE = ("worker",)
HEAVY = frozenset({"torch", "torchvision", "sklearn"})


def modules() -> dict[str, Path]:
    """Every module of the grader by its dotted name; what a release copies to students is data here."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "templates" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_of(source: str, module: str, *, is_package: bool = False) -> list[tuple[str, bool]]:
    """What `module` imports, as (dotted name, whether at the top level), relative imports resolved.

    `from a import b` counts as `a.b`: whether `b` is a module is for the caller to know.
    """
    found: list[tuple[str, bool]] = []

    def visit(node: ast.AST, *, top: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend((alias.name, top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".") if is_package else module.split(".")[:-1]
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            found.extend((f"{base}.{alias.name}", top) for alias in node.names)
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            visit(child, top=top and not inside)

    visit(ast.parse(source), top=True)
    return found


def imports(module: str) -> list[tuple[str, bool]]:
    """What a module of the grader imports, names of things cut off: `grader.model.Job` is `grader.model`."""
    path = MODULES[module]
    resolved = []
    for name, top in imports_of(path.read_text(encoding="utf-8"), module, is_package=path.name == "__init__.py"):
        owner = name
        while owner.startswith("grader.") and owner not in MODULES:
            owner = owner.rpartition(".")[0]
        resolved.append((owner, top))
    return resolved


def part_of(module: str) -> str:
    """The first name below `grader`; `__init__` for `grader` itself."""
    return module.split(".")[1] if "." in module else "__init__"


def within(name: str, allowed: frozenset[str]) -> bool:
    """Whether `name` is one of `allowed` or lies below one; `grader` allows itself alone."""
    return any(name == one or (one != "grader" and name.startswith(f"{one}.")) for one in allowed)


def test_every_way_of_importing_is_seen() -> None:
    """The reader of imports misses none: plain, aliased, relative, late, guarded, in a class."""
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
    """A new folder or module of the grader is given a line in the table of who may import whom."""
    assert {part_of(module) for module in MODULES} <= MAY_IMPORT.keys() | MEETING_POINTS
    assert len(MODULES) > 40


def test_parts_know_what_they_may_and_nothing_else() -> None:
    """No sideways import between folders, and none across the trust line."""
    wrong = [
        (module, name)
        for module in MODULES
        if (part := part_of(module)) in MAY_IMPORT
        for name, _ in imports(module)
        if name.split(".")[0] == "grader" and not within(name, MAY_IMPORT[part] | {f"grader.{part}"})
    ]
    assert wrong == []


def test_the_trusted_side_imports_neither_torch_nor_the_worker() -> None:
    """Not even late, in a function: torch would load a stranger's libraries, the worker is made to be lied to."""
    trusted = [module for module in MODULES if part_of(module) not in OUTSIDE_THE_TRUST_LINE]
    wrong = [
        (module, name)
        for module in trusted
        for name, _ in imports(module)
        if name.split(".")[0] in HEAVY - {"sklearn"} or within(name, frozenset({"grader.worker"}))
    ]
    assert wrong == []


def test_scikit_learn_is_imported_where_it_is_used() -> None:
    """It takes a second to import and carries the embedded digits alone."""
    assert [(m, n) for m in MODULES for n, top in imports(m) if n.split(".")[0] == "sklearn" and top] == []


def test_no_import_cycle() -> None:
    """The modules can be put in an order in which each imports only those before it, late imports included.

    So `sandbox`, `schedule`, `pipeline`, `cli` build on each other downwards only.
    """
    graph = {module: {name for name, _ in imports(module)} & MODULES.keys() - {module} for module in MODULES}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    places = [order.index(f"grader.{name}") for name in ("schedule.execute", "pipeline", "run", "cli")]
    assert places == sorted(places)


def test_no_module_is_too_long_to_read() -> None:
    """400 lines at the most."""
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: n for module, n in lines.items() if n > MAX_LINES} == {}


@pytest.mark.parametrize("module", ["grader.cli", "grader.pipeline", "grader.run", "grader.judge.plugin"])
def test_importing_the_trusted_side_imports_no_torch(module: str) -> None:
    """Nor does anything it imports: seen in a fresh process."""
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
