"""Folders of the interpreter and its packages. A sandbox sees no more than the folders that are named to it.

An environment may be made of links: its interpreter always is one, and an installer may link each file of a package
into its cache (uv's link mode `symlink`). Then the folders that the links lead through and end in have to be named too.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

_NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"
_MOST_LINKS = 40  # in a row, as the kernel has it


def executable() -> str:
    """Return the path of the running interpreter.

    No part of it but the last is a link, by which it finds its environment.

    `../venv/bin/python` is started as a path through the folder that somebody was in, which no sandbox has.
    """
    path = Path(sys.executable)
    return str(path.parent.resolve() / path.name)


def _links(path: Path) -> Iterator[Path]:
    """Follow a link, and yield each path. They lead from `path` itself to the file."""
    for _ in range(_MOST_LINKS):
        yield path
        if not path.is_symlink():
            return
        target = path.readlink()
        # only `..` needs the resolved folder; elsewhere the sandbox needs the folder's own name as well
        path = (path.parent / target).resolve() if ".." in target.parts else path.parent / target


def _home(program: Path) -> Path:
    """Return the folder that an interpreter belongs to.

    It is only the interpreter itself where that is a link in a folder of other things.

    Somebody's `~/bin/python` must not show submissions all of `~`.
    """
    folder = program.parents[1]
    belongs = (folder / "pyvenv.cfg").exists() or (folder / "lib" / _NAME / "os.py").exists()
    return folder if belongs else program


def interpreter_folders() -> tuple[Path, ...]:
    """Find the folders of interpreter and standard library.

    The result has every name that leads there.
    """
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    folders = [Path(sys.base_prefix), stdlib, *map(_home, _links(Path(executable())))]
    return tuple(dict.fromkeys(name for folder in folders for name in (folder, folder.resolve())))


def _linked_from(packages: Path) -> Iterator[Path]:
    """Find what links in a package folder lead to.

    They lead to single entries, or to the folder that a package is linked from.

    A package whose files are links has the same names there; its metadata tells where.
    """
    for entry in packages.iterdir() if packages.is_dir() else ():
        metadata = entry / "METADATA"
        if entry.is_symlink():
            yield entry.resolve()
        elif entry.suffix == ".dist-info" and metadata.is_symlink():
            linked = metadata.resolve().parent
            if linked.name == entry.name:
                yield linked.parent


def package_folders(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Find where packages really lie.

    Args:
        folders: those on the path, which need not exist.
    """
    named = tuple(folders)
    found = [name for folder in named for name in (folder.resolve(), *_linked_from(folder))]
    return tuple(dict.fromkeys(found))
