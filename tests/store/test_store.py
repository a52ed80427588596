"""The store keeps what was put, through sudden death. It refuses what it can't trust."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.errors import GraderFault, UsageError
from grader.store import Store, Stored

ROOT = Path(__file__).parents[2]
PUT_FOREVER = """
import itertools, sys
from pathlib import Path
from grader.store import Store
store = Store.open(Path(sys.argv[1]))
for number in itertools.count():
    store.put_execution(f"key{number}", str(number).encode() * 20_000)
    store.put_record(f"name{number}", f"key{number}", b"record", b"{}")
    print(number, flush=True)
"""


def file_of(out: Path) -> Path:
    """Return the file of an output folder's store."""
    return out / ".grader" / "store.sqlite3"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    with Store.open(tmp_path) as opened:
        yield opened


def test_executions_are_found_by_key_after_reopening(tmp_path: Path) -> None:
    """Executions are found by key after reopening. An unknown key has nothing."""
    payload = bytes(range(256)) * 100
    with Store.open(tmp_path) as store:
        store.put_execution("k", payload)
    with Store.open(tmp_path) as store:
        assert store.get_execution("k") == payload
        assert store.get_execution("other") is None


def test_the_newest_record_of_a_submission_counts(store: Store) -> None:
    """The newest record of a submission counts. The execution of an older one is still found by its key."""
    store.put_execution("k1", b"first")
    store.put_execution("k2", b"second")
    store.put_record("alice", "k1", b"one", b"result one")
    store.put_record("alice", "k2", b"two", b"result two")
    assert store.get("alice") == Stored("alice", b"two", b"second")
    assert store.get_result("alice") == b"result two"
    assert store.get_execution("k1") == b"first"
    assert store.get("bob") is None
    assert store.get_result("bob") is None


def test_equal_submissions_share_an_execution(store: Store) -> None:
    """Equal submissions share an execution. Their records and results are their own."""
    store.put_execution("k", b"observed")
    store.put_record("alice", "k", b"alice's", b"hers")
    store.put_record("bob", "k", b"bob's", b"his")
    assert store.get("alice") == Stored("alice", b"alice's", b"observed")
    assert store.get("bob") == Stored("bob", b"bob's", b"observed")
    assert (store.get_result("alice"), store.get_result("bob")) == (b"hers", b"his")


def test_what_was_not_executed_has_a_record(store: Store) -> None:
    """A submission that was not executed has a record. An archive that cannot be read has no key."""
    store.put_record("alice", None, b"unreadable", b"{}")
    assert store.get("alice") == Stored("alice", b"unreadable", None)


def test_rejudging_walks_over_all_submissions_and_may_write(store: Store) -> None:
    """Rejudging visits each submission once, by name. It sees the newest record; results may be put meanwhile."""
    for name, key in (("bob", "k1"), ("Алиса", "k2"), ("bob", "k3"), ("alice", "k4")):
        store.put_execution(key, key.encode())
        store.put_record(name, key, b"", b"old")
    walked = []
    for stored in store.all():
        store.put_result(stored.submission, b"judged again")
        walked.append((stored.submission, stored.execution))
    assert walked == [("alice", b"k4"), ("bob", b"k3"), ("Алиса", b"k2")]
    assert {store.get_result(name) for name in store.submissions()} == {b"judged again"}


def test_a_store_in_memory_is_gone_when_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store in memory leaves no file. It keeps what is put as long as it is open."""
    monkeypatch.chdir(tmp_path)
    with Store.in_memory() as store:
        store.put_record("alice", None, b"record", b"result")
        assert store.get_result("alice") == b"result"
    assert list(tmp_path.iterdir()) == []


def test_threads_may_share_a_store(store: Store) -> None:
    """Puts from several threads at once are all kept."""

    def put(number: int) -> None:
        store.put_execution(f"k{number}", str(number).encode())
        store.put_record(f"s{number % 5}", f"k{number}", b"", b"")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(40)))
    assert all(store.get_execution(f"k{number}") == str(number).encode() for number in range(40))
    assert len(store.submissions()) == 5


def test_sudden_death_loses_nothing_that_was_put(tmp_path: Path) -> None:
    """Sudden death loses nothing that was put. A process is killed while it writes and another one reads."""
    with subprocess.Popen(
        [sys.executable, "-c", PUT_FOREVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with Store.open(tmp_path) as reader:
            for _ in range(5):
                finished = int(process.stdout.readline())
                assert reader.get_result(f"name{finished}") == b"{}"
        os.kill(process.pid, signal.SIGKILL)
        finished = max([finished, *map(int, process.stdout.read().split())])
    with Store.open(tmp_path) as store:
        for number in range(finished + 1):
            assert store.get_execution(f"key{number}") == str(number).encode() * 20_000
            assert store.get_result(f"name{number}") == b"{}"


def test_two_may_create_it_at_once(tmp_path: Path) -> None:
    """Several processes that create a store at once get one."""
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(Store.open, [tmp_path] * 8))
    stores[0].put_execution("k", b"x")
    assert all(store.get_execution("k") == b"x" for store in stores)
    for store in stores:
        store.close()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    """An empty file becomes a store. Death just after creating it leaves such a file."""
    file_of(tmp_path).parent.mkdir()
    file_of(tmp_path).touch()
    with Store.open(tmp_path) as store:
        assert store.submissions() == []


def write_text(path: Path) -> None:
    """Write a text, no SQLite."""
    path.write_text("grades: everybody gets an A\n" * 100)


def write_foreign(path: Path) -> None:
    """Write a database of somebody else."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE executions (a, b)")
    connection.close()


def write_newer(path: Path) -> None:
    """Write the store of a later grader."""
    Store.open(path.parent.parent).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def write_cut(path: Path) -> None:
    """Write a store of which only the first page was copied."""
    with Store.open(path.parent.parent) as store:
        store.put_execution("k", b"x" * 50_000)
    path.write_bytes(path.read_bytes()[:4096])


def use_store(out: Path) -> None:
    """Use a store as a run does."""
    with Store.open(out) as store:
        store.get_execution("k")
        store.put_execution("k2", b"")


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (write_text, "is damaged or no store of the grader"),
        (write_foreign, "was not made by the grader"),
        (write_newer, "is of version 99, this grader reads 3"),
        (write_cut, "is damaged or no store of the grader"),
        (Path.mkdir, "cannot be opened"),
    ],
)
def test_what_is_no_store_is_refused_in_one_line(tmp_path: Path, write: object, reason: str) -> None:
    """A file that is no store is refused in one line. It may be foreign, newer or damaged; it stays as it was."""
    path = file_of(tmp_path)
    path.parent.mkdir()
    assert callable(write)
    write(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(UsageError, match=reason) as error:
        use_store(tmp_path)
    message = str(error.value)
    assert str(path) in message
    assert "another --out" in message
    assert "\n" not in message
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_payload_damaged_on_the_disk_is_refused(tmp_path: Path) -> None:
    """A payload damaged on the disk is refused. One bit was flipped; others stay readable."""
    with Store.open(tmp_path) as store:
        store.put_execution("k", b"SCORES" * 1000)
        store.put_execution("other", b"x")
    content = bytearray(file_of(tmp_path).read_bytes())
    content[content.index(b"SCORESSCORES")] ^= 1
    file_of(tmp_path).write_bytes(content)
    with Store.open(tmp_path) as store:
        assert store.get_execution("other") == b"x"
        with pytest.raises(UsageError, match="is damaged"):
            store.get_execution("k")


def test_an_output_folder_that_cannot_be_is_wrong_usage(tmp_path: Path) -> None:
    """A file in place of the output folder is wrong usage."""
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(UsageError, match=r"cannot create .*choose another --out"):
        Store.open(tmp_path / "out")


def test_a_full_disk_is_no_fault_of_the_user(tmp_path: Path) -> None:
    """A full disk is no fault of the user. What was there before stays."""
    with Store.open(tmp_path) as store:
        store.put_execution("k", b"x")
        store._connection.execute("PRAGMA max_page_count = 10")
        with pytest.raises(GraderFault, match="full"):
            store.put_execution("big", b"x" * 200_000)
        assert store.get_execution("k") == b"x"


def test_a_reader_changes_nothing_and_sees_what_a_writer_puts(tmp_path: Path) -> None:
    """A reader sees what a writer puts, and changes nothing."""
    with Store.open(tmp_path) as writer, Store.open_to_read(tmp_path) as reader:
        assert reader.submissions() == []
        writer.put_record("alice", None, b"record", b"result")
        assert reader.submissions() == ["alice"]
        assert reader.get_result("alice") == b"result"
        before = file_of(tmp_path).read_bytes()
        with pytest.raises(UsageError, match="cannot be opened or written"):
            reader.put_result("alice", b"another")
        assert file_of(tmp_path).read_bytes() == before
    assert [path.name for path in file_of(tmp_path).parent.iterdir()] == ["store.sqlite3"]


def test_a_reader_makes_no_store(tmp_path: Path) -> None:
    """A reader makes no store, and says there is none."""
    with pytest.raises(UsageError, match="holds no results: name the --out folder"):
        Store.open_to_read(tmp_path)
    assert list(tmp_path.iterdir()) == []
    file_of(tmp_path).parent.mkdir()
    file_of(tmp_path).touch()
    with pytest.raises(UsageError, match="holds no results yet"):
        Store.open_to_read(tmp_path)
    assert file_of(tmp_path).read_bytes() == b""
