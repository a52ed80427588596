"""Observations and results of earlier runs. They are kept in `OUT/.grader/store.sqlite3`.

One SQLite file with a rollback journal, not a write-ahead log: that needs memory shared between processes, which
network drives don't have, and there is little to write. Each `put` is one transaction that is on the disk when it
returns, so after sudden death a run goes on from the last submission that was finished. Readers in other processes wait
for a writer; they don't fail, and they never see half of a `put`.

    executions  key -> payload: what was observed; submissions with equal keys share one
    records     submission -> payload and the key of what was observed of it; none where nothing was executed
    results     submission -> payload; on what it rests, None where it has to be made again to be believed; and a digest
                of the files that were written of it, None where it is not known
    last_run    the submissions whose result the last run has graded, or found to stand
    sources     digest of the files of a submission -> the files, packed; made when the first are kept, as folders of an
                earlier version have no such table

Keys are digests made by the caller, payloads opaque bytes. Whatever decides an observation is in its key, so a key
never has two meanings, and what was observed once is found again. Each payload lies beside its checksum: what was
damaged on the disk is refused, never judged.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from grader.errors import GraderFault, UsageError

FOLDER = ".grader"
FILE = "store.sqlite3"

_APPLICATION_ID = 0x67726431
"""The id in the file's header. It tells ours from any other SQLite file."""

_VERSION = 3
_BUSY_SECONDS = 60.0
_SCHEMA = (
    "CREATE TABLE executions (key TEXT PRIMARY KEY, payload BLOB NOT NULL, checksum BLOB NOT NULL)",
    "CREATE TABLE records (submission TEXT PRIMARY KEY, key TEXT REFERENCES executions,"
    " payload BLOB NOT NULL, checksum BLOB NOT NULL)",
    "CREATE TABLE results (submission TEXT PRIMARY KEY, payload BLOB NOT NULL, checksum BLOB NOT NULL, basis BLOB,"
    " written BLOB)",
    "CREATE TABLE last_run (submission TEXT PRIMARY KEY)",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_VERSION}",
)
_SOURCES = "CREATE TABLE IF NOT EXISTS sources (digest TEXT PRIMARY KEY, payload BLOB NOT NULL, checksum BLOB NOT NULL)"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REFUSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}


@dataclass(frozen=True)
class Stored:
    """A submission's stored data, still encoded. `execution` is None where nothing of it was executed."""

    submission: str
    record: bytes
    execution: bytes | None


def _checksum(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=16).digest()


def _damaged(path: Path) -> UsageError:
    return UsageError(
        f"{path} is damaged or no store of the grader: move it away and grade again, or choose another --out"
    )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        primary = error.sqlite_errorcode & 0xFF
        if primary in _DAMAGED:
            raise _damaged(path) from None
        if primary in _REFUSED:
            raise UsageError(f"{path} cannot be opened or written ({error}): choose another --out") from None
        raise GraderFault(f"{path}: {error}; free some space, or wait for the other run that uses it") from None


class Store:
    """The store of one output folder. It may be used from several threads; open it with `Store.open`.

    Every method raises `UsageError` where the file is damaged, is not ours or may not be written, and `GraderFault`
    where the machine fails (no space, a lock held for a minute).
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Take an open connection in autocommit mode; see `open`."""
        self._path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, out: Path) -> Store:
        """Open the store of `out`, or create it."""
        path = out / FOLDER / FILE
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot create {path.parent}: {error.strerror}; choose another --out") from None
        with _explained(path):
            connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        return cls(path, connection)._checked(cls._prepare)

    @classmethod
    def open_to_read(cls, out: Path) -> Store:
        """Open the store of `out` for reading only. It can be read also while a grader writes to it.

        Raises:
            UsageError: there is none, or nothing was ever stored in it.
        """
        path = out / FOLDER / FILE
        if not path.is_file():
            raise UsageError(f"{out} holds no results: name the --out folder of an earlier run")
        with _explained(path):
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        return cls(path, connection)._checked(cls._require_old)

    @classmethod
    def in_memory(cls) -> Store:
        """Create a store that is gone when closed."""
        store = cls(Path(":memory:"), sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
        store._prepare()
        return store

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Store:
        """Return the store itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def put_execution(self, key: str, payload: bytes) -> None:
        """Store an observation under `key`."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO executions VALUES (?, ?, ?)", (key, payload, _checksum(payload)))

    def get_execution(self, key: str) -> bytes | None:
        """Return the observation under `key`. None where there is none."""
        return self._payload("SELECT payload, checksum FROM executions WHERE key = ?", key)

    def put_record(
        self, submission: str, key: str | None, record: bytes, result: bytes, *, basis: bytes | None = None
    ) -> None:
        """Store a submission's record and result: both or neither. They come from the run that goes on.

        Args:
            submission: its name.
            key: of what was observed of it, kept before; None where nothing was executed.
            record: all else that a result is made from.
            result: what was made of it.
            basis: all that decides the result, see `bases`.
        """
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", (submission, key, record, _checksum(record))
            )
            self._insert_result(connection, submission, result, basis)
            connection.execute("INSERT OR IGNORE INTO last_run VALUES (?)", (submission,))

    def put_result(self, submission: str, payload: bytes) -> None:
        """Store the result of judging `submission` again. It has no basis."""
        with self._transaction() as connection:
            self._insert_result(connection, submission, payload, None)

    def begin_run(self, standing: Iterable[str]) -> None:
        """Begin a new last run. Of `standing` the results are as they would be now; others come by `put_record`."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM last_run")
            connection.executemany("INSERT OR IGNORE INTO last_run VALUES (?)", ((name,) for name in standing))

    def in_last_run(self) -> frozenset[str]:
        """Return the submissions of the last run. It has graded their results, or found them to stand."""
        return frozenset(name for (name,) in self._rows("SELECT submission FROM last_run"))

    def put_written(self, digests: Mapping[str, bytes]) -> None:
        """Store digests of the files written of each result. A new result forgets its digest."""
        with self._transaction() as connection:
            rows = ((digest, submission) for submission, digest in digests.items())
            connection.executemany("UPDATE results SET written = ? WHERE submission = ?", rows)

    def written(self) -> dict[str, bytes]:
        """Return the digests of `put_written`, by submission."""
        with self._lock, _explained(self._path):
            return dict(self._connection.execute("SELECT submission, written FROM results WHERE written IS NOT NULL"))

    def bases(self) -> dict[str, bytes]:
        """Return each result's basis, by submission. Results without one are left out."""
        with self._lock, _explained(self._path):
            return dict(self._connection.execute("SELECT submission, basis FROM results WHERE basis IS NOT NULL"))

    def put_sources(self, packed: Mapping[str, bytes]) -> None:
        """Store the files of submissions, by digest."""
        rows = [(digest, payload, _checksum(payload)) for digest, payload in packed.items()]
        with self._transaction() as connection:
            connection.execute(_SOURCES)
            connection.executemany("INSERT OR IGNORE INTO sources VALUES (?, ?, ?)", rows)

    def _has_sources(self) -> bool:
        return bool(self._rows("SELECT name FROM sqlite_master WHERE name = 'sources'"))

    def kept_sources(self) -> frozenset[str]:
        """Return the digests of all stored files."""
        found = self._rows("SELECT digest FROM sources") if self._has_sources() else []
        return frozenset(digest for (digest,) in found)

    def get_sources(self, digest: str) -> bytes | None:
        """Return the packed files with this digest. None where they were not kept."""
        if not self._has_sources():
            return None
        return self._payload("SELECT payload, checksum FROM sources WHERE digest = ?", digest)

    def get_result(self, submission: str) -> bytes | None:
        """Return the result of `submission`, None if missing."""
        return self._payload("SELECT payload, checksum FROM results WHERE submission = ?", submission)

    def get(self, submission: str) -> Stored | None:
        """Return the stored data of `submission`, None if missing."""
        record = self._payload("SELECT payload, checksum FROM records WHERE submission = ?", submission)
        if record is None:
            return None
        key = self.key_of(submission)
        return Stored(submission, record, None if key is None else self.get_execution(key))

    def submissions(self) -> list[str]:
        """Return the names of all submissions, in order."""
        return [name for (name,) in self._rows("SELECT submission FROM records ORDER BY submission")]

    def execution_keys(self) -> list[str]:
        """Return the keys of all observations, in order."""
        return [key for (key,) in self._rows("SELECT key FROM executions ORDER BY key")]

    def key_of(self, submission: str) -> str | None:
        """Return the key of a submission's observation. None where nothing of it was executed."""
        rows = self._rows("SELECT key FROM records WHERE submission = ? AND key IS NOT NULL", submission)
        return rows[0][0] if rows else None

    def all(self) -> Iterator[Stored]:
        """Yield all stored data, sorted by name. One at a time is in memory."""
        for submission in self.submissions():
            stored = self.get(submission)
            if stored is not None:
                yield stored

    @staticmethod
    def _insert_result(connection: sqlite3.Connection, submission: str, payload: bytes, basis: bytes | None) -> None:
        row = (submission, payload, _checksum(payload), basis)
        connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, NULL)", row)

    def _checked(self, check: Callable[[Store], None]) -> Store:
        """Run `check`, and close the store if it fails."""
        try:
            with _explained(self._path):
                check(self)
        except BaseException:
            self.close()
            raise
        return self

    def _require_old(self) -> None:
        with self._transaction("DEFERRED"):
            if self._is_new():
                raise UsageError(f"{self._path} holds no results yet: grade a submission into it first")

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.execute("PRAGMA synchronous = EXTRA")
        # Read within one transaction, so that nobody's half of creating it is taken for a foreign file.
        with self._transaction("DEFERRED"):
            new = self._is_new()
        if new:
            with self._transaction() as connection:
                if self._is_new():  # nobody else created it while we waited
                    for statement in _SCHEMA:
                        connection.execute(statement)

    def _is_new(self) -> bool:
        (application,), (version,) = (
            self._connection.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
        )
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application == version == tables == 0:
            return True
        if application != _APPLICATION_ID:
            raise UsageError(f"{self._path} was not made by the grader: move it away or choose another --out")
        if version != _VERSION:
            raise UsageError(
                f"{self._path} is of version {version}, this grader reads {_VERSION}: grade again into another --out"
            )
        return False

    @contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
        with self._lock, _explained(self._path):
            self._connection.execute(f"BEGIN {kind}")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _rows(self, query: str, *values: str) -> list[tuple[str, ...]]:
        with self._lock, _explained(self._path):
            return self._connection.execute(query, values).fetchall()

    def _payload(self, query: str, *values: str) -> bytes | None:
        with self._lock, _explained(self._path):
            row: tuple[bytes, bytes] | None = self._connection.execute(query, values).fetchone()
        if row is None:
            return None
        payload, checksum = row
        if _checksum(payload) != checksum:
            raise _damaged(self._path)
        return payload
