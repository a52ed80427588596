"""A bounded view of bytes, plain or gzipped. Parsers of strangers' data read through it."""

from __future__ import annotations

import gzip
import io
from typing import IO

from grader.intake.limits import KIBIBYTE, MEBIBYTE, Refused

LARGEST_READ = 2 * MEBIBYTE
_CHUNK = 64 * KIBIBYTE


class BoundedStream:
    """A seekable stream with bounds on reading.

    It is never read beyond `end`, nor more than `largest_read` bytes at once.

    Args:
        data: the bytes, at most a packed submission's; or the file that holds them.
        end: how many bytes the stream may have, unpacked.
        gzipped: whether `data` is to be unpacked on the way; reading to its end compares the checksum.
        largest_read: the bound on memory.
    """

    def __init__(
        self, data: bytes | IO[bytes], end: int, *, gzipped: bool = False, largest_read: int = LARGEST_READ
    ) -> None:
        raw = io.BytesIO(data) if isinstance(data, bytes) else data
        self._file = gzip.GzipFile(fileobj=raw) if gzipped else raw
        self._end = end
        self._largest_read = largest_read

    def _check(self, position: int) -> None:
        if position > self._end:
            raise Refused("intake/archive-bomb")

    def read(self, size: int = -1) -> bytes:
        """Read as `io.RawIOBase.read` does."""
        data = self._file.read(self._largest_read + 1 if size < 0 else min(size, self._largest_read + 1))
        if len(data) > self._largest_read:
            raise Refused("intake/archive-bomb")
        self._check(self._file.tell())
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Seek as `io.RawIOBase.seek` does. Refused if that would unpack anything beyond the bound."""
        if whence == io.SEEK_SET:
            self._check(offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position in the unpacked stream."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Return True; see `io.RawIOBase.seekable`."""
        return True

    def read_at(self, offset: int, size: int) -> bytes:
        """Read `size` bytes from `offset`. There are fewer at the end of the stream."""
        self.seek(offset)
        return self.read(size)

    def drain(self) -> int:
        """Read to the end; return the stream's length."""
        while self.read(_CHUNK):
            pass
        return self.tell()
