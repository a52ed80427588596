"""Decision between one submission and a batch. A user names a folder, which is either.

It is one where it holds a package and nothing beside it is somebody's submission too. What belongs to the one: data,
helper packages (a `net.py` alone does not make a submission of a folder beside the package's own), an archive of the
same, a notebook, and the notebooks that the course hands out. Where others lie beside it, a folder `student` is one
entry of a batch, and so is a lone `net.py`; modules that lie loose would each become a person's work, and whose one
archive is cannot be told: then the user is asked to say what is meant. Nothing is left out in silence.
"""

from __future__ import annotations

import stat
from collections.abc import Collection
from pathlib import Path

from grader.errors import UsageError
from grader.intake.archive import read_archive
from grader.intake.contents import Contents
from grader.intake.folder import listing, package_in, read_regular, type_at
from grader.intake.formats import format_of, stem
from grader.intake.limits import IntakeLimits, Refused
from grader.intake.naming import shown, shown_list
from grader.intake.notebook import read_notebook
from grader.intake.selection import ENTRY_MODULE, is_left_out, renames
from grader.source.contract import CONTRACT, MODULES, PACKAGE

MAX_BATCH = 1_000_000
"""Maximum entries of a batch. A folder of more is no class."""
_FILES = tuple(f"{module}.py" for module in MODULES)
_OF_THE_COURSE = ("perceptron_en.ipynb", "perceptron_ru.ipynb")
"""Notebooks that `grader release` puts beside the modules."""


def _modules_in(folder: Path) -> list[str]:
    """List the contract's modules directly in `folder`."""
    return [name for name in _FILES if type_at(folder / name) == stat.S_IFREG]


def _entries(folder: Path, skip: Collection[Path] = ()) -> list[Path]:
    try:
        entries = [Path(entry.path) for entry in listing(folder, MAX_BATCH)]
    except Refused:
        return []
    return [path for path in entries if path not in skip and not is_left_out(path.name)]


def _is_work(folder: Path, *, least: int) -> bool:
    """Whether a folder beside a package is a submission.

    A submission has a package, or `net.py` among `least` modules.
    """
    if type_at(folder) != stat.S_IFDIR:
        return False
    modules = _modules_in(folder)
    return (ENTRY_MODULE in modules and len(modules) >= least) or ENTRY_MODULE in _modules_in(folder / PACKAGE)


def _holds_work(folder: Path) -> bool:
    """Whether a submission lies one folder further down. Archives often unpack so."""
    return type_at(folder) == stat.S_IFDIR and any(_is_work(path, least=2) for path in _entries(folder))


def _packed(path: Path, limits: IntakeLimits) -> Contents | None:
    """Read an archive or a notebook. None where that is no submission."""
    kind = format_of(path.name)
    try:
        if kind is None or type_at(path) != stat.S_IFREG:
            return None
        if kind == "notebook":
            return read_notebook(read_regular(path, limits.notebook_bytes + 1), limits)
        return read_archive(read_regular(path, limits.archive_bytes + 1), kind, limits)
    except Refused:
        return None


def _is_of_the_same(path: Path, contents: Contents, package: Path, limits: IntakeLimits) -> bool:
    """Whether the archive beside `package` packs the same.

    The name tells, or the modules are the same.
    """
    if stem(path.name).casefold() in (PACKAGE, package.name.casefold(), package.parent.name.casefold()):
        return True
    own = {name: read_regular(package / name, limits.file_bytes) for name in _modules_in(package)}
    return all(contents.files.get(name) == content for name, content in own.items())


def _others(folder: Path, package: Path, skip: Collection[Path], limits: IntakeLimits) -> tuple[list[str], list[str]]:
    """List other submissions beside `package` in `folder`.

    The result names folders, and files that are archives or notebooks.
    """
    beside = [path for path in _entries(folder, skip) if path != package]
    least = 2 if package == folder else 1
    folders = [path.name for path in beside if _is_work(path, least=least) or _holds_work(path)]
    packed = {path: contents for path in beside if (contents := _packed(path, limits)) is not None}
    notebooks = [
        path.name
        for path, contents in packed.items()
        if contents.reading.is_notebook and path.name not in _OF_THE_COURSE and contents.names >= CONTRACT
    ]
    archives = [path for path, contents in packed.items() if not contents.reading.is_notebook]
    if len(archives) == 1 and _is_of_the_same(archives[0], packed[archives[0]], package, limits):
        archives = []
    files = [path.name for path in archives]
    if files or folders or len(notebooks) > 1:
        files += notebooks
    return folders, files


def _lacks_net_alone(folder: Path) -> bool:
    """Whether `folder` is a submission without its `net.py`.

    It has other modules of the contract, and nothing to grade beside.

    Taken for a batch, each of its modules would be graded as a person's work. One that goes by another name counts
    where there are two of the kind: a single `net-2.py` may be anybody's.
    """
    entries = _entries(folder)
    inside = _entries(folder / PACKAGE) if type_at(folder / PACKAGE) == stat.S_IFDIR else []
    names = {path.name for path in (*entries, *inside) if type_at(path) == stat.S_IFREG}
    if not names & set(_FILES) and len(renames(names)) < 2:
        return False
    return not any(format_of(path.name) or package_in(path) for path in entries)


def is_one_submission(folder: Path, skip: Collection[Path] = (), limits: IntakeLimits | None = None) -> bool:
    """Whether `folder` is one submission. Every other folder is a batch.

    Args:
        folder: as a user names it.
        skip: what in it is nobody's work.
        limits: the bounds on each submission.

    Raises:
        UsageError: submissions lie beside each other in a way that does not tell.
    """
    package = package_in(folder)
    if package is None:
        return _lacks_net_alone(folder)
    folders, files = _others(folder, package, skip, limits or IntakeLimits())
    loose = _modules_in(folder)
    if not folders and not files and (package == folder or len(loose) < len(_FILES)):
        return True
    is_one_file = not folders and len(files) == 1
    if len(loose) > 1 or is_one_file:
        mine = shown_list(loose) if len(loose) > 1 or package == folder else f"{PACKAGE}/"
        others = shown_list([*(f"{name}/" for name in folders), *files] or [f"{PACKAGE}/"])
        raise UsageError(
            f"{shown(str(folder))} holds {mine} and beside that {others}: one submission or several? "
            "Name the one to grade, or give each submission a folder of its own"
        )
    return False
