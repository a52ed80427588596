"""What the weaker backends let through: tried as well, so that SECURITY.md claims no more and no less than is true."""

from __future__ import annotations

import functools

import pytest

from tests.testing.sandbox import attacks
from tests.testing.sandbox.stage import Played, Stage

NAMESPACES = ["bwrap", "container"]
FAMILIES = {
    "reading": attacks.READING,
    "writing": attacks.WRITING,
    "network": attacks.NETWORK,
    "processes": attacks.PROCESSES,
    "privileges": attacks.PRIVILEGES,
    "views": attacks.VIEWS,
    "signals": attacks.SIGNALS,
}


@functools.cache
def in_none(stage: Stage) -> Played:
    """All attacks without confinement."""
    return stage.run("none", [code for family in FAMILIES.values() for code in family.values()])


@pytest.mark.parametrize("family", list(FAMILIES))
def test_none_keeps_nobody_in(stage: Stage, family: str) -> None:
    """Attacks of each family succeed in `none`: it is for code that is trusted."""
    names = [name for family in FAMILIES.values() for name in family]
    done = {name for number, name in enumerate(names) if in_none(stage).outcome(number) == "done"}
    assert done & set(FAMILIES[family])


def test_none_leaves_the_worker_open_to_root(stage: Stage) -> None:
    """A phase that runs as root looks into the worker, hardened or not; a person's at least cannot read its memory."""
    played = stage.run("none", [attacks.WORKER["read_the_workers_memory"]])
    assert played.outcome(0).startswith("done" if stage.user.name == "root" else "refused")


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "container", "none"])
def test_which_files_exist(stage: Stage, backend: str) -> None:
    """Only namespaces hide that a file exists and how large it is; Landlock hides what is in it."""
    played = stage.run(backend, ["import os; assert os.stat(HOME_FILE).st_size == len(SECRET)"])
    assert played.outcome(0).startswith("refused FileNotFoundError" if backend in NAMESPACES else "done")


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "container", "none"])
def test_which_processes_exist(stage: Stage, backend: str) -> None:
    """Only namespaces hide which process ids are taken; elsewhere the refusal to send a signal tells."""
    code = """
import os
try:
    os.kill(OUTSIDER, 0)
except PermissionError:
    pass
"""
    played = stage.run(backend, [code])
    assert played.outcome(0).startswith("refused ProcessLookupError" if backend in NAMESPACES else "done")


@pytest.mark.parametrize("backend", ["none"])
def test_shared_memory_directory(stage: Stage, backend: str) -> None:
    """`none` has the machine's own /dev/shm, where things stay."""
    played = stage.run(backend, ["open('/dev/shm/' + TOKEN, 'w').close()", "import os; os.unlink('/dev/shm/' + TOKEN)"])
    assert [played.outcome(number) for number in (0, 1)] == ["done", "done"]
