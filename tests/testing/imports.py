"""Find who imports whom in the grader. Syntax trees tell; nothing is imported."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "grader"


def modules() -> dict[str, Path]:
    """Return the grader's modules by dotted name. Templates that a release copies to students are left out."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "templates" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_of(source: str, module: str, *, is_package: bool = False) -> list[tuple[str, bool]]:
    """Return the imports of `module`: dotted names, and whether top-level.

    Relative imports are resolved. `from a import b` counts as `a.b`: whether `b` is a module is for the caller to know.
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


@functools.cache
def imports(module: str) -> tuple[tuple[str, bool], ...]:
    """Return the modules that a module imports. Names of things are cut off: `grader.model.Job` is `grader.model`."""
    path = MODULES[module]
    resolved = []
    for name, top in imports_of(path.read_text(encoding="utf-8"), module, is_package=path.name == "__init__.py"):
        owner = name
        while owner.startswith("grader.") and owner not in MODULES:
            owner = owner.rpartition(".")[0]
        resolved.append((owner, top))
    return tuple(resolved)


def part_of(module: str) -> str:
    """Return the first name below `grader`, or `__init__`."""
    return module.split(".")[1] if "." in module else "__init__"
