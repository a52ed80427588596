"""Slicing of a notebook. It keeps the statements that the contract's names rest on, and no others.

A notebook also downloads data, trains and draws at its top level; none of that may run when the grader imports it. So
the notebook is *sliced*: its top-level statements are walked from the last to the first with the set of names that
are still needed, beginning with the contract's. A statement that binds a needed name is kept, and needs in turn what it
reads itself; one that binds it for certain (a def, a class, an import, a plain assignment) also settles it, so that of
several definitions the last one counts, as after running the cells in order.

Which names a statement binds and reads is asked of `symtable`, Python's own scope analysis: the parameter `model` of
`train` is not the notebook's global `model`. What the body of a function reads is needed only once it is called; that
may be at any later time, so a function's needs are added wherever its name is needed (`_closure`).

In a notebook `__name__` is "__main__", so what stands below `if __name__ == "__main__":` is at its top level as well.
What imports from the package that the notebook stands in for is left out, but for modules that a cell has written.

Not seen: a change by a call of a method (`CONFIG.update(lr=0.1)`), by a loop, or by `exec`.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .cells import Cell, Unreadable, unreadable
from .contract import CONTRACT, MODULES, PACKAGE
from .definitions import is_main_guard

_COMPREHENSIONS = frozenset(("listcomp", "setcomp", "dictcomp", "genexpr"))
_MAX_DEPTH = 400
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_STREAMS = frozenset(("sys.stdout", "sys.stderr"))


@dataclass(frozen=True)
class Statement:
    """One top-level statement of a notebook.

    `binds`: names it defines or changes. `settles`: whether it does so for certain and from scratch.
    `reads`: globals that running it needs. `defers`: globals that what it defines needs when called.
    `line` is where in its cell it begins; it is preceded in `text` by `added` lines that are not the author's.
    """

    cell: int
    line: int
    added: int
    text: str
    node: ast.stmt
    binds: frozenset[str]
    settles: bool
    reads: frozenset[str]
    defers: frozenset[str]

    @property
    def is_star_import(self) -> bool:
        """Whether the names it binds are unknown without running it."""
        return isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"

    @property
    def is_future_import(self) -> bool:
        """Whether it has to stand at the module's top."""
        return isinstance(self.node, ast.ImportFrom) and self.node.module == "__future__"


def _first_line(node: ast.stmt) -> int:
    """Return the first line of `node`, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _text(node: ast.stmt, lines: list[str], *, guarded: bool) -> str:
    """Return the source of `node`, decorators and comments included.

    What stood below a guard keeps its indentation, for the sake of what is inside of strings, and so needs another.
    """
    first = _first_line(node)
    cut = [line.encode() for line in lines[first - 1 : node.end_lineno or node.lineno]]
    cut[-1] = cut[-1][: node.end_col_offset]
    if first == node.lineno:
        before, cut[0] = cut[0][: node.col_offset], cut[0][node.col_offset :]  # of `a = 1; b = 2`
        if guarded:
            cut[0] = (b" " * len(before) if before.strip() else before) + cut[0]
    return b"\n".join([b"if True:", *cut] if guarded else cut).decode()


def _scan(table: symtable.SymbolTable, *, deferred: bool, found: tuple[set[str], set[str]]) -> None:
    """Add the globals that scopes inside `table` read.

    Those read at once go to the first of `found`, those read when called to the second.
    """
    for child in table.get_children():
        later = deferred or (child.get_type() == "function" and child.get_name() not in _COMPREHENSIONS)
        found[later].update(symbol.get_name() for symbol in child.get_symbols() if symbol.is_global())
        _scan(child, deferred=later, found=found)


def _changed(node: ast.stmt) -> set[str]:
    """Return the names whose objects an assignment changes.

    It assigns to an attribute or an item: `Net` of `Net.forward = f`.
    """
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


def _comes_from_own_package(module: str, written: Collection[str]) -> bool:
    head, _, below = module.partition(".")
    name = below.partition(".")[0] if head == PACKAGE else head
    return name not in written and (head == PACKAGE or head in MODULES)


def _is_own_package(node: ast.stmt, written: Collection[str]) -> bool:
    """Whether `node` imports from the student's own package.

    The notebook itself stands in for it (`from student.net import Net`).
    """
    if isinstance(node, ast.ImportFrom):
        return node.level > 0 or _comes_from_own_package(node.module or "", written)
    return isinstance(node, ast.Import) and any(_comes_from_own_package(alias.name, written) for alias in node.names)


def _redirects(node: ast.stmt) -> bool:
    """Whether `node` sends output elsewhere: a matter of the notebook, which nothing rests on."""
    return isinstance(node, ast.Assign) and {ast.unparse(target) for target in node.targets} <= _STREAMS


def _is_nested_beyond_sense(node: ast.stmt) -> bool:
    """Whether `node` is nested deeper than any hand writes. Compiling it could take time that grows with the square."""
    level: list[ast.AST] = [node]
    for _ in range(_MAX_DEPTH):
        level = [child for above in level for child in ast.iter_child_nodes(above)]
        if not level:
            return False
    return True


def unguarded(body: Iterable[ast.stmt], *, guarded: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the statements of `body`, guards resolved.

    In place of a guard come those below it; each with whether it stood below one.
    """
    for node in body:
        if is_main_guard(node):
            yield from unguarded(node.body, guarded=True)
        else:
            yield node, guarded


def _statement(node: ast.stmt, cell: Cell, *, guarded: bool) -> Statement | Unreadable | None:
    """Analyse what `node` binds and reads. None where it can define nothing (a call, a loop, redirected output)."""
    if isinstance(node, (ast.Expr, *_LOOPS)) or _is_nested_beyond_sense(node) or _redirects(node):
        return None
    text = _text(node, cell.lines, guarded=guarded)
    try:
        compile(text, "notebook", "exec", dont_inherit=True)
        table = symtable.symtable(text, "notebook", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # such as `return` or `await` at top level: it would break the module that the slice becomes
        place = unreadable(cell.number, text, error)
        line = _first_line(node) + place.line - 1 - guarded
        return Unreadable(cell.number, line, place.error, place.code, text)
    symbols = table.get_symbols()
    binds = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()} | _changed(node)
    found: tuple[set[str], set[str]] = ({symbol.get_name() for symbol in symbols if symbol.is_referenced()}, set())
    _scan(table, deferred=False, found=found)
    return Statement(
        cell=cell.number,
        line=_first_line(node),
        added=int(guarded),
        text=text,
        node=node,
        binds=frozenset(binds),
        settles=_settles(node),
        reads=frozenset(found[0]),
        defers=frozenset(found[1]),
    )


def statements_of(cells: Iterable[Cell], written: Collection[str] = ()) -> list[Statement | Unreadable]:
    """Analyse the top-level statements of `cells`, in order.

    They are those that can define a name, and those that do not compile.

    Args:
        cells: of the notebook, in order.
        written: names of the modules that cells have written to files, which the others may import.
    """
    nodes = ((node, cell, guarded) for cell in cells for node, guarded in unguarded(cell.body))
    read = (
        _statement(node, cell, guarded=guarded) for node, cell, guarded in nodes if not _is_own_package(node, written)
    )
    return [statement for statement in read if statement]


def _closure(names: Iterable[str], deferred: Mapping[str, set[str]]) -> set[str]:
    """Return `names` and all that calling them may read."""
    reached: set[str] = set()
    pending = set(names)
    while pending:
        name = pending.pop()
        reached.add(name)
        pending |= deferred.get(name, set()) - reached
    return reached


def sliced(statements: Sequence[Statement], wanted: Collection[str] = CONTRACT) -> list[Statement]:
    """Return the statements that the `wanted` names rest on. They stay in the notebook's order.

    A name that is defined nowhere stays undefined; a name that only `from … import *` can define keeps those imports.
    """
    deferred: dict[str, set[str]] = {}
    for statement in statements:
        for name in statement.binds:
            deferred.setdefault(name, set()).update(statement.defers)
    needed = _closure(wanted, deferred)
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
