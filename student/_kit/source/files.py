"""Writes a notebook's statements as the three modules.

They are the statements that the grader takes from it, laid out for people to work on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from .cells import Cell, WrittenModule, cell_of
from .contract import MODULES
from .slicing import Statement, sliced, statements_of
from .tasks import slice_sources, written_modules

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _commented(statement: Statement, lines: Sequence[str]) -> str:
    """Join a statement with the comment right above it.

    Args:
        statement: of a cell.
        lines: of that cell.
    """
    first = statement.line - 1
    start = first
    while start and lines[start - 1].startswith("#"):
        start -= 1
    return "\n".join([*lines[start:first], statement.text])


def _joined(statements: Iterable[Statement], texts: Iterable[str]) -> str:
    """Lay out statements as people do, definitions two lines apart."""
    source, before = "", None
    for statement, text in zip(statements, texts, strict=True):
        apart = isinstance(statement.node, _DEFINITIONS) or isinstance(before, _DEFINITIONS)
        if before is not None:
            changes = isinstance(statement.node, _IMPORTS) != isinstance(before, _IMPORTS)
            source += "\n\n\n" if apart else "\n\n" if changes else "\n"
        source, before = source + text, statement.node
    return source


def _own(statements: Sequence[Statement], wanted: Iterable[str], others: set[str]) -> tuple[list[Statement], set[str]]:
    """Select one module's statements, and the names it takes from `others`."""
    names = set(wanted)
    kept = sliced([one for one in statements if one.binds & names or not one.binds & others], names)
    needed = {name for one in kept for name in one.reads | one.defers}
    return kept, needed & others - {name for one in kept for name in one.binds}


def _import_lines(needed: set[str], defined: Mapping[str, Sequence[str]]) -> list[str]:
    """Write imports of the `needed` names from earlier modules."""
    taken = {module: [name for name in names if name in needed] for module, names in defined.items()}
    return [f"from .{module} import {', '.join(names)}" for module, names in taken.items() if names]


def _source(kept: list[Statement], lines: Mapping[int, Sequence[str]], imports: list[str]) -> str:
    """Write a module; `imports` follow those it begins with."""
    ordered = sorted(kept, key=lambda statement: not statement.is_future_import)
    split = next((n for n, one in enumerate(ordered) if not isinstance(one.node, _IMPORTS)), len(ordered))
    head, rest = ordered[:split], ordered[split:]
    texts = [_commented(one, lines[one.cell]) for one in ordered]
    blocks = [_joined(head, texts[:split]), "\n".join(imports), _joined(rest, texts[split:])]
    apart = "\n\n\n" if rest and isinstance(rest[0].node, _DEFINITIONS) else "\n\n"
    top = "\n\n".join(block for block in blocks[:2] if block)
    return apart.join(block for block in (top, blocks[2]) if block)


def modules_of(sources: list[str]) -> dict[str, str]:
    """Write the source of each module of the contract.

    What two of them need (a function, an import) stands in both; names of the contract are imported from the module
    before.

    Args:
        sources: of the code cells of a notebook, in order.

    Returns:
        By the module's name; "" where the cells define nothing for it.
    """
    read = [cell_of(number, source) for number, source in enumerate(sources, start=1)]
    written = written_modules([cell for cell in read if isinstance(cell, WrittenModule)])
    at_home = set(slice_sources(sources, len("".join(sources)))["at_home"])
    cells = [cell for cell in read if isinstance(cell, Cell)]
    lines = {cell.number: cell.lines for cell in cells}
    names = [path.removesuffix(".py").partition("/")[0] for path in written]
    statements = [one for one in statements_of(cells, names) if isinstance(one, Statement)]
    found: dict[str, str] = {}
    defined: dict[str, Sequence[str]] = {}
    for module, wanted in MODULES.items():
        others = {name for names_before in defined.values() for name in names_before}
        kept, needed = _own(statements, set(wanted) - at_home, others)
        parts = [written.get(f"{module}.py", ("", []))[0].rstrip("\n")]
        parts.append(_source(kept, lines, _import_lines(needed, defined)))
        found[module] = "\n\n\n".join(part for part in parts if part) + "\n" if any(parts) else ""
        defined[module] = wanted
    return found
