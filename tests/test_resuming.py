"""A killed run goes on where it was. Nothing is lost, and nothing is done twice."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox.process_tree import descendants
from grader.store import Store
from tests.testing.handed_in import write_files
from tests.testing.jobs import NET, OBJECTIVE, TRAINING

ROOT = Path(__file__).parents[1]
NAMES = ("s1", "s2", "s3", "s4", "s5")
COMMAND = "submit --dataset digits --only structure,dropout --sandbox none --jobs 2 --time-limit 60".split()
PATIENCE_SECONDS = 240

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.timeout(900),  # these are real workers, and the machine may be busy
]


@pytest.fixture(scope="module")
def homework(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a class of five that differ in a comment."""
    folder = tmp_path_factory.mktemp("homework")
    for name in NAMES:
        files = {"net.py": f"{NET}# {name}\n", "objective.py": OBJECTIVE, "training.py": TRAINING}
        write_files(folder / "submit" / name, files)
    return folder


def start(homework: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    """Start the command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "grader", *COMMAND, "--out", str(out), *more],
        cwd=homework,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(homework), "XDG_DATA_HOME": str(homework / ".data")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait until the run ends, and return its stderr. It ends with 1, as these networks lack a hidden layer."""
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1, said
    return said


def wait_for(happened: Callable[[], object]) -> None:
    """Wait until something has happened."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "that never happened"
        time.sleep(0.01)


def untimed(out: Path) -> dict[str, object]:
    """Return all results without their times."""
    found = {}
    for path in sorted(out.glob("*/result.json")):
        result = json.loads(path.read_bytes())
        result["tests"] = [{**test, "seconds": None} for test in result["tests"]]
        result["metrics"] |= {"train_seconds": None, "peak_memory_mb": None}
        result["provenance"] |= {"started": None, "seconds": None}
        found[path.parent.name] = result
    return found


def grades(out: Path) -> list[dict[str, str]]:
    """Return `grades.csv` without its times."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return [{**row, "seconds": "", "graded": ""} for row in csv.DictReader(file)]


def executions(out: Path) -> dict[str, bytes]:
    """Return what was observed, by keys."""
    with Store.open(out) as store:
        return dict(store._connection.execute("SELECT key, payload FROM executions"))


@pytest.fixture(scope="module")
def undisturbed(homework: Path) -> Path:
    """Return the results of a run that nobody kills."""
    out = homework / "undisturbed"
    finish(start(homework, out))
    assert len(executions(out)) == len(NAMES)
    return out


def in_a_sandbox(process: subprocess.Popen[str], out: Path) -> bool:
    """Tell whether the first worker is being started or runs."""
    return (out / ".grader" / "store.sqlite3").exists() and len(descendants(process.pid)) > 1


@pytest.mark.parametrize("results", [0, pytest.param(1, marks=pytest.mark.exhaustive), 3])
def test_a_killed_run_goes_on(results: int, homework: Path, undisturbed: Path) -> None:
    """A killed run executes again only what was running.

    The results are those of an undisturbed run, and no process is left.
    """
    out = homework / f"killed-after-{results}"
    process = start(homework, out)
    wait_for(lambda: in_a_sandbox(process, out) and len(list(out.glob("*/result.json"))) >= results)
    tree = descendants(process.pid)
    assert tree
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE_SECONDS)
    wait_for(lambda: not [pid for pid in tree if Path(f"/proc/{pid}").exists()])
    kept = executions(out)
    assert results <= len(kept) < len(NAMES)
    said = finish(start(homework, out))
    assert (f"grader: {len(kept)} from before, {len(NAMES) - len(kept)} to grade" in said) == (len(kept) > 0)
    now = executions(out)
    assert {key: now[key] for key in kept} == kept, "executed again, which tells when"
    assert len(now) == len(NAMES)
    assert untimed(out) == untimed(undisturbed)
    assert grades(out) == grades(undisturbed)


def test_a_second_grader_waits_and_finds_everything_done(homework: Path, undisturbed: Path) -> None:
    """A second run into the same folder waits. Nothing is executed twice, and both end as they should."""
    out = homework / "both"
    first = start(homework, out)
    wait_for(lambda: in_a_sandbox(first, out))
    second = start(homework, out, "--jobs", "1")
    said = [finish(process) for process in (first, second)]
    assert f"grader: waiting for another grader that writes to {out}: process {first.pid} on " in said[1]
    assert f"grader: {len(NAMES)} from before, 0 to grade" in said[1]
    assert untimed(out) == untimed(undisturbed)
    assert grades(out) == grades(undisturbed)


def test_readers_do_not_wait(homework: Path, undisturbed: Path) -> None:
    """Readers do not wait for a run. Results can be exported, and judged again on trial."""
    out = homework / "read"
    finish(start(homework, out))
    running = start(homework, out, "--fresh")
    wait_for(lambda: in_a_sandbox(running, out))
    for command in (["export", "csv", str(out)], ["rejudge", str(out), "--dry-run"]):
        done = subprocess.run(
            [sys.executable, "-m", "grader", *command],
            cwd=homework,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert running.poll() is None, "it was done before it could be read beside it"
    finish(running)
