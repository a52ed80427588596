"""Measures how much information a submission carries. The measure is the compressed size of its files.

A compressor can be undone, so fewer than 2^(8n + 1) submissions come to n bytes or less. Whoever wants to hand in more
has no way of writing it down that is small: names, white space, chains of operators, names of files and comments all
count for what could be read out of them, and a program with long names and many comments for little.

What counts is what the process of a submission can read: the paths and contents of the files of its package. Of a
notebook these are the statements that were taken from its code cells; outputs, pictures, text and metadata stay
outside.
What the kit itself gave out costs nothing: it stands before the files when they are compressed.
"""

from __future__ import annotations

import functools
import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.i18n import LANGUAGES
from grader.judge.facts import Carried, Stretch
from grader.release.translation import catalogue, translated

_FOLDERS = (Path(__file__).with_name("given"), Path(__file__).parents[1] / "student")
"""Possible folders of the students' kit. The first is that of an installed grader, the second that of a checkout."""
_PRESET = 6
_LARGEST = 1 << 21
"""Bytes that the compressor can look back. That covers all that a submission may hold, and the students' kit."""
_WINDOW = 1024
"""Minimum bytes of source that are weighed together. The densest lines are found so."""
_MOST = 3
"""Files that are named."""
_SHARE = 0.75
"""Share of a file's information in the named lines."""


def _compressed(data: bytes, reach: int = _LARGEST) -> int:
    """Return the compressed size of `data` in bytes.

    Memory is bounded by `reach`, time grows as the length of `data`.
    """
    filters = [{"id": lzma.FILTER_LZMA1, "preset": _PRESET, "dict_size": reach}]
    return len(lzma.compress(data, format=lzma.FORMAT_RAW, filters=filters))


def _cells(notebook: Path) -> bytes:
    """Return the text of all cells. Students find the same text in their copies."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells).encode()


def given_folder() -> Path | None:
    """Return the folder of the students' kit. None where the grader is installed without it."""
    return next((folder for folder in _FOLDERS if folder.is_dir()), None)


@functools.cache
def given() -> bytes:
    """Return the students' kit, file after file. It is empty where the grader is installed without it."""
    folder = given_folder()
    if folder is None:
        return b""
    paths = [path for path in sorted(folder.glob("*.py")) if not path.name.startswith(("test_", "conftest"))]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    languages = sorted(LANGUAGES, reverse=True)  # English, the usual one, stands nearest to the files
    told = [translated(source, catalogue(language)).encode() for language in languages for source in sources]
    notebooks = [_cells(path) for path in sorted(folder.glob("*.ipynb"))]
    return b"".join([*notebooks, *told])


@functools.cache
def _given_lines() -> frozenset[bytes]:
    return frozenset(given().split(b"\n"))


@functools.cache
def _given_compressed() -> int:
    return _compressed(given())


def _as_one(files: Mapping[str, bytes]) -> bytes:
    """Join all paths and contents. Each can be told apart again, and the order says nothing."""
    parts = []
    for path in sorted(files):
        ends, content = _unix_lines(files[path])
        parts.append(f"{len(content)}{ends}:{path}\n".encode() + content)
    return b"".join(parts)


def _unix_lines(content: bytes) -> tuple[str, bytes]:
    """Replace the line ends of Windows where a file has no others. Mixed ones could carry a bit each, and stay."""
    if 0 < content.count(b"\r\n") == content.count(b"\n"):
        return "w", content.replace(b"\r\n", b"\n")
    return "", content


def _windows(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield neighbouring parts of a file, with weights.

    A part has its first line, last line and weight; what students were given weighs nothing.
    """
    known = _given_lines()
    first, held, length = 1, [], 0
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if line.removesuffix(b"\r") not in known:
            held.append(line)
            length += len(line) + 1
        if length >= _WINDOW or number == len(lines):
            yield first, number, _compressed(b"\n".join(held), 1 << 16) if held else 0
            first, held, length = number + 1, [], 0


def _densest(path: str, content: bytes) -> tuple[int, Stretch]:
    """Return the weight of a file, and its densest lines.

    They are the shortest run of its windows with most of the weight.
    """
    windows = list(_windows(content))
    whole = sum(weight for _, _, weight in windows)
    best, begin, held = (0, len(windows) - 1, whole), 0, 0
    for end, (_, _, weight) in enumerate(windows):
        held += weight
        while held - windows[begin][2] >= _SHARE * whole and begin < end:
            held -= windows[begin][2]
            begin += 1
        if held >= _SHARE * whole and windows[end][1] - windows[begin][0] < windows[best[1]][1] - windows[best[0]][0]:
            best = begin, end, held
    return whole, Stretch(path, windows[best[0]][0], windows[best[1]][1], best[2])


def carried_by(files: Mapping[str, bytes]) -> Carried:
    """Measure the information in `files`.

    `files` maps paths in the package to contents; the result says where most of the information stands.
    """
    total = max(0, _compressed(given() + _as_one(files)) - _given_compressed())
    paths = _compressed("\n".join(sorted(files)).encode(), 1 << 16)
    found = [_densest(path, content) for path, content in files.items()]
    found.append((paths, Stretch("", 1, 1, paths)))
    # the parts weigh more alone than together: each gets its share of the total
    scale = total / max(1, sum(whole for whole, _ in found))
    heaviest = sorted(found, key=lambda one: (-one[0], one[1].file))[:_MOST]
    stretches = [Stretch(one.file, one.first, one.last, round(one.bytes * scale)) for _, one in heaviest]
    return Carried(total, [one for one in stretches if one.bytes])
