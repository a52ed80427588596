"""Loads the submission's modules and turns its exceptions into data."""

from __future__ import annotations

import contextlib
import importlib
import linecache
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from ..protocol.raised import Frame, Raised
from .calling import call
from .clues import clues
from .partly import module_without_failing_statements

PACKAGE = "student"
CONTRACT = {
    "net": ("Net",),
    "objective": ("make_criterion", "make_optimizer", "BATCH_SIZE", "N_EPOCHS"),
    "training": ("train",),
}
"""Names that the assignment asks of each module."""
_KIT = "_kit"
"""Our own folder in a student's."""
_MAX_TEXT = 2000
_MAX_FRAMES = 8


def unpack(files: Mapping[str, bytes], scratch: Path) -> Path:
    """Write the package `student` below `scratch`.

    Returns its folder.

    `scratch`, which holds nothing but the package, comes first on `sys.path`: no other package `student` is taken for
    it. The package's own folder comes last, because `import net` beside `import student.net` is a usual way to write
    it, and so that a `torch.py` of the submission shadows nothing.
    """
    package = scratch / PACKAGE
    package.mkdir(parents=True, exist_ok=True)
    for name, content in {"__init__.py": b"", **files}.items():  # without it, any other `student` would win
        target = package / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    sys.path.insert(0, str(scratch))
    sys.path.append(str(package))
    return package


def import_module(name: str) -> ModuleType:
    """The submission's module `name` ("net", "objective", "training"). Raises whatever the submission raises."""
    return call(importlib.import_module, f"{PACKAGE}.{name}")


def import_partly(name: str, package: Path) -> ModuleType:
    """Import a module, leaving out failing statements.

    This is done where the import raises; raises what the submission raises if nothing helps.
    """
    try:
        return import_module(name)
    except (Exception, SystemExit):
        for module in CONTRACT:  # what one of them imports from another is there, as far as it can be
            if f"{PACKAGE}.{module}" not in sys.modules and (package / f"{module}.py").is_file():
                with contextlib.suppress(SyntaxError, ValueError):
                    _import_what_works(module, package)
        if f"{PACKAGE}.{name}" not in sys.modules:
            raise
        return sys.modules[f"{PACKAGE}.{name}"]


def _import_what_works(name: str, package: Path) -> None:
    try:
        import_module(name)
    except (Exception, SystemExit):  # noqa: BLE001 - whatever the submission raises
        module_without_failing_statements(f"{PACKAGE}.{name}", package / f"{name}.py")


def _sendable(text: str, limit: int) -> str:
    """Return the beginning of `text` as valid UTF-8. Halves of surrogate pairs become question marks."""
    return text[:limit].encode(errors="replace").decode()


def _text(value: object) -> str:
    """`str(value)`, cut, or a word in its place."""
    try:
        return _sendable(str(value), _MAX_TEXT)
    except Exception:  # noqa: BLE001 - a submission's own __str__ may raise anything; its failing is no news
        return "(its message cannot be shown)"


def _without_places(message: str, package: Path) -> str:
    """Shorten paths in `message`.

    They are cut to what is below the folder that Python imports from: the rest is the grader's own.
    """
    roots = {str(package), str(package.parent), os.environ.get("TMPDIR", ""), sys.prefix, sys.base_prefix, *sys.path}
    for root in sorted((root for root in roots if len(Path(root).parts) > 2), key=len, reverse=True):
        message = message.replace(f"{root.rstrip('/')}/", "")
    return message


def _is_own(file: str, package: Path) -> bool:
    """Whether a file is the submission's. A student's folder also holds a copy of ours, which is not."""
    path = Path(file)
    return path.is_relative_to(package) and path.relative_to(package).parts[:1] != (_KIT,)


def _own_frames(error: BaseException, package: Path) -> list[Frame]:
    """Return the traceback's innermost frames in the submission. They lie in its own files."""
    frames = [
        Frame(
            file=Path(entry.filename).relative_to(package).as_posix(),
            line=entry.lineno or 0,
            function=entry.name,
            code=linecache.getline(entry.filename, entry.lineno or 0).strip()[:200],
        )
        for entry in traceback.extract_tb(error.__traceback__)
        if _is_own(entry.filename, package)
    ]
    return frames[-_MAX_FRAMES:]


def _is_stub(error: BaseException, package: Path) -> bool:
    """Whether the submission says something is unwritten. Torch says it too, of what it cannot do."""
    innermost = traceback.extract_tb(error.__traceback__)[-1:]
    own = [entry for entry in innermost if _is_own(entry.filename, package)]
    return isinstance(error, NotImplementedError) and bool(own)


def _unread(error: SyntaxError, package: Path) -> list[Frame]:
    """The line of the submission that Python cannot read."""
    if not error.filename or not Path(error.filename).is_relative_to(package):
        return []
    name = Path(error.filename).relative_to(package).as_posix()
    code = error.text or linecache.getline(error.filename, error.lineno or 0)
    return [Frame(name, error.lineno or 0, "", _sendable(code.strip(), 200))]


def describe(error: BaseException, package: Path) -> Raised:
    """Describe an exception as data. The frames are those that lie in the submission's own files."""
    frames = _own_frames(error, package)
    message = _text(error)
    if isinstance(error, SyntaxError) and (unread := _unread(error, package)):
        frames += unread
        message = _text(error.msg)
    return Raised(
        exception=_sendable(type(error).__name__, 100),
        message=_without_places(message, package),
        frames=frames,
        not_implemented=_is_stub(error, package),
        clues=clues(error, package),
    )
