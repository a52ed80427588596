"""The store keeps what was put, through sudden death, and refuses what it can't trust."""

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
from grader.store import Store, StoredRun

ROOT = Path(__file__).parents[2]
PUT_FOREVER = """
import itertools, sys
from pathlib import Path
from grader.store import Store
store = Store.open(Path(sys.argv[1]))
for number in itertools.count():
    store.put_observations(f"key{number}", f"name{number}", str(number).encode() * 20_000)
    store.put_result(f"name{number}", f"key{number}", b"{}")
    print(number, flush=True)
"""


def file_of(out: Path) -> Path:
    """Where the store of an output folder lies."""
    return out / ".grader" / "store.sqlite3"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open, empty store."""
    with Store.open(tmp_path) as opened:
        yield opened


def test_observations_are_found_by_key_after_reopening(tmp_path: Path) -> None:
    """What was put is there for the next run, byte for byte; an unknown key has nothing."""
    payload = bytes(range(256)) * 100
    with Store.open(tmp_path) as store:
        store.put_observations("k", "alice", payload)
    with Store.open(tmp_path) as store:
        assert store.get_observations("k") == payload
        assert store.get_observations("other") is None


def test_the_newest_observations_of_a_submission_count(store: Store) -> None:
    """A second hand-in supersedes the first, which stays findable by its key."""
    store.put_observations("k1", "alice", b"first")
    store.put_observations("k2", "alice", b"second")
    assert store.latest("alice") == StoredRun("alice", "k2", b"second")
    assert store.get_observations("k1") == b"first"
    assert store.latest("bob") is None


def test_equal_submissions_share_observations(store: Store) -> None:
    """Reusing what another submission left makes it this one's newest, also going back to an earlier hand-in."""
    store.put_observations("k1", "alice", b"one")
    store.put_observations("k2", "alice", b"two")
    assert store.reuse_observations("k1", "bob") == b"one"
    assert store.reuse_observations("k1", "alice") == b"one"
    assert store.latest("bob") == StoredRun("bob", "k1", b"one")
    assert store.latest("alice") == StoredRun("alice", "k1", b"one")


def test_reusing_what_is_not_there_changes_nothing(store: Store) -> None:
    """A miss is None and leaves no trace to trip over when rejudging."""
    assert store.reuse_observations("missing", "alice") is None
    assert store.submissions() == []


def test_rejudging_walks_over_all_submissions_and_may_write(store: Store) -> None:
    """Each submission comes once, by name, with its newest; results may be put on the way."""
    for name, key in (("bob", "k1"), ("Алиса", "k2"), ("bob", "k3"), ("alice", "k4")):
        store.put_observations(key, name, key.encode())
    walked = []
    for run in store.all_latest():
        store.put_result(run.submission, run.key, b"judged")
        walked.append((run.submission, run.payload))
    assert walked == [("alice", b"k4"), ("bob", b"k3"), ("Алиса", b"k2")]


def test_results_belong_to_a_submission_and_a_key(store: Store) -> None:
    """Equal work by two people has two results; a new judgement under the same key replaces the old."""
    store.put_result("alice", "k", b"hers")
    store.put_result("bob", "k", b"his")
    store.put_result("bob", "k", b"his, again")
    assert store.get_result("alice", "k") == b"hers"
    assert store.get_result("bob", "k") == b"his, again"
    assert store.get_result("bob", "other") is None


def test_threads_may_share_a_store(store: Store) -> None:
    """Puts from several threads at once are all kept."""

    def put(number: int) -> None:
        store.put_observations(f"k{number}", f"s{number % 5}", str(number).encode())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(40)))
    assert all(store.get_observations(f"k{number}") == str(number).encode() for number in range(40))
    assert len(store.submissions()) == 5


def test_sudden_death_loses_nothing_that_was_put(tmp_path: Path) -> None:
    """Another process reads along while one writes; killed at any moment, all it had finished is there."""
    with subprocess.Popen(
        [sys.executable, "-c", PUT_FOREVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with Store.open(tmp_path) as reader:
            for _ in range(5):
                finished = int(process.stdout.readline())
                assert reader.get_result(f"name{finished}", f"key{finished}") == b"{}"
        os.kill(process.pid, signal.SIGKILL)
        finished = max([finished, *map(int, process.stdout.read().split())])
    with Store.open(tmp_path) as store:
        for number in range(finished + 1):
            assert store.get_observations(f"key{number}") == str(number).encode() * 20_000
            assert store.get_result(f"name{number}", f"key{number}") == b"{}"


def test_two_may_create_it_at_once(tmp_path: Path) -> None:
    """Opening for the first time from several sides gives one store."""
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(Store.open, [tmp_path] * 8))
    stores[0].put_observations("k", "alice", b"x")
    assert all(store.get_observations("k") == b"x" for store in stores)
    for store in stores:
        store.close()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    """What death just after creating the file leaves behind is no obstacle."""
    file_of(tmp_path).parent.mkdir()
    file_of(tmp_path).touch()
    with Store.open(tmp_path) as store:
        assert store.submissions() == []


def write_text(path: Path) -> None:
    """No SQLite at all."""
    path.write_text("grades: everybody gets an A\n" * 100)


def write_foreign(path: Path) -> None:
    """Somebody else's database."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE observations (a, b)")
    connection.close()


def write_newer(path: Path) -> None:
    """The store of a later grader."""
    Store.open(path.parent.parent).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def write_cut(path: Path) -> None:
    """A store of which only the first page was copied."""
    with Store.open(path.parent.parent) as store:
        store.put_observations("k", "alice", b"x" * 50_000)
    path.write_bytes(path.read_bytes()[:4096])


def use_store(out: Path) -> None:
    """What a run does."""
    with Store.open(out) as store:
        store.latest("alice")
        store.put_observations("k2", "bob", b"")


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (write_text, "is damaged or no store of the grader"),
        (write_foreign, "was not made by the grader"),
        (write_newer, "is of version 99, this grader reads 1"),
        (write_cut, "is damaged or no store of the grader"),
        (Path.mkdir, "cannot be opened"),
    ],
)
def test_what_is_no_store_is_refused_in_one_line(tmp_path: Path, write: object, reason: str) -> None:
    """A foreign, newer or damaged file is wrong usage, named with a way out, and stays as it was."""
    path = file_of(tmp_path)
    path.parent.mkdir()
    assert callable(write)
    write(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(UsageError, match=reason) as error:
        use_store(tmp_path)
    message = str(error.value)
    assert str(path) in message
    assert "choose another --out" in message
    assert "\n" not in message
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_payload_damaged_on_the_disk_is_refused(tmp_path: Path) -> None:
    """One flipped bit inside kept observations is noticed before they are judged; others stay readable."""
    with Store.open(tmp_path) as store:
        store.put_observations("k", "alice", b"SCORES" * 1000)
        store.put_observations("other", "bob", b"x")
    content = bytearray(file_of(tmp_path).read_bytes())
    content[content.index(b"SCORESSCORES")] ^= 1
    file_of(tmp_path).write_bytes(content)
    with Store.open(tmp_path) as store:
        assert store.get_observations("other") == b"x"
        with pytest.raises(UsageError, match="is damaged"):
            store.get_observations("k")


def test_an_output_folder_that_cannot_be_is_wrong_usage(tmp_path: Path) -> None:
    """A file where --out should be is told in one line."""
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(UsageError, match=r"cannot create .*choose another --out"):
        Store.open(tmp_path / "out")


def test_a_full_disk_is_no_fault_of_the_user(tmp_path: Path) -> None:
    """Running out of space while putting is a fault of the machine, and what was there before stays."""
    with Store.open(tmp_path) as store:
        store.put_observations("k", "alice", b"x")
        store._connection.execute("PRAGMA max_page_count = 10")
        with pytest.raises(GraderFault, match="full"):
            store.put_observations("big", "alice", b"x" * 200_000)
        assert store.latest("alice") == StoredRun("alice", "k", b"x")
