"""Runs what works of a module or function.

One of its statements does not.

That a module does not import, or that `train` stops, is told by the probes which ask for it (`load`, `runs`). So that
such a mistake costs no more than it has to, everything else is looked at without the statement that fails.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, GeneratorType, ModuleType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_USUAL_IMPORTS = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "optim": "torch.optim",
    "np": "numpy",
    "math": "math",
}
"""Names often used without an import. Each comes with what it stands for."""
_left_out: set[str] = set()
"""Names missing because a statement was passed over."""


def _bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement would have bound."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def is_consequence(error: BaseException) -> bool:
    """Whether `error` follows from a passed-over statement.

    Then it only says that something is not there which that statement should have made.
    """
    return isinstance(error, NameError) and error.name in _left_out


def _compiled(statement: ast.stmt, path: str) -> CodeType:
    """Compile one statement of the module at `path`."""
    return compile(ast.Module([statement], []), path, "exec")


def module_without_failing_statements(name: str, path: Path) -> ModuleType:
    """Import a module, passing over failing statements.

    All of its top-level statements are tried.

    Raises:
        SyntaxError: Python cannot read it.
        OSError: it is not there.
    """
    module = ModuleType(name)
    module.__file__, module.__package__ = str(path), name.rpartition(".")[0]
    for statement in ast.parse(path.read_bytes(), str(path)).body:
        code = _compiled(statement, str(path))
        for _ in range(1 + len(_USUAL_IMPORTS)):
            try:
                exec(code, vars(module))  # noqa: S102 - importing does the same
            except NameError as error:
                if error.name not in _USUAL_IMPORTS or error.name in vars(module):
                    _left_out.update(_bound_by(statement))
                    break
                setattr(module, error.name, importlib.import_module(_USUAL_IMPORTS[error.name]))
                continue
            except (Exception, SystemExit):  # noqa: BLE001 - whatever it is that fails
                _left_out.update(_bound_by(statement))
            break
    sys.modules[name] = module
    return module


def find_inside(module: ModuleType, name: str) -> Any:
    """Find a definition that is not at top level.

    It is the function or class `name` below a main guard or in a function of `module`; None where there is none.

    It is made as if it stood at the top level.
    """
    path = module.__file__ or ""
    try:
        tree = ast.parse(Path(path).read_bytes(), path)
    except (OSError, SyntaxError, ValueError):
        return None
    found = [
        node
        for block in tree.body
        if isinstance(block, ast.If | ast.FunctionDef)
        for node in block.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
    ]
    if len(found) != 1:
        return None
    with contextlib.suppress(Exception):
        exec(_compiled(found[0], path), vars(module))  # noqa: S102 - the submission's own definition
    return vars(module).get(name)


ARGUMENTS = ("model", "train_loader", "criterion", "optimizer", "n_epochs", "device")
"""What `train` is called with, in order."""


def _by_name(train: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return `train` called by argument names.

    It gets those of the arguments that it has a place for; None where it has places for all in order.
    """
    try:
        places = inspect.signature(train).parameters
    except (TypeError, ValueError):
        return None
    if tuple(places) == ARGUMENTS:
        return None

    def call(*given: Any) -> Any:
        return train(**{name: value for name, value in zip(ARGUMENTS, given, strict=True) if name in places})

    return call


class _NoGpu(TorchFunctionMode):
    """Keeps tensors where they are, without a GPU."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call `func`, ignoring moves to a GPU."""
        kwargs = kwargs or {}
        asked = [str(value) for value in (*args[1:], *kwargs.values()) if isinstance(value, str | torch.device)]
        if func is torch.Tensor.cuda or (func is torch.Tensor.to and any(name.startswith("cuda") for name in asked)):
            return args[0]
        return func(*args, **kwargs)


def _without_gpu(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any) -> Any:
        with _NoGpu():
            return function(*given)

    return call


def ways_round(train: Callable[..., Any], error: BaseException) -> Iterator[Callable[..., Any]]:
    """Yield forms of `train` that may avoid `error`. One gets its arguments by name, the other has no GPU."""
    named = _by_name(train)
    if named is not None:
        yield named
    if "cuda" in str(error).lower() or "nvidia" in str(error).lower():
        yield _without_gpu(train)


def exhausted(returned: Any) -> Any:
    """Run a generator and return its result. Anything else is returned as it is."""
    if not isinstance(returned, GeneratorType):
        return returned
    values = []
    while True:
        try:
            values.append(next(returned))
        except StopIteration as end:
            return values if end.value is None else end.value


def is_stub(function: Callable[..., Any]) -> bool:
    """Whether `function` does nothing but raise `NotImplementedError`."""
    try:
        (made,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return False
    if not isinstance(made, ast.FunctionDef) or made.decorator_list:
        return False
    body = made.body[1:] if ast.get_docstring(made, clean=False) is not None else made.body
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc.func if isinstance(body[0].exc, ast.Call) else body[0].exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _top_level(function: ast.FunctionDef, line: int) -> int | None:
    """Find the function's own statement at `line`.

    Returns its index; None where a loop stands there, or none but it is left.
    """
    for index, statement in enumerate(function.body):
        if statement.lineno <= line <= (statement.end_lineno or statement.lineno):
            is_loop = any(isinstance(node, ast.For | ast.While) for node in ast.walk(statement))
            return None if is_loop or len(function.body) == 1 else index
    return None


def _raised_at(function: Callable[..., Any], error: BaseException) -> int | None:
    """Return the line of `function` that raised. It has raised `error` itself, or called what has."""
    path = inspect.getfile(function)
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == path and frame.name == function.__name__:
            return frame.lineno
    return None


def without_failing_statements(
    function: Callable[..., Any], errors: Iterable[BaseException]
) -> Callable[..., Any] | None:
    """Return `function` without its failing statements.

    They are its own, and have raised `errors`; None where one cannot be left out.
    """
    try:
        source, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(source)))
        path = inspect.getfile(function)
        lines = [_raised_at(function, error) for error in errors]
    except (OSError, TypeError, SyntaxError):
        return None
    made = tree.body[0]
    if not isinstance(made, ast.FunctionDef):
        return None
    ast.increment_lineno(tree, first - 1)
    for line in lines:
        index = None if line is None else _top_level(made, line)
        if index is None:
            return None
        made.body[index] = ast.copy_location(ast.Pass(), made.body[index])
    made.decorator_list = []
    namespace: dict[str, Any] = {}
    where = vars(sys.modules[function.__module__])
    exec(compile(tree, path, "exec"), where, namespace)  # noqa: S102 - it is the submission's own
    result: Callable[..., Any] = namespace[function.__name__]
    return result
