"""Moves what you wrote in a notebook into files: `python -m student from-notebook`.

They are net.py, objective.py and training.py of this folder.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .language import Words, words_of

FOLDER = Path(__file__).parent
_MOST_CELLS = 100_000
_MOST_STATEMENTS = 1_000_000
_UNWRITTEN = "raise NotImplementedError"
_HEAD = re.compile(r"# From .*, written by `from-notebook` \(checksum (?P<checksum>[0-9a-f]{8})\)\n\n")


class CannotTake(Exception):
    """Nothing is written; the message says why."""


@dataclass(frozen=True)
class _Take:
    """The parts that a notebook defines: sources by module."""

    notebook: Path
    modules: Mapping[str, str]
    found: Mapping[str, Any]

    @property
    def is_begun(self) -> bool:
        """Whether some part of it is written."""
        return any(source and _UNWRITTEN not in source for source in self.modules.values())


def _read(path: Path, words: Words) -> _Take:
    """Read the parts of the notebook at `path`."""
    from ._kit.source.files import modules_of
    from ._kit.source.tasks import code_cells, slice_sources

    try:
        cells = code_cells(path.read_text(encoding="utf-8-sig"), _MOST_CELLS)
    except FileNotFoundError:
        raise CannotTake(words("missing", notebook=path)) from None
    except (OSError, UnicodeDecodeError):
        cells = None
    if cells is None:
        raise CannotTake(words("broken", notebook=path))
    return _Take(path, modules_of(cells), slice_sources(cells, _MOST_STATEMENTS))


def _chosen(path: Path | None, words: Words) -> _Take:
    """Find the notebook that is meant. It is the only one begun, unless one is named."""
    if path is not None:
        return _read(path, words)
    there = sorted(FOLDER.glob("*.ipynb"))
    begun = [take for each in there if (take := _read(each, words)).is_begun]
    if len(begun) != 1:
        names = ", ".join(str(take.notebook.name) for take in begun) or ", ".join(each.name for each in there) or "–"
        raise CannotTake(words("several" if begun else "unwritten", notebooks=names))
    return begun[0]


def _check_complete(take: _Take, words: Words) -> None:
    """Refuse a notebook that lacks names.

    Raises:
        CannotTake: it does.
    """
    from ._kit.source.contract import MODULES

    lacking = [name for names in MODULES.values() for name in names if name not in take.found["names"]]
    if not lacking:
        return
    unread = [cell for cell in take.found["unreadable"] if set(cell["names"]) & set(lacking)]
    if unread:
        place = {key: unread[0][key] for key in ("cell", "line", "error")}
        raise CannotTake(words("unread", notebook=take.notebook.name, **place))
    raise CannotTake(words("lacks", notebook=take.notebook.name, names=", ".join(f"`{name}`" for name in lacking)))


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _with_head(source: str, notebook: Path) -> str:
    """Put a line above `source` that tells later changes."""
    return f"# From {notebook.name}, written by `from-notebook` (checksum {_checksum(source)[:8]})\n\n{source}"


def _holds_work(text: str, stub: str) -> bool:
    """Whether overwriting a file would lose work.

    That is more than the stub, and not as this command wrote it.

    Args:
        text: of the file.
        stub: checksum of the stub.
    """
    head = _HEAD.match(text)
    if head is not None and _checksum(text[head.end() :]).startswith(head["checksum"]):
        return False
    return bool(text.strip()) and _checksum(text) != stub


def _backup(path: Path) -> Path:
    """Find a free name beside `path`."""
    names = (path.with_name(f"{path.name}.bak{number or ''}") for number in range(1000))
    return next(name for name in names if not name.exists())


def _written(take: _Take, words: Words, *, force: bool) -> Iterator[str]:
    """Write the three files; a line for each.

    Raises:
        CannotTake: one of them holds other work and `force` is not given; then none is written.
    """
    stubs = json.loads((FOLDER / "_kit" / "about.json").read_text(encoding="utf-8"))["stubs"]
    wanted = {f"{name}.py": _with_head(source, take.notebook) for name, source in take.modules.items()}
    there = {name: (FOLDER / name).read_text(encoding="utf-8") for name in wanted if (FOLDER / name).exists()}
    changed = {name: text for name, text in wanted.items() if there.get(name) != text}
    kept = [name for name in changed if name in there and _holds_work(there[name], stubs[name])]
    if kept and not force:
        raise CannotTake(words("keeps", files=", ".join(kept), notebook=take.notebook.name))
    for name, text in wanted.items():
        path = FOLDER / name
        if name not in changed:
            yield words("same", file=name)
            continue
        backup = _backup(path)
        if name in kept:
            path.rename(backup)
        path.write_text(text, encoding="utf-8", newline="\n")
        yield words("replaced", file=name, backup=backup.name) if name in kept else words("wrote", file=name)
    yield words("next", notebook=take.notebook.name)


def _parser() -> argparse.ArgumentParser:
    about = "Write what a notebook defines to net.py, objective.py and training.py of this folder."
    parser = argparse.ArgumentParser(prog=f"python -m {__package__} from-notebook", description=about)
    parser.add_argument("notebook", type=Path, nargs="?", help="the notebook (else the chapter in which you wrote)")
    parser.add_argument("--force", action="store_true", help="replace files that hold other work; it is kept as .bak")
    parser.add_argument("--lang", choices=("en", "ru"), help="of the messages (else your course's or your system's)")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Take the parts out of a notebook; 0 where they are written, 1 where a line on stderr says why not."""
    options = _parser().parse_args(arguments)
    try:
        words = words_of(FOLDER, options.lang, "student/notebook-")
    except FileNotFoundError:
        print(f"{FOLDER} has no tests: this is for the folder that students receive", file=sys.stderr)
        return 1
    try:
        take = _chosen(options.notebook, words)
        _check_complete(take, words)
        for line in _written(take, words, force=options.force):
            print(line)
    except CannotTake as reason:
        print(reason, file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print(words("disk", error=error), file=sys.stderr)
        return 1
    return 0
