"""The programs of submissions, as the store keeps them. They are for whoever wants to look at them again.

Kept are Python files alone, compressed, and at most `MOST_BYTES` of each submission: a program of a homework is a
hundredth of that.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Mapping

import msgspec

from grader.errors import GraderFault
from grader.model import Submission
from grader.store import Store

MOST_BYTES = 100_000
_MOST_UNPACKED = 50 * MOST_BYTES


def packed(files: Mapping[str, bytes]) -> bytes | None:
    """Compress the Python files among `files`.

    None where there are none, or they come to too much.
    """
    programs = {path: content for path, content in files.items() if path.endswith(".py")}
    if not programs or sum(map(len, programs.values())) > _MOST_UNPACKED:
        return None
    payload = zlib.compress(msgspec.msgpack.encode(programs), 9)
    return payload if len(payload) <= MOST_BYTES else None


def unpacked(payload: bytes) -> dict[str, str]:
    """Decompress the files that `packed` has packed. Each has its text by path; bytes that are no UTF-8 are replaced.

    Raises:
        ValueError: it has not packed this.
    """
    try:
        whole = zlib.decompressobj().decompress(payload, 2 * _MOST_UNPACKED)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    programs = msgspec.msgpack.decode(whole, type=dict[str, bytes])
    return {path: content.decode(errors="replace") for path, content in programs.items()}


def keep_sources(store: Store, submissions: Iterable[Submission]) -> None:
    """Store the programs of `submissions` not yet stored.

    It is done in one go. Where there is no room, grading goes on.

    Args:
        store: of the output folder.
        submissions: of a run, those whose result stands among them.
    """
    with contextlib.suppress(GraderFault):  # whoever asks for them is told that they are not there
        known = store.kept_sources()
        new = {one.digest: one.files for one in submissions}
        kept = {digest: payload for digest, files in new.items() if digest not in known and (payload := packed(files))}
        if kept:
            store.put_sources(kept)
