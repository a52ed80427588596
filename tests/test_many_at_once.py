"""Tests of many submissions at once.

There are never more than asked for, results are the same, and an end comes at once.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.i18n import translator
from grader.model import Result, Submission
from grader.report.json import to_json
from grader.report.order import in_order
from grader.sandbox.process_tree import descendants
from tests.testing.jobs import NET, OBJECTIVE, submission
from tests.testing.runs import assignment, run_all, setup_of
from tests.testing.warm import WarmBackend, WarmSandbox

ROOT = Path(__file__).parents[1]
SLEEPER = "import time\ntime.sleep(600)\n"
RATES = {"s10": 0.1, "s2": 0.05, "s1": 0.2, "b": 0.01, "a": 0.3, "c": 0.02}
"""Learning rates of six submissions by name. Names are not in order, and no two results are the same."""


class CountingBackend(WarmBackend):
    """A backend that counts the sandboxes running at a time.

    The first few wait for each other, so that all of them do run.
    """

    def __init__(self, slots: int) -> None:
        self._lock, self._together = threading.Lock(), threading.Barrier(slots)
        self._slots, self._launched = slots, list[WarmSandbox]()
        self.most = 0

    def launch(self, spec: object) -> WarmSandbox:
        sandbox = super().launch(spec)
        with self._lock:
            self._launched.append(sandbox)
            number = len(self._launched)
            self.most = max(self.most, sum(one.poll() is None for one in self._launched))
        if number <= self._slots:
            self._together.wait(60)
        return sandbox


def six() -> list[Submission]:
    """Six tiny submissions with different learning rates."""
    return [submission(name, objective=OBJECTIVE.replace("lr=0.1", f"lr={rate}")) for name, rate in RATES.items()]


def untimed(result: Result) -> dict[str, object]:
    """The content of `result.json` without times."""
    said = json.loads(json.dumps(to_json(result, translator("en"))))
    for test in said["tests"]:
        del test["seconds"]
    for name in ("train_seconds", "peak_memory_mb"):
        del said["metrics"][name]
    for name in ("seconds", "started"):
        del said["provenance"][name]
    return said


def test_three_at_a_time_are_three_and_come_to_the_same() -> None:
    """Three at a time give the same results as one. The table is in name order."""
    backend = CountingBackend(3)
    categories = ("accuracy",)
    together = run_all(setup_of(assignment(), backend=backend, categories=categories), *six(), engine="local", slots=3)
    alone = run_all(setup_of(assignment(), categories=categories), *six(), engine="local", slots=1)
    assert backend.most == 3
    assert [result.submission for result in in_order(together)] == ["a", "b", "c", "s1", "s2", "s10"]
    assert [untimed(result) for result in in_order(together)] == [untimed(result) for result in in_order(alone)]
    assert len({result.metrics.train_loss for result in together}) == len(RATES)


def write(name: str, batch: Path, **sources: str) -> None:
    """Write a submission as a folder of `batch`."""
    for path, content in submission(name, **sources).files.items():
        (batch / name / path).parent.mkdir(parents=True, exist_ok=True)
        (batch / name / path).write_bytes(content)


def command(*arguments: str | Path) -> list[str]:
    """A command line of `grader` that needs no MNIST."""
    return [sys.executable, "-m", "grader", *map(str, arguments), "--dataset", "digits", "--only", "structure"]


def wait_for(condition: Callable[[], bool], running: subprocess.Popen[bytes]) -> None:
    """Wait until `condition` holds, looking now and then. On a busy machine that may take long."""
    deadline = time.monotonic() + 240
    while not condition():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGINT, id="ctrl-c"),
        pytest.param(signal.SIGTERM, id="kill", marks=pytest.mark.exhaustive),
        pytest.param(signal.SIGHUP, id="hang-up"),
    ],
)
def test_an_end_that_is_asked_for_keeps_what_is_done(how: signal.Signals, tmp_path: Path) -> None:
    """An interrupted run keeps what is done.

    Every sandbox ends, the batch has its files, one line says how to go on, and a second signal does nothing.
    """
    batch, out = tmp_path / "batch", tmp_path / "grades"
    write("s1", batch)
    for name in ("s2", "s3", "s4"):
        write(name, batch, net=SLEEPER + NET)
    first = command(batch, "--out", out, "--jobs", "2")
    running = subprocess.Popen(
        first,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell's jobs ignore it
    )
    wait_for((out / "s1" / "result.json").exists, running)
    tree = descendants(running.pid)
    assert len(tree) >= 2
    running.send_signal(how)
    time.sleep(0.05)
    running.send_signal(how)
    printed, said = running.communicate(timeout=120)
    assert running.returncode == 128 + how, said
    assert printed == b""
    assert said.decode().splitlines()[-1] == (
        "grader: interrupted; run the same command again to go on: 1 of 4 are kept"
    )
    assert b"Traceback" not in said
    assert [pid for pid in tree if Path(f"/proc/{pid}").exists()] == []
    of_class = {"grades.csv", "overview.md", "index.html", "index.en.html", "index.ru.html"}
    assert {path.name for path in out.iterdir() if not path.name.startswith(".")} == {"s1", *of_class}
    for name in ("s2", "s3", "s4"):
        shutil.rmtree(batch / name)
    write("s2", batch, net=f"{NET}\n# not what s1 handed in\n")
    again = subprocess.run(first, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "1 from before, 1 to grade" in again.stderr


def read_all(terminal: int, running: subprocess.Popen[bytes]) -> str:
    """Output on a terminal until its command has ended."""
    written = b""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                written += os.read(terminal, 1 << 16)
            except OSError:  # Linux raises this when the other side is closed
                break
        elif running.poll() is not None:
            break
    return written.decode()


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("term", ["xterm-256color", pytest.param("dumb", marks=pytest.mark.exhaustive)])
def test_on_a_terminal(term: str, tmp_path: Path) -> None:
    """A terminal shows what runs and keeps what is done. Where the cursor cannot be moved there are only lines."""
    for name in ("Анна", "bob"):
        write(name, tmp_path / "batch")
    inside, outside = pty.openpty()
    running = subprocess.Popen(
        command(tmp_path / "batch", "--out", tmp_path / "grades", "--jobs", "2"),
        cwd=ROOT,
        env={**os.environ, "TERM": term, "COLUMNS": "60", "LINES": "20"},
        stdout=subprocess.DEVNULL,
        stderr=outside,
    )
    os.close(outside)
    written = read_all(inside, running)
    os.close(inside)
    assert running.wait(60) == 1
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    assert "grader: 2 at a time, " in plain
    assert [name for name in ("Анна: ", "bob: ") if name not in plain] == []
    if term == "dumb":
        assert "\x1b" not in written
        assert "of 2 done" not in plain
        assert len(plain.splitlines()) == 4  # the sandbox, how many at a time, and one for each that is done
    else:
        assert re.search(r"Анна +structure +0:\d\d", plain)
        assert "0 of 2 done, 0 failed" in plain
        assert "\x1b[2K" in written
