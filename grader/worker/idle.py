"""Finds layers in `forward` whose results are thrown away.

`self.relu(x)` by itself computes something that nobody takes, and `self.relu` not even that. Python says nothing of
either. What is found here explains a test that has failed, and decides none.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

from torch import nn

from ..protocol.bounds import MAX_NAME
from ..protocol.observations import MAX_LISTED
from ..protocol.raised import Frame

_Named = ast.Attribute | ast.Name


def _without_effect(function: ast.AST) -> Iterator[ast.expr]:
    """Yield the statements that may do nothing. They name something, or call it and take no result."""
    for node in ast.walk(function):
        value = node.value if isinstance(node, ast.Expr) else None
        if isinstance(value, ast.Attribute) or (isinstance(value, ast.Call) and isinstance(value.func, _Named)):
            yield value


def _of_class(kind: type, package: Path) -> Iterator[Frame]:
    """Yield such statements of a class's `forward`. There are none where it is not the submission's."""
    forward = inspect.unwrap(inspect.getattr_static(kind, "forward"))
    path = Path(forward.__code__.co_filename)
    if not path.is_relative_to(package):
        return
    lines, first = inspect.getsourcelines(forward)
    for value in _without_effect(ast.parse(textwrap.dedent("".join(lines)))):
        file = path.relative_to(package).as_posix()
        yield Frame(file, value.lineno + first - 1, "forward", ast.unparse(value)[:MAX_NAME])


def idle(net: nn.Module, package: Path) -> list[Frame]:
    """List the statements of `forward` that may do nothing. Calls for their effect, such as `print(x)`, are among them.

    Args:
        net: the submission's network; the classes of its parts are read, too.
        package: the folder of the submission.

    Returns:
        The places, by file and line. There are none where nothing can be read.
    """
    try:
        kinds = {type(module) for module in nn.Module.modules(net)}
        found = {place for kind in kinds for place in _of_class(kind, package)}
    except Exception:  # noqa: BLE001 - whatever stands in the place of a method: then nothing is known
        return []
    return sorted(found, key=lambda place: (place.file, place.line, place.code))[:MAX_LISTED]
