"""Removing a scratch folder never changes anything else. Whoever runs the grader removes it, maybe root."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.sandbox import process_tree, scratch

_EXCHANGE = 2
ROUNDS = 40


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """Make a folder that must not be touched."""
    folder = tmp_path / "precious"
    folder.mkdir(mode=0o750)
    (folder / "below").mkdir()
    for name in ("file", "below/file"):
        (folder / name).touch()
    return folder


@contextlib.contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Repeat `act` in a thread during the block."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                act()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def assert_as_it_was(precious: Path) -> None:
    """Check that permissions and content have not changed."""
    assert precious.stat().st_mode & 0o777 == 0o750
    assert sorted(path.name for path in precious.rglob("*")) == ["below", "file", "file"]


def test_links_are_not_followed(tmp_path: Path, precious: Path) -> None:
    """Links to folders are removed, what they lead to stays."""
    root = tmp_path / "scratch"
    (root / "inner/deeper").mkdir(parents=True)
    for folder in (root, root / "inner", root / "inner/deeper"):
        (folder / "link").symlink_to(precious)
    scratch.remove(str(root))
    assert not root.exists()
    assert_as_it_was(precious)


def test_a_link_in_its_place(tmp_path: Path, precious: Path) -> None:
    """A scratch folder replaced by a link is not removed. What the link leads to stays too."""
    (tmp_path / "scratch").symlink_to(precious)
    with pytest.raises(OSError, match="scratch"):
        scratch.remove(str(tmp_path / "scratch"))
    assert_as_it_was(precious)


def naive_remove(root: Path) -> None:
    """Walk by name, as a careless removal would. It is the control of the race, and removes nothing."""
    for _ in range(200):
        for entry in list(os.scandir(root)):
            if entry.is_dir(follow_symlinks=False) and any(os.scandir(entry.path)):
                raise LookupError("there is nothing in the scratch directory's own")


def race(root: Path, precious: Path, remove: Callable[[], None]) -> None:
    """Remove `root` while its folders are swapped for links.

    The links lead to `precious`, and the swaps are as fast as can be.
    """
    renameat2 = ctypes.CDLL(None).renameat2
    pairs = [(root / f"{number}", root / f"{number}-link") for number in range(8)]
    names = [(os.fsencode(folder), os.fsencode(link)) for folder, link in pairs]

    def swap() -> None:
        for folder, link in names:
            for _ in range(20):
                renameat2(-100, folder, -100, link, _EXCHANGE)

    for _ in range(ROUNDS):
        root.mkdir(exist_ok=True)
        for folder, link in pairs:
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
            with contextlib.suppress(FileExistsError):
                link.symlink_to(precious)
        with meanwhile(swap), contextlib.suppress(OSError):
            remove()


def test_nothing_outside_is_touched_in_a_race(tmp_path: Path, precious: Path) -> None:
    """No race makes the removal touch anything outside.

    A process swaps folders for links meanwhile; a removal by names would follow them.
    """
    root = tmp_path / "scratch"
    with contextlib.suppress(LookupError):
        race(root, precious, lambda: naive_remove(root))
        pytest.skip("this machine is too slow or too fast for the race")
    race(root, precious, lambda: scratch.remove(str(root)))
    assert_as_it_was(precious)


def fill(root: Path) -> None:
    """Make some folders."""
    for number in range(50):
        (root / f"{number}").mkdir(exist_ok=True)


def remove_often(root: Path) -> None:
    """Remove a folder until something was put in meanwhile."""
    while True:
        root.mkdir(exist_ok=True)
        time.sleep(0.01)
        scratch.remove(str(root))


def test_it_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that somebody keeps filling is an error. The removal gives up after a while."""
    monkeypatch.setattr(scratch, "REMOVE_SECONDS", 0.3)
    root = tmp_path / "scratch"
    begin = time.monotonic()
    with meanwhile(lambda: fill(root)), pytest.raises(OSError, match=r"cannot be emptied|not empty"):
        remove_often(root)
    assert time.monotonic() - begin < 10


def test_permissions_and_depth_are_no_obstacle(tmp_path: Path) -> None:
    """Folders without permissions or nested deep are removed. They are nested deeper than a path can be long."""
    root = tmp_path / "scratch"
    root.mkdir()
    here = os.getcwd()  # noqa: PTH109
    try:
        os.chdir(root)
        for _ in range(1500):
            Path("deep-and-deeper").mkdir()
            os.chdir("deep-and-deeper")
    finally:
        os.chdir(here)
    (root / "closed/below").mkdir(parents=True)
    (root / "closed").chmod(0)
    scratch.remove(str(root))
    scratch.remove(str(root))
    assert not root.exists()


def test_a_claim_is_given_back_by_its_owner_alone(tmp_path: Path) -> None:
    """Only its owner gives a user id back.

    Nobody gets one that is taken, and giving back twice takes it from nobody.
    """
    mine = scratch.claim(str(tmp_path), 60600, "/tmp/mine")
    assert mine is not None
    assert scratch.claimed_user(mine) == 60600
    assert scratch.claim(str(tmp_path), 60600, "/tmp/theirs") is None
    scratch.give_back(mine, "/tmp/mine")
    theirs = scratch.claim(str(tmp_path), 60600, "/tmp/theirs")
    assert theirs == mine
    scratch.give_back(mine, "/tmp/mine")
    assert scratch.claim(str(tmp_path), 60600, "/tmp/third") is None


def test_an_ended_first_thread_is_no_end() -> None:
    """A process ends with its last thread. Its first thread may end earlier."""
    code = (
        "import ctypes, os, threading, time; threading.Thread(target=time.sleep, args=(60,)).start();"
        "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)"
    )
    process = subprocess.Popen(["/usr/bin/env", "python3", "-c", code])
    try:
        deadline = time.monotonic() + 10
        stat = Path(f"/proc/{process.pid}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert not process_tree.ended(process.pid)
    finally:
        process.kill()
    deadline = time.monotonic() + 10
    while not process_tree.ended(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.wait()
    assert process_tree.ended(process.pid)
