"""The statements of a notebook that the contract's names rest on, and no others.

A notebook also downloads data, trains and draws at its top level; none of that may run when the grader imports it. So
the notebook is *sliced*: its top-level statements are walked from the last to the first with the set of names that
are still needed, beginning with the contract's. A statement that binds a needed name is kept, and needs in turn what it
reads itself; one that binds it for certain (a def, a class, an import, a plain assignment) also settles it, so that of
several definitions the last one counts, as after running the cells in order.

Which names a statement binds and reads is asked of `symtable`, Python's own scope analysis: the parameter `model` of
`train` is not the notebook's global `model`. What the body of a function reads is needed only once it is called; that
may be at any later time, so a function's needs are added wherever its name is needed (`_closure`).

Not seen: a change by a call of a method (`CONFIG.update(lr=0.1)`), by a loop, or by `exec`.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.source.cells import Cell
from grader.source.contract import CONTRACT, MODULES, PACKAGE

_COMPREHENSIONS = frozenset(("listcomp", "setcomp", "dictcomp", "genexpr"))
_MAX_DEPTH = 400
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


@dataclass(frozen=True)
class Statement:
    """One top-level statement of a notebook.

    `binds`: names it defines or changes. `settles`: whether it does so for certain and from scratch.
    `reads`: globals that running it needs. `defers`: globals that what it defines needs when called.
    """

    cell: int
    text: str
    node: ast.stmt
    binds: frozenset[str]
    settles: bool
    reads: frozenset[str]
    defers: frozenset[str]

    @property
    def is_star_import(self) -> bool:
        """Whether it binds names that cannot be known without running it."""
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"

    @property
    def is_future_import(self) -> bool:
        """Whether it has to stand at the top of the module."""
        return isinstance(self.node, ast.ImportFrom) and self.node.module == "__future__"


def _text(node: ast.stmt, lines: list[str]) -> str:
    """The source of `node` with its decorators and the comments inside it."""
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    last = node.end_lineno or node.lineno
    cut = [line.encode() for line in lines[first - 1 : last]]
    cut[-1] = cut[-1][: node.end_col_offset]
    if first == node.lineno:
        cut[0] = cut[0][node.col_offset :]  # of `a = 1; b = 2`
    return b"\n".join(cut).decode()


def _scan(table: symtable.SymbolTable, *, deferred: bool, found: tuple[set[str], set[str]]) -> None:
    """Add the globals that scopes inside `table` read: at once to the first of `found`, when called to the second."""
    for child in table.get_children():
        later = deferred or (child.get_type() == "function" and child.get_name() not in _COMPREHENSIONS)
        found[later].update(symbol.get_name() for symbol in child.get_symbols() if symbol.is_global())
        _scan(child, deferred=later, found=found)


def _changed(node: ast.stmt) -> set[str]:
    """The names whose objects an assignment to an attribute or an item changes: `Net` of `Net.forward = f`."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = set()
    for target in targets:
        place = target
        while isinstance(place, ast.Attribute | ast.Subscript):
            place = place.value
        if isinstance(place, ast.Name):
            names.add(place.id)
    return names


def _settles(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        parts = [part for target in node.targets for part in ast.walk(target)]
        return not any(isinstance(part, ast.Attribute | ast.Subscript) for part in parts)
    if isinstance(node, ast.AnnAssign):
        return node.value is not None and isinstance(node.target, ast.Name)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _is_own_package(node: ast.stmt) -> bool:
    """Whether `node` imports from the package that the notebook stands in for (`from student.net import Net`)."""
    own = {PACKAGE, *MODULES}
    if isinstance(node, ast.ImportFrom):
        return node.level > 0 or (node.module or "").partition(".")[0] in own
    return isinstance(node, ast.Import) and any(alias.name.partition(".")[0] in own for alias in node.names)


def _is_nested_beyond_sense(node: ast.stmt) -> bool:
    """Whether `node` is deeper than any hand writes; compiling it could take time that grows with the square."""
    level: list[ast.AST] = [node]
    for _ in range(_MAX_DEPTH):
        level = [child for above in level for child in ast.iter_child_nodes(above)]
        if not level:
            return False
    return True


def _statement(node: ast.stmt, cell: Cell) -> Statement | None:
    """`node` with what it binds and reads; None where it can define nothing (a call, a loop) or does not compile."""
    if isinstance(node, (ast.Expr, *_LOOPS)) or _is_own_package(node) or _is_nested_beyond_sense(node):
        return None
    text = _text(node, cell.lines)
    try:
        compile(text, "notebook", "exec", dont_inherit=True)
        table = symtable.symtable(text, "notebook", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # such as `return` or `await` at top level: it would break the module that the slice becomes
    symbols = table.get_symbols()
    binds = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()} | _changed(node)
    found: tuple[set[str], set[str]] = ({symbol.get_name() for symbol in symbols if symbol.is_referenced()}, set())
    _scan(table, deferred=False, found=found)
    return Statement(
        cell.number, text, node, frozenset(binds), _settles(node), frozenset(found[0]), frozenset(found[1])
    )


def _closure(names: Iterable[str], deferred: Mapping[str, set[str]]) -> set[str]:
    """`names` and all that calling them may read."""
    reached: set[str] = set()
    pending = set(names)
    while pending:
        name = pending.pop()
        reached.add(name)
        pending |= deferred.get(name, set()) - reached
    return reached


def slice_cells(cells: Iterable[Cell]) -> list[Statement]:
    """The statements that define the names of the contract and what these rest on, in the notebook's order.

    A name that is defined nowhere stays undefined; a name that only `from … import *` can define keeps those imports.
    """
    parsed = (_statement(node, cell) for cell in cells for node in cell.body)
    statements = [statement for statement in parsed if statement]
    deferred: dict[str, set[str]] = {}
    for statement in statements:
        for name in statement.binds:
            deferred.setdefault(name, set()).update(statement.defers)
    needed = _closure(CONTRACT, deferred)
    kept = {id(statement) for statement in statements if statement.is_future_import}
    for statement in reversed(statements):
        if statement.binds & needed:
            kept.add(id(statement))
            if statement.settles:
                needed -= statement.binds
            needed |= _closure(statement.reads, deferred)
    if needed - CONTRACT - deferred.keys() - vars(builtins).keys():
        kept |= {id(statement) for statement in statements if statement.is_star_import}
    return [statement for statement in statements if id(statement) in kept]
