"""Sandboxes refuse every attack. Real ones are attacked, by root and by an ordinary user.

Each attack runs once in each sandbox, in a child that is confined as a phase's is. It also runs once with nothing in
its way: there it must succeed, or the refusals would prove nothing.
"""

from __future__ import annotations

import functools
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.testing.sandbox import attacks
from tests.testing.sandbox.stage import CONFINING, ROOT, WITH_LIMITS, Played, Stage

NUMBERS = {name: number for number, name in enumerate(attacks.ALL)}
REASONS = (
    "PermissionError",
    "ConnectionRefusedError",
    "FileNotFoundError",
    "OSError",
    "NotADirectoryError",
    "ProcessLookupError",
    "AssertionError",
)
"""Beginnings of a refusal. Any other exception is a mistake in the attack."""

confined = pytest.mark.parametrize("backend", CONFINING)


def each(family: Mapping[str, str]) -> pytest.MarkDecorator:
    """Make a test for each attack of a family."""
    return pytest.mark.parametrize("attack", list(family))


def outside(stage: Stage) -> dict[str, tuple[int, int, bytes]]:
    """Return all files beside the sandbox. Each has its mode, time of change and content."""
    files = [path for path in stage.folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mode, path.stat().st_ctime_ns, path.read_bytes()) for path in files}


@functools.cache
def attacked(stage: Stage, backend: str) -> tuple[Played, bool]:
    """Run all attacks in one sandbox, each in its own phase. Also tell whether the files outside are as they were."""
    before = outside(stage)
    played = stage.run(backend, list(attacks.ALL.values()))
    return played, outside(stage) == before


@functools.cache
def unopposed(stage: Stage) -> Played:
    """Run all attacks outside of any sandbox."""
    return stage.unconfined(list(attacks.ALL.values()))


def assert_refused(stage: Stage, backend: str, attack: str) -> None:
    """Check that an attack was refused by the confinement."""
    outcome = attacked(stage, backend)[0].outcome(NUMBERS[attack])
    word, _, reason = outcome.partition(" ")
    assert word == "refused", f"{attack}: {outcome or 'said nothing'}"
    assert reason.startswith(REASONS), outcome


@each(attacks.ALL)
def test_control(stage: Stage, attack: str) -> None:
    """Every attack succeeds where nothing confines."""
    if attack in attacks.FOR_ROOT_ALONE and stage.user.name != ROOT:
        pytest.skip("an ordinary user can do this nowhere")
    if attack == "become_root_by_program" and not Path(stage.names["SET_UID_ID"]).exists():
        pytest.skip("it takes root to make the program for it")
    outcome = unopposed(stage).outcome(NUMBERS[attack])
    if outcome != "done" and attack in attacks.MACHINES_REFUSE | attacks.TRACING:
        pytest.skip(f"this machine refuses it to everybody: {outcome}")
    assert outcome == "done"


@confined
@each(attacks.READING)
def test_reading(stage: Stage, backend: str, attack: str) -> None:
    """Only listed files of the host can be read."""
    assert_refused(stage, backend, attack)


@confined
@each(attacks.WRITING)
def test_writing(stage: Stage, backend: str, attack: str) -> None:
    """No file of the host can be changed. That includes files that may be read."""
    assert_refused(stage, backend, attack)


@confined
@each(attacks.NETWORK)
def test_network(stage: Stage, backend: str, attack: str) -> None:
    """The network is closed. So are services of this machine and programs of the same user."""
    assert_refused(stage, backend, attack)


@confined
@each(attacks.PROCESSES)
def test_processes(stage: Stage, backend: str, attack: str) -> None:
    """Processes of the host cannot be looked into or changed."""
    assert_refused(stage, backend, attack)


@confined
@each(attacks.PRIVILEGES)
def test_privileges(stage: Stage, backend: str, attack: str) -> None:
    """No program gets more privileges than the sandbox began with."""
    assert_refused(stage, backend, attack)


@confined
@each(attacks.WORKER)
def test_worker(stage: Stage, backend: str, attack: str) -> None:
    """A phase cannot reach the worker that relays its answers."""
    assert_refused(stage, backend, attack)


@confined
@each(attacks.VIEWS)
def test_views(stage: Stage, backend: str, attack: str) -> None:
    """The kernel tells nothing of keys, mounts or outer processes."""
    assert_refused(stage, backend, attack)


@pytest.mark.parametrize("backend", [name for name in CONFINING if name != "container"])
@each(attacks.TABLES)
def test_tables(stage: Stage, backend: str, attack: str) -> None:
    """Tables in /proc are closed but for what programs need."""
    assert_refused(stage, backend, attack)


@confined
@each(attacks.SIGNALS)
def test_signals(stage: Stage, backend: str, attack: str) -> None:
    """No lock or mark on a file reaches another sandbox."""
    assert_refused(stage, backend, attack)


@confined
def test_nothing_has_happened_outside(stage: Stage, backend: str) -> None:
    """After all attacks everything outside is as it was. The sandbox has ended by itself, and nothing of it is left."""
    played, files_as_they_were = attacked(stage, backend)
    assert (played.status, played.exceeded, played.left) == (0, None, [])
    assert stage.outsider_lives()
    assert files_as_they_were


@confined
def test_a_phase_cannot_end_the_worker(stage: Stage, backend: str) -> None:
    """A phase cannot end the worker by signals.

    They go to it, its group and everybody; the next phase still runs, and nobody outside dies.
    """
    ending = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGABRT, signal.SIGKILL]
    targets = ["(os.getppid() or 1)", "1", "-os.getppid()", "0", "-1"]
    aims = [(target, number) for target in targets for number in ending]
    aims += [(target, signal.SIGSTOP) for target in targets[:2]]  # a process that stops its group stops too
    phases = [f"import os; os.kill({target}, {number:d})" for target, number in aims]
    played = stage.run(backend, [*phases, "print('still here')"])
    assert played.outcome(len(phases)) == "done", played.out + played.err
    assert stage.outsider_lives()


ORPHANED_GROUP = """
import os, signal, time
group = os.getpgrp()
if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
if os.fork() == 0:
    os.setpgid(0, 0)
    if os.fork() == 0:
        os.setpgid(0, group)
        time.sleep(0.3)
        os._exit(0)  # the last of its group with a parent in another one: the kernel hangs up on the group
    time.sleep(1)
    os._exit(0)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
time.sleep(1.5)
"""


@confined
def test_the_kernels_hang_up_ends_nothing(stage: Stage, backend: str) -> None:
    """The signal for a stopped orphaned group ends nothing. It reaches neither the worker nor its monitor."""
    played = stage.run(backend, [ORPHANED_GROUP, "print('still here')"])
    assert played.outcome(1) == "done", played.out + played.err
    assert played.status == 0


@pytest.mark.parametrize("backend", WITH_LIMITS)
def test_environment(stage: Stage, backend: str) -> None:
    """Nothing of the grader's environment arrives inside. Only the backend and the caller set variables."""
    played = stage.run(backend, ["import os; print('names', *os.environ)"], environment={"GIVEN": "1"})
    names = next(line.split()[1:] for line in played.out.splitlines() if line.startswith("names"))
    allowed = "PATH HOME TMPDIR LANG USER LOGNAME GIVEN PWD LC_CTYPE GRADER_CONFINEMENT GRADER_CHILDREN".split()
    allowed += ["GRADER_HOLDER"]
    engines_add = ["HOSTNAME", "TERM", "container"] if backend == "container" else []
    assert {"GIVEN", "TMPDIR"} <= set(names) <= {*allowed, *engines_add}
