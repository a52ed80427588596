"""Students' tools use as many torch threads as pay. Threads sleep while they wait."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from solutions import net, threads
from solutions.data import load_digits
from tests.testing.released import student_files

SPY = """
import json, os, sys
class Spy:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(json.dumps({n: os.environ.get(n) for n in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}), flush=True)
            os._exit(7)
sys.meta_path.insert(0, Spy())
"""
"""Print what torch would read of the environment, then exit. This happens where torch is imported."""


@pytest.fixture(autouse=True)
def _threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin with four threads and no number in the environment. Afterwards the number is as before."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


class Work:
    """A training step that moves a clock of its own.

    It takes `seconds` of one thread, and `waiting` more for each further one.
    """

    def __init__(self, seconds: float, waiting: float) -> None:
        self.seconds, self.waiting = seconds, waiting
        self.now, self.steps = 0.0, 0

    def __call__(self) -> None:
        self.steps += 1
        n = torch.get_num_threads()
        self.now += self.seconds / n + self.waiting * (n - 1)

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic


@pytest.mark.parametrize(
    ("seconds", "waiting", "expected"),
    [(0.002, 0.001, 1), (0.02, 0.0, 4), (0.02, 0.002, 2), (0.02, 0.0085, 1), (30.0, 0.0, 4)],
    ids=["small batches", "large batches", "in between", "hardly any gain", "steps of half a minute"],
)
def test_as_many_threads_are_taken_as_pay(
    seconds: float, waiting: float, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many threads are used as pay. One where they would wait for each other, all where these compute."""
    work = Work(seconds, waiting)
    monkeypatch.setattr(threads, "time", work)
    assert threads.choose(work) == expected
    assert torch.get_num_threads() == expected
    assert work.now < 2 or work.steps < 10


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS"])
def test_a_number_in_the_environment_is_obeyed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread count in the environment is obeyed. Nothing is measured or changed."""
    monkeypatch.setenv(name, "4")
    work = Work(0.002, 0.001)
    assert threads.choose(work) == 4
    assert threads.choose_for_training(load_digits().train, 16) == 4
    with threads.one():
        assert torch.get_num_threads() == 4
    assert work.steps == 0


def test_a_step_that_fails_changes_nothing() -> None:
    """A step that fails leaves the thread count unchanged. Its error is passed on."""

    def fail() -> None:
        torch.set_num_threads(2)
        raise ValueError("no step")

    with pytest.raises(ValueError, match="no step"):
        threads.choose(fail)
    assert torch.get_num_threads() == 4


def test_one_thread_meanwhile() -> None:
    """One thread computes meanwhile. The number from before comes back, even after an error."""
    seen = []
    with contextlib.suppress(KeyError), threads.one():
        seen.append(torch.get_num_threads())
        raise KeyError
    assert seen == [1]
    assert torch.get_num_threads() == 4


def test_a_network_that_fails_is_left_to_the_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The measurement does not mention a network that fails. The training does."""

    class Unwritten(torch.nn.Module):
        def __init__(self) -> None:
            print("building")
            raise NotImplementedError

    monkeypatch.setattr(net, "Net", Unwritten)
    assert threads.choose_for_training(load_digits().train, 16) == 4
    assert capsys.readouterr().out == ""


def test_measuring_changes_no_random_numbers() -> None:
    """Measuring changes no random numbers. A training after it is the same as without it."""
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    threads.choose_for_training(load_digits().train, 16)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("name", ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"])
def test_who_says_how_threads_wait_is_obeyed(name: str) -> None:
    """A variable that says how threads wait is obeyed. One of any library leaves all as they are."""
    environment = {name: "as I want"}
    threads.let_sleep(environment)
    assert environment == {name: "as I want"}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the repository of a student."""
    root = tmp_path_factory.mktemp("repository")
    for name, content in student_files().items():
        path = root / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def before_torch(root: Path, *command: str, **variables: str) -> str:
    """Return what torch would read of the environment, as JSON. It does so in `python -m COMMAND` at `root`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_", "KMP_"))}
    code = f"{SPY}\nimport runpy\nsys.argv = {list(command)!r}\nrunpy.run_module(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


COMMANDS = {
    "tests": ("pytest", "student", "-s", "-q", "-p", "no:cacheprovider", "-p", "pytest_timeout"),
    "train": ("student", "train"),
    "evaluate": ("student", "evaluate"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_threads_sleep_in_what_students_run(command: str, released: Path) -> None:
    """Threads sleep in all that students run. The variables are set before torch is imported."""
    seen = before_torch(released, *COMMANDS[command])
    assert seen == '{"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "3000"}'


@pytest.mark.parametrize("command", ["tests", "train"])
def test_a_way_to_wait_in_the_environment_stays(command: str, released: Path) -> None:
    """A way to wait that the environment names stays."""
    seen = before_torch(released, *COMMANDS[command], OMP_WAIT_POLICY="active")
    assert seen == '{"OMP_WAIT_POLICY": "active", "GOMP_SPINCOUNT": null}'
