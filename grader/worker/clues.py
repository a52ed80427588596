"""Finds what an exception's text leaves out.

It looks for the name that was meant, where it is defined, and which module raised.

Only here are the objects at hand that tell. Looking at them may run code of the submission and must raise nothing.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import inspect
import linecache
import platform
import re
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import FrameType, ModuleType, TracebackType

from torch import nn

from ..protocol.raised import Clues

_CLOSE = 0.75
"""Smallest similarity of a misspelt name. `labels` for `lables` is as close as 0.83, `fc1` for `fc3`, which is another
layer, only as 0.67."""
_LATIN = str.maketrans("АВЕКМНОРСТУХасеорухі", "ABEKMHOPCTYXaceopyxi")
"""Latin letters for the Cyrillic ones that look like them."""
_UNBEGUN = "before Module.__init__() call"
"""Torch's words for a missing `super().__init__()`."""
_GIVEN = ("_kit", "data.py")
"""Where classes of ours stand in a student's folder: the copy of the probes, and the data set."""
_MISSING_NAME = re.compile(r"name '(\w+)'")


def _meant(name: str, known: Iterable[str]) -> str:
    """Find the known name that `name` misspells. An empty string where there is none."""
    names = [one for one in known if one != name and (not one.startswith("_") or name.startswith("_"))]
    if (latin := name.translate(_LATIN)) in names:
        return latin
    folded = name.lower().replace("_", "")
    same = [one for one in names if one.lower().replace("_", "") == folded]
    close = same or (difflib.get_close_matches(name, names, 1, _CLOSE) if len(name) > 2 else [])
    return close[0] if close else ""


def own_modules(package: Path) -> dict[str, ModuleType]:
    """Return the submission's imported modules by name.

    A student's folder also holds a copy of ours, which is left out.
    """
    own = {}
    for name, module in sys.modules.copy().items():
        file = getattr(module, "__file__", None)
        if file and "._kit" not in name and Path(file).is_relative_to(package):
            own[name] = module
    return own


def _is_own(owner: type, package: Path) -> bool:
    """Whether a class is written in the submission. It may also stand in a module whose import has failed."""
    codes = [getattr(method, "__code__", None) for method in vars(owner).values()]
    places = [Path(code.co_filename) for code in codes if code is not None]
    return any(place.is_relative_to(package) and place.relative_to(package).parts[0] not in _GIVEN for place in places)


def _misspelt(owner: type) -> Clues | None:
    """Find a misspelt `__init__` or `forward`. `owner` defines another method in its place."""
    for name in vars(owner):
        word = name.strip("_").lower()
        if name != "__init__" and "__init__" not in vars(owner):
            near = difflib.SequenceMatcher(None, word, "init").ratio() >= _CLOSE and name.startswith("_")
            if near or word == "init":
                return Clues(owner=owner.__name__, method=name, expected="__init__")
        near = difflib.SequenceMatcher(None, word, "forward").ratio() >= _CLOSE
        if near and name != "forward" and "forward" not in vars(owner):
            return Clues(owner=owner.__name__, method=name, expected="forward")
    return None


def _of_object(value: object, name: str, package: Path) -> Clues:
    """Why `value` may lack the attribute `name`."""
    if isinstance(value, super):
        value = getattr(value, "__self__", value)
        return _misspelt(type(value)) or Clues(owner=type(value).__name__)
    owner = type(value)
    if not _is_own(owner, package):
        return Clues(meant=_meant(name, dir(value)))
    expected = "" if "__init__" in vars(owner) else "__init__"
    found = _misspelt(owner)
    return found or Clues(owner=owner.__name__, meant=_meant(name, dir(value)), expected=expected)


def _home(name: str, package: Path) -> str:
    """Find the submission's module that defines `name`. An empty string where there is none."""
    for module, content in own_modules(package).items():
        value = vars(content).get(name)
        imported = callable(value) and getattr(value, "__module__", module) != module
        if value is not None and not isinstance(value, ModuleType) and not imported:
            return module.rpartition(".")[2]
    return ""


def _of_name(name: str, frame: FrameType, package: Path) -> Clues:
    """Find where a missing name may be defined. `frame` does not know it."""
    owner = frame.f_locals.get("self")
    if owner is not None and name in dir(owner):
        return Clues(meant=f"self.{name}", owner=type(owner).__name__)
    return Clues(meant=_meant(name, [*frame.f_locals, *frame.f_globals, *dir(builtins)]), home=_home(name, package))


def _of_import(error: ImportError) -> Clues:
    """Find the name that a failed import meant. The module lacks the imported one."""
    found = re.match(r"cannot import name '(\w+)'", str(error))
    module = sys.modules.get(error.name or "")
    return Clues(meant=_meant(found[1], dir(module))) if found and module else Clues()


def _traces(error: BaseException) -> list[TracebackType]:
    """Return the steps of the traceback. The outermost comes first."""
    found, trace = [], error.__traceback__
    while trace is not None:
        found.append(trace)
        trace = trace.tb_next
    return found


def _hiding(trace: TracebackType, package: Path) -> Clues:
    """Find an attribute that hides a method of torch's modules. The line that raised calls that method."""
    frame = trace.tb_frame
    line = linecache.getline(frame.f_code.co_filename, trace.tb_lineno)
    for value in frame.f_locals.values():
        if not isinstance(value, nn.Module) or not _is_own(type(value), package):
            continue
        for name, kept in vars(value).items():
            if f".{name}(" in line and callable(getattr(nn.Module, name, None)) and not callable(kept):
                return Clues(owner=type(value).__name__, method=name)
    return Clues()


def _twins(frame: FrameType) -> Clues:
    """Find two variables of a function that look the same."""
    for name in frame.f_locals:
        if (latin := name.translate(_LATIN)) != name and latin in frame.f_locals:
            return Clues(twin=name, meant=latin)
    return Clues()


def _without_forward(frame: FrameType, package: Path) -> Clues:
    """Describe the module class that lacks `forward`. It was called in `frame`."""
    owner = type(frame.f_locals.get("self"))
    return (_misspelt(owner) or Clues(owner=owner.__name__)) if _is_own(owner, package) else Clues()


def _of_unbegun(frame: FrameType) -> Clues:
    """Find a `super().__init__` without a call. Torch complains in `frame`."""
    owner = type(frame.f_locals.get("self"))
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(inspect.getattr_static(owner, "__init__"))))):
        named = node.value if isinstance(node, ast.Expr) else None
        if isinstance(named, ast.Attribute) and named.attr == "__init__":
            return Clues(owner=owner.__name__, uncalled=ast.unparse(named))
    return Clues()


def _specific(error: BaseException, traces: list[TracebackType], package: Path) -> Clues:
    """Collect the clues for this kind of exception."""
    frame = traces[-1].tb_frame if traces else None
    own = [trace.tb_frame for trace in traces if Path(trace.tb_frame.f_code.co_filename).is_relative_to(package)]
    found = _twins(own[-1]) if own else Clues()
    if isinstance(error, SyntaxError):
        found = Clues(python=platform.python_version())
    elif isinstance(error, ImportError):
        found = _of_import(error)
    elif isinstance(error, AttributeError) and error.name:
        found = _of_object(error.obj, error.name, package)
    elif isinstance(error, NameError) and frame and (missing := _MISSING_NAME.search(str(error))):
        found = _of_name(missing[1], frame, package)
    elif isinstance(error, TypeError) and traces and "object is not callable" in str(error):
        found = replace(_hiding(traces[-1], package), twin=found.twin, meant=found.meant)
    elif isinstance(error, TypeError) and frame and "forward() missing" in str(error):
        module = frame.f_locals.get("self")
        if isinstance(module, nn.Module) and frame.f_locals.get("args") == ():  # called as what would make it
            found = replace(found, owner=type(module).__name__, method="forward")
    elif isinstance(error, NotImplementedError) and frame:
        found = _without_forward(frame, package)
    elif isinstance(error, AttributeError) and frame and _UNBEGUN in str(error):
        found = _of_unbegun(frame)
    return found


def clues(error: BaseException, package: Path) -> Clues:
    """Collect the clues that `error` leaves out. Each is empty where nothing is known."""
    traces = _traces(error)
    frame = traces[-1].tb_frame if traces else None
    try:
        found = _specific(error, traces, package)
    except Exception:  # noqa: BLE001 - a submission's own `__dir__` or `__str__` may raise anything; then nothing is known
        found = Clues()
    foreign = frame is not None and not Path(frame.f_code.co_filename).is_relative_to(package)
    origin = str(frame.f_globals.get("__name__", "")) if frame is not None and foreign else ""
    fields = {name: str(value)[:100] for name, value in vars(found).items()} | {"origin": origin[:100]}
    return Clues(**{name: value.encode(errors="replace").decode() for name, value in fields.items()})
