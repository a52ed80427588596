"""Definitions of names in a module. For missing names of the contract, it finds what stands in their place."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from .contract import MODULES

_ENOUGH_ALIKE = 0.8
_NETWORKS = frozenset(("Module", "Sequential", "LightningModule"))
_VALUES = {
    "make_criterion": ("criterion", "criteria", "loss_fn", "loss_func", "loss_function", "lossfn"),
    "make_optimizer": ("optimizer", "optimiser", "optim", "opt"),
}
"""Common variable names for a function's return value.

Tutorials call the object so that a function of the contract returns.
"""
_LIKE = {
    "make_criterion": ("criterion", "get_criterion", "build_criterion", "create_criterion", "make_loss", "get_loss"),
    "make_optimizer": ("optimizer", "get_optimizer", "build_optimizer", "create_optimizer", "make_optim"),
    "BATCH_SIZE": ("batch", "bs", "train_batch_size", "batchsize"),
    "N_EPOCHS": ("epochs", "num_epochs", "number_of_epochs", "max_epochs", "epoch", "nepochs"),
    "train": ("train_model", "train_net", "train_network", "train_loop", "training", "training_loop", "fit"),
}
"""Common other names for the contract's names. They are compared in any case."""


@dataclass(frozen=True)
class Definition:
    """A defined name and its place. It is in `file` on `line`, or in the code `cell` of a notebook, whose file is "".

    `inside` is "" at the top level, else what `NearMiss.kind` says of it, and `scope` the function or class.
    """

    name: str
    file: str
    line: int
    node: ast.stmt
    inside: str = ""
    scope: str = ""
    cell: int = 0

    @property
    def is_function(self) -> bool:
        """Whether it can be called, as far as one sees."""
        lambdas = isinstance(self.node, ast.Assign | ast.AnnAssign) and isinstance(self.node.value, ast.Lambda)
        return isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or lambdas


def is_main_guard(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether `node` is an `if __name__ == "__main__":`."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    main = any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
    return named and main and len(sides) == 2 and isinstance(node.test.ops[0], ast.Eq)


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that `node` itself binds. What stands inside it does not count."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    else:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        parts = (part for target in targets if target is not None for part in ast.walk(target))
        yield from (part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))


def _below(node: ast.stmt, inside: str, scope: str, *, cell: int) -> tuple[str, str]:
    """Return how names inside `node` are nested. `inside` and `scope` say so of `node` itself."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        kind = "class" if isinstance(node, ast.ClassDef) else "function"
        return (kind, node.name) if inside in ("", "main", "loop") else (inside, scope)
    if inside:
        return inside, scope
    if is_main_guard(node):
        return ("" if cell else "main"), ""
    loops = isinstance(node, ast.For | ast.AsyncFor | ast.While)
    return ("loop" if cell and loops else ""), ""


def definitions(file: str, body: Iterable[ast.stmt], *, cell: int = 0) -> list[Definition]:
    """List every name that the statements define. Names in any scope are listed.

    Args:
        file: its path in the package, "" for what is in none.
        body: its statements.
        cell: the number of the code cell that they are, in which guards hold, and loops are never run.
    """
    found: list[Definition] = []
    pending = [(node, "", "") for node in body]
    while pending:  # no recursion: a chain of `elif` is as deep as it is long
        node, inside, scope = pending.pop()
        kind, name = _below(node, inside, scope, cell=cell)
        own = kind if isinstance(node, ast.For | ast.AsyncFor) else inside
        found += [Definition(each, file, node.lineno, node, own, scope, cell) for each in _bound(node)]
        parts = [getattr(node, field, []) for field in ("body", "orelse", "finalbody", "handlers", "cases")]
        for part in (part for parts_of in parts for part in parts_of):
            inner = [part] if isinstance(part, ast.stmt) else part.body
            pending += [(each, kind, name) for each in inner if isinstance(each, ast.stmt)]
    return sorted(found, key=lambda definition: definition.line)


def _networks(found: Collection[Definition]) -> list[Definition]:
    """Return the classes that look like networks. They are at top level; those that no other of them uses come last."""
    classes = [one for one in found if isinstance(one.node, ast.ClassDef) and not one.inside]
    names = set(_NETWORKS)
    chosen: list[Definition] = []
    for one in classes:
        assert isinstance(one.node, ast.ClassDef)
        bases = {getattr(base, "attr", getattr(base, "id", "")) for base in one.node.bases}
        if bases & names or any(isinstance(each, ast.FunctionDef) and each.name == "forward" for each in one.node.body):
            names.add(one.name)
            chosen.append(one)
    used = {
        part.id for one in chosen for part in ast.walk(one.node) if isinstance(part, ast.Name) and part.id != one.name
    }
    return sorted(chosen, key=lambda one: one.name not in used)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _likeness(name: str, definition: Definition) -> float:
    """Return how much `definition` looks like a misspelt `name`. It is from 0 to 1."""
    found, wanted = _plain(definition.name), _plain(name)
    of_other_kind = definition.is_function is name.isupper() or isinstance(definition.node, ast.ClassDef)
    if of_other_kind or "test" in found or "val" in found:
        return 0
    if found in map(_plain, (name, *_LIKE.get(name, ()))):
        return 1
    return difflib.SequenceMatcher(None, wanted, found).ratio()


def _miss(name: str, kind: str, definition: Definition) -> dict[str, str | int]:
    return {
        "name": name,
        "kind": kind,
        "found": definition.name,
        "file": definition.file,
        "line": definition.line,
        "cell": definition.cell,
        "scope": definition.scope,
    }


def _out_of_reach(name: str, home: str, found: Collection[Definition]) -> dict[str, str | int] | None:
    """Find `name` defined in the wrong place. A method of that name is something else."""
    same = [one for one in found if one.name == name and one.inside != "class"]
    same = [one for one in same if one.file == home or not isinstance(one.node, ast.Import | ast.ImportFrom)]
    same.sort(key=lambda one: (one.inside == "function", one.file != home))
    if not same:
        return None
    return _miss(name, same[0].inside or "elsewhere", same[0])


def _looks_like(name: str, found: str) -> bool:
    """Whether `found` is `name` but for letters of other alphabets. Some look like Latin ones; not all are such."""
    if len(name) != len(found) or found.isascii():
        return False
    latin = [(ours, theirs) for ours, theirs in zip(name, found, strict=True) if theirs.isascii()]
    return bool(latin) and all(ours == theirs for ours, theirs in latin)


def _otherwise_called(name: str, home: str, found: Collection[Definition]) -> dict[str, str | int] | None:
    """Find something like `name` under another name. It may also hold what the function `name` should return."""
    ordered = sorted(found, key=lambda one: one.file != home)
    top = [one for one in ordered if not one.inside and not isinstance(one.node, ast.Import | ast.ImportFrom)]
    alike = next((one for one in top if _looks_like(name, one.name)), None)
    if alike is not None:
        return _miss(name, "letters", alike)
    if name == "Net":
        networks = [one for one in _networks(top) if one.file == home] or _networks(top)
        return _miss(name, "network", networks[-1]) if networks else None
    best = max(top, key=lambda one: _likeness(name, one), default=None)
    if best is not None and _likeness(name, best) >= _ENOUGH_ALIKE:
        return _miss(name, "like", best)
    values = (one for one in ordered if one.inside != "class" and one.name.lower() in _VALUES.get(name, ()))
    return next((_miss(name, "value", one) for one in values if not one.is_function), None)


def _near_miss(name: str, home: str, found: Collection[Definition]) -> dict[str, str | int] | None:
    """Find what stands in place of `name`. `home` ought to define it at its top level."""
    methods = (one for one in found if one.name == name and one.inside == "class")
    return (
        _out_of_reach(name, home, found)
        or _otherwise_called(name, home, found)
        or next((_miss(name, "class", one) for one in methods), None)
    )


def near_misses(found: Mapping[str, Collection[Definition]]) -> list[dict[str, str | int]]:
    """Find what stands in place of missing names.

    The names are those of the contract that are not at the top level of their modules.

    Args:
        found: what each file defines, by its path in the package; what the cells of a notebook do, under "". Cells may
            stand for any module that is no file.
    """
    everything = [one for definitions_of in found.values() for one in definitions_of]
    missed = []
    for module, names in MODULES.items():
        home = f"{module}.py" if f"{module}.py" in found or "" not in found else ""
        at_hand = {one.name for one in everything if one.file in (home, "") and not one.inside}
        misses = [_near_miss(name, home, everything) for name in names if name not in at_hand]
        missed += [miss for miss in misses if miss]
    return missed
