"""Winnowing: fingerprints of programs.

A few runs of symbols of each are chosen so that what two programs share is seen.

S. Schleimer, D. S. Wilkerson, A. Aiken: Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD 2003. Of all
runs of `RUN` symbols the one with the smallest hash in each window of `WINDOW` is taken. So two programs that have
`RUN + WINDOW - 1` symbols in a row in common have at least one fingerprint in common, and shorter runs than `RUN` none.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.similar.lexer import Symbol, symbols

RUN, WINDOW = 8, 4
"""Symbols of a run, and runs of a window. A run is about one statement."""
_BASE, _PRIME = 1_000_003, (1 << 61) - 1


@dataclass(frozen=True)
class Place:
    """The place of a run: file, first and last line."""

    file: str
    first: int
    last: int


def _hashes(run: Sequence[Symbol]) -> list[int]:
    """Hash every `RUN` symbols in a row. The hashes are the same in every process."""
    numbers = [zlib.crc32(symbol.text.encode(errors="replace")) for symbol in run]
    top = pow(_BASE, RUN, _PRIME)
    hashes, value = [], 0
    for i, number in enumerate(numbers):
        value = (value * _BASE + number) % _PRIME
        if i >= RUN:
            value = (value - numbers[i - RUN] * top) % _PRIME
        if i >= RUN - 1:
            # mixed: runs that begin alike would have similar hashes otherwise
            hashes.append((value * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) >> 3)
    return hashes


def _winnowed(hashes: Sequence[int]) -> list[int]:
    """Return the places of each window's smallest hash. Of equal ones it is the last."""
    chosen: list[int] = []
    for start in range(max(1, len(hashes) - WINDOW + 1) if hashes else 0):
        window = range(start, min(start + WINDOW, len(hashes)))
        best = min(window, key=lambda i: (hashes[i], -i))
        if not chosen or chosen[-1] != best:
            chosen.append(best)
    return chosen


@lru_cache(maxsize=1024)
def _of_a_text(text: str) -> tuple[tuple[int, int, int], ...]:
    """Return fingerprints with their first and last lines. Most of a class hand in some files as they were given."""
    run = symbols(text)
    hashes = _hashes(run)
    return tuple((hashes[i], run[i].line, run[i + RUN - 1].line) for i in _winnowed(hashes))


def fingerprints(files: Mapping[str, str]) -> dict[int, list[Place]]:
    """Return a submission's fingerprints, and their places.

    Args:
        files: the text of its modules by their paths.
    """
    found: dict[int, list[Place]] = {}
    for path in sorted(files):
        for value, first, last in _of_a_text(files[path]):
            found.setdefault(value, []).append(Place(path, first, last))
    return found


def every_run(texts: Iterable[str]) -> frozenset[int]:
    """Hash all runs of `texts`. They are to count for nobody, wherever a window begins."""
    return frozenset(value for text in texts for value in _hashes(symbols(text)))
