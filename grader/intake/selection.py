"""Selection of a submission's files. Some are kept, others left out, and some refuse the submission.

A reader (`folder`, `archive`) lists `Member`s; `collect` is the one place where they are judged, so that a folder and
an archive of it come to the same submission.

Left out without a word: hidden files, caches and litter, virtual environments, tests (`test_*.py`, `conftest.py`), and
every file that is neither Python source nor small text data (figures, notebooks, checkpoints, data sets).
Refused with a message: links and special files, names that could not be written back (also two that are
one on another system), anything over the bounds,
and Python source that Python itself could not read.
"""

from __future__ import annotations

import io
import re
import tokenize
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from grader.intake.limits import KIBIBYTE, IntakeLimits, Refused
from grader.intake.naming import shown
from grader.model import Said
from grader.source.contract import MODULES

ENTRY_MODULE = "net.py"
"""The module that every submission has. The package is where it lies."""

LITTER = frozenset(("__pycache__", "__MACOSX", "Thumbs.db", "desktop.ini", "ehthumbs.db"))
_NOT_OF_THE_WORK = frozenset(("_kit", "venv", "site-packages", "node_modules", "wandb", "mlruns", "lightning_logs"))
ENVIRONMENT_MARK = "pyvenv.cfg"
"""The file at the root of every virtual environment. It is there whatever the folder is called."""
_DEEPEST_ENVIRONMENT = 10
_DEEPEST = 64
"""Maximum parts of any path, kept or not. So looking at many of them stays cheap."""
_KEPT_ENDINGS = (".py", ".json", ".toml", ".yaml", ".yml", ".csv", ".txt", ".ini", ".cfg")
_TESTS = re.compile(r"test_.*\.py|conftest\.py", re.IGNORECASE)
_LOOK_ALIKE = str.maketrans("аеорсхуіё", "aeopcxyie")
"""Cyrillic letters that nobody tells from Latin ones."""
_MISCALLED = re.compile(
    r"(?:copy of |копия )?(?P<module>net|objective|training)"
    r"(?:[\s._\-–—]*(?:\(\d+\)|\d|copy|copia|kopie|копия|final|fixed|new|old|v\d|submission|solution))*\s*"
    r"(?:\.py(?:[\s.]*(?:py|txt|docx?|rtf|md|bak|orig|html?|download))*|\.py3|\.pyw|\.txt)".translate(_LOOK_ALIKE)
)
"""Matches modules that were renamed: `net (1).py`, `net.py.txt`.

Browsers, file managers and people do that; names are in small letters.
"""
_ASCII = bytes(range(32, 92)) + bytes(range(93, 127)) + rb"\n\u0041"
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_MAX_PART_BYTES = 200

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """An unread entry of a folder tree or archive.

    `parts` is its path, `size` in bytes what its container says, and `read(n)` gives at most n bytes of it.
    """

    parts: Parts
    kind: Literal["file", "folder", "link", "special"]
    size: int
    read: Callable[[int], bytes]


def miscalled(name: str) -> str | None:
    """Return the module that a misnamed file stands for.

    It is a module of the contract; None where nothing is wrong with the name, or it means none.
    """
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_LOOK_ALIKE)
    found = _MISCALLED.fullmatch(plain)
    return f"{found['module']}.py" if found and name != f"{found['module']}.py" else None


def renames(names: Iterable[str]) -> tuple[Said, ...]:
    """Return the renames that would supply missing modules.

    `names` are paths of files, and each module of the contract that is not there gets at most one.
    """
    found = list(names)
    present = {name.rpartition("/")[2] for name in found}
    meant = {wanted: name for name in reversed(found) if (wanted := miscalled(name.rpartition("/")[2]))}
    return tuple(
        Said("intake/rename", {"file": shown(meant[wanted]), "wanted": wanted})
        for wanted in (f"{module}.py" for module in MODULES)
        if wanted in meant and wanted not in present
    )


def no_net(names: Iterable[str]) -> Refused:
    """Return a refusal for the lack of `net.py`.

    `names` are the paths that are there, those of folders ending in "/".
    """
    found = list(names)
    to_rename = renames(name for name in found if not name.endswith("/"))
    for name in found:
        called = name.rstrip("/").rpartition("/")[2]
        if called == ENTRY_MODULE and not name.endswith("/"):
            return Refused("intake/unreadable", file=name)  # seen in its folder, and not to be reached
        if called == ENTRY_MODULE:
            return Refused("intake/net-is-folder", file=name)
    if to_rename and to_rename[0].data["wanted"] == ENTRY_MODULE:
        return Refused("intake/net-miscalled", renames=to_rename)
    return Refused("intake/no-net", found=found)


def is_litter(name: str) -> bool:
    """Whether systems or tools leave an entry behind. Such entries are hidden files, caches and thumbnail stores."""
    return name.startswith(".") or name in LITTER


def is_left_out(name: str) -> bool:
    """Whether entries of this name are no part of the work. With a folder that goes for all below it."""
    return is_litter(name) or name in _NOT_OF_THE_WORK or name.endswith(".egg-info")


def is_kept(name: str) -> bool:
    """Whether a file of this name is kept. It is Python source or small text data, and no test."""
    return name.lower().endswith(_KEPT_ENDINGS) and not _TESTS.fullmatch(name)


def check_source(path: str, content: bytes) -> None:
    """Refuse Python source in a wrong encoding.

    It is not text in the encoding that it declares (PEP 263; UTF-8 where it declares none).
    """
    if b"\x00" in content:
        raise Refused("intake/null-bytes", file=path)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        # Some codecs (punycode, idna, escapes) take quadratic time or run tricks; none of them leaves ASCII alone.
        if _ASCII.decode(encoding) != _ASCII.decode("ascii"):
            raise LookupError(encoding)
        content.decode(encoding)
    except (SyntaxError, LookupError, ValueError):
        raise Refused("intake/encoding", file=path) from None


def _check_path(parts: Parts, limits: IntakeLimits) -> str:
    path = "/".join(parts)
    if any(not part or part in (".", "..") or _UNWRITABLE.search(part) for part in parts):
        raise Refused("intake/bad-name", file=path)
    if len(path.encode()) > limits.path_bytes or any(len(part.encode()) > _MAX_PART_BYTES for part in parts):
        raise Refused("intake/long-name", file=path, limit_bytes=limits.path_bytes)
    if len(parts) > limits.depth:
        raise Refused("intake/too-deep", file=path, limit=limits.depth)
    return path


def check_depth(parts: Parts) -> None:
    """Refuse a path of unreasonable depth.

    Nobody's folders are so deep; it does not matter whether the file would be kept.
    """
    if len(parts) > _DEEPEST:
        raise Refused("intake/too-deep", file="/".join(parts), limit=_DEEPEST)


def _content(path: str, member: Member, limits: IntakeLimits) -> bytes:
    content = member.read(limits.file_bytes + 1) if member.size <= limits.file_bytes else None
    if content is None or len(content) > limits.file_bytes:
        raise Refused("intake/file-too-large", file=path, limit_kb=limits.file_bytes // KIBIBYTE)
    if path.lower().endswith(".py"):
        check_source(path, content)
    return content


def _claim(path: str, taken: set[str]) -> None:
    """Note `path` in `taken`, or refuse it.

    Another system, or writing it back, must not make one file of two.
    """
    key = unicodedata.normalize("NFC", path).casefold()
    folders = {key[: slash.start() + 1] for slash in re.finditer("/", key)}
    if key in taken or f"{key}/" in taken or any(folder[:-1] in taken for folder in folders):
        raise Refused("intake/duplicate", file=path)
    taken |= {key, *folders}


def relevant_members(members: Iterable[Member]) -> list[Member]:
    """Return the members that may be part of the work.

    There is no litter, nothing in folders that are no part of the work, and no virtual environment.
    """
    listed = list(members)
    environments = {
        member.parts[:-1]
        for member in listed
        if member.parts[-1:] == (ENVIRONMENT_MARK,) and 1 < len(member.parts) <= _DEEPEST_ENVIRONMENT
    }
    return [
        member
        for member in listed
        if not any(is_left_out(part) for part in member.parts)
        and not any(member.parts[:depth] in environments for depth in range(1, _DEEPEST_ENVIRONMENT))
    ]


def collect(members: Iterable[Member], limits: IntakeLimits) -> dict[str, bytes]:
    """Return the kept files by path.

    Args:
        members: what lies in the package, with paths inside it.
        limits: bounds on count, size, depth and names.

    Raises:
        Refused: a bound is reached or a member cannot be taken.
    """
    files: dict[str, bytes] = {}
    taken: set[str] = set()
    total = 0
    for member in relevant_members(members):
        if member.kind in ("link", "special"):
            raise Refused(f"intake/{member.kind}", file="/".join(member.parts))
        if member.kind == "folder" or not is_kept(member.parts[-1]):
            continue
        path = _check_path(member.parts, limits)
        _claim(path, taken)
        if len(files) == limits.files:
            raise Refused("intake/too-many-files", limit=limits.files)
        files[path] = _content(path, member, limits)
        total += len(files[path])
        if total > limits.total_bytes:
            raise Refused("intake/too-large", limit_kb=limits.total_bytes // KIBIBYTE)
    return files
