"""Copies the part of the grader for sandboxes. It is all of our code that one may see.

An ordinary installation has the hidden tests lying next to it, in the same folder of site-packages.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
import threading
from pathlib import Path

import grader
from grader.errors import GraderFault
from grader.sandbox.forking import STAGED
from grader.sandbox.place import ANOTHER_PLACE

PACKAGES = ("linux", "protocol", "worker")
"""Packages of the grader inside a sandbox."""
_FORK_SERVER = ("forking", "monitor", "holding", "order", "scratch", "process_tree", "control_group")
"""Modules of this package in the fork server. It imports what workers do from the same place."""


def _copies(source: Path) -> list[tuple[Path, str]]:
    """List the files to copy, each with its name below the folder."""
    modules = [path for package in PACKAGES for path in sorted((source / package).rglob("*"))]
    modules += [source / "sandbox" / f"{name}.py" for name in _FORK_SERVER]
    files = [path for path in modules if path.is_file() and "__pycache__" not in path.parts]
    return [(path, f"grader/{path.relative_to(source)}") for path in files]


def stage(folder: Path) -> None:
    """Fill an empty folder with the worker's code. The files are what a worker imports of the grader, readable by
    everybody.

    Args:
        folder: to be put on the path inside.

    Raises:
        GraderFault: it cannot be written to.
    """
    try:
        for path, name in _copies(Path(grader.__file__).parent):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(path.read_bytes())
        for package in ("grader", "grader/sandbox"):
            (folder / package / "__init__.py").touch()
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    except OSError as error:
        raise GraderFault(f"{folder} cannot be filled: {error.strerror}; {ANOTHER_PLACE}") from error


_making = threading.Lock()


def staged() -> Path:
    """Return the folder of the staged code.

    A worker imports the grader from it; it is made once, whichever threads ask, and kept until this process ends.

    Raises:
        GraderFault: there is no place for it.
    """
    with _making:
        return _made()


@functools.cache
def _made() -> Path:
    try:
        folder = Path(tempfile.mkdtemp(prefix=STAGED)).resolve()
    except OSError as error:
        raise GraderFault(f"no folder for the worker can be made: {error.strerror}; {ANOTHER_PLACE}") from error
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stage(folder)
    return folder
