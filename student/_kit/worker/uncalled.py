"""Finds methods that are only named, never called.

`optimizer.zero_grad` without brackets is a value that Python makes and throws away: nothing happens, and nobody says
so. Only the source tells. What is found here explains a test that has failed, and decides none.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from ..protocol.bounds import MAX_NAME
from ..protocol.observations import MAX_LISTED
from ..protocol.raised import Frame
from .clues import own_modules

STATEMENTS = ("zero_grad", "backward", "step", "train")
"""Methods that are called for what they do. The value that they return is of no use."""
VALUE = "item"
"""Method that is called for its value."""
_NAMED = re.compile(rb"\.(%s)\b(?!\s*\()" % "|".join((*STATEMENTS, VALUE)).encode())
"""A first look, which finds too much. Most submissions hold nothing of the kind, and are not parsed."""
_OPTIMIZER = 3
"""Place of the optimizer in the arguments of `train`."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Loop = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True)
class _Source:
    """A function and its file's path."""

    file: str
    node: _Function

    def place(self, named: ast.Attribute, package: Path) -> Frame:
        """Describe an attribute in it by its place."""
        file = Path(self.file).relative_to(package).as_posix()
        return Frame(file, named.lineno, self.node.name, ast.unparse(named)[:MAX_NAME])


def _functions(sources: dict[str, bytes]) -> dict[str, list[_Source]]:
    """List the functions and methods by name. A class stands for its `__init__`."""
    found: dict[str, list[_Source]] = {}
    for file, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, _Function):
                found.setdefault(node.name, []).append(_Source(file, node))
            elif isinstance(node, ast.ClassDef):
                inits = [each for each in node.body if isinstance(each, _Function) and each.name == "__init__"]
                found.setdefault(node.name, []).extend(_Source(file, init) for init in inits)
    return found


def _reached(code: CodeType, sources: dict[str, bytes]) -> list[_Source]:
    """List the function of `code` and its callees. These are all functions in `sources` of a called name."""
    functions = _functions(sources)
    reached = [one for one in functions.get(code.co_name, []) if one.file == code.co_filename]
    asked = {code.co_name}
    for one in reached:
        for node in ast.walk(one.node):
            called = node.func if isinstance(node, ast.Call) else None
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name not in asked:
                asked.add(name)
                reached += functions.get(name, [])
    return reached


def _receiver(named: ast.Attribute) -> str:
    """Return the last name before the method's."""
    value = named.value
    return value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")


def _is_too_early(scope: ast.AST) -> bool:
    """Whether gradients arise in a loop within `scope`. What `scope` itself does is done too seldom for them."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "backward"
        for loop in ast.walk(scope)
        if isinstance(loop, _Loop) and loop is not scope
        for node in ast.walk(loop)
    )


def _statements(function: _Function, optimizer: str) -> Iterator[ast.Attribute]:
    """Yield the methods that statements of `function` only name.

    Brackets alone would repair them: left out are steps of what is no optimizer, and gradients cleared too seldom.

    Args:
        function: one that `train` calls, or itself.
        optimizer: how `train` calls its optimizer.
    """
    scopes: dict[ast.AST, ast.AST] = {}  # of each statement the innermost loop, or the function; inner ones come last
    for scope in ast.walk(function):
        if isinstance(scope, _Function | _Loop):
            scopes |= dict.fromkeys(ast.walk(scope), scope)
    for statement, scope in scopes.items():
        named = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(named, ast.Attribute) or named.attr not in STATEMENTS:
            continue
        receiver = _receiver(named)
        foreign = named.attr == "step" and receiver != optimizer and "opt" not in receiver.lower()
        if not foreign and not (named.attr == "zero_grad" and _is_too_early(scope)):
            yield named


def _values(function: _Function) -> Iterator[ast.Attribute]:
    """Return each `.item` that is used without a call. That of a class, such as `torch.Tensor.item`, is meant."""
    called = {id(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    named = (node for node in ast.walk(function) if isinstance(node, ast.Attribute) and node.attr == VALUE)
    return (node for node in named if id(node) not in called and not _receiver(node)[:1].isupper())


def uncalled(function: Callable[..., Any], package: Path) -> list[Frame]:
    """List the methods that are only named. They stand in `function`, or in what it calls of the submission.

    Args:
        function: the submission's `train`, which may be anything.
        package: the folder of the submission.

    Returns:
        The places, by file and line, with the named method as their code. There are none where nothing can be read.
    """
    try:
        code = inspect.unwrap(function).__code__
        files = {code.co_filename, *(str(module.__file__) for module in own_modules(package).values())}
        sources = {file: Path(file).read_bytes() for file in sorted(files)}
        if not any(map(_NAMED.search, sources.values())):
            return []
        optimizer = code.co_varnames[_OPTIMIZER] if code.co_argcount > _OPTIMIZER else ""
        found = {
            one.place(named, package)
            for one in _reached(code, sources)
            for named in (*_statements(one.node, optimizer), *_values(one.node))
        }
        return sorted(found, key=lambda frame: (frame.file, frame.line, frame.code))[:MAX_LISTED]
    except Exception:  # noqa: BLE001 - whatever stands in the place of a function and its file: then nothing is known
        return []
