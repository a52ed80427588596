"""Limits hold in every sandbox, in `none` too: a tree outgrows nothing for long, one process alone hears an error."""

from __future__ import annotations

import pytest

from tests.sandbox.stage import CONFINING, MEBIBYTE, WITH_LIMITS, Stage

limited = pytest.mark.parametrize("backend", WITH_LIMITS)
confined = pytest.mark.parametrize("backend", CONFINING)

HOLD = "\nimport time; time.sleep(60)"
FORKED_MEMORY = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        pages = bytearray(b'x') * (80 << 20)
        time.sleep(60)
"""
SHARED_MEMORY = """
import mmap
pages = mmap.mmap(-1, 320 << 20)
for offset in range(0, len(pages), 4096):
    pages[offset] = 1
"""
SHARED_BY_FORKS = """
import os, time
pages = bytearray(b'x') * (100 << 20)
for _ in range(4):
    if os.fork() == 0:
        sum(pages[offset] for offset in range(0, len(pages), 4096))
        time.sleep(60)
time.sleep(1)
"""
MANY_FILES = """
import os
for number in range(16):
    with open(f"{FOLDER}/{number}", "wb") as file:
        file.write(bytes(4 << 20))
"""
NAMELESS_FILES = """
import os
files = []
for number in range(16):
    files.append(open(f"{FOLDER}/{number}", "wb", buffering=0))
    os.unlink(files[-1].name)
    files[-1].write(bytes(4 << 20))
"""
PROCESSES = """
import os, time
for number in range(200):  # bounded, should nothing else be
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
"""
THREADS = """
import threading, time
for number in range(200):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
"""


@limited
@pytest.mark.parametrize("code", [FORKED_MEMORY, SHARED_MEMORY], ids=["forked", "shared"])
def test_memory_of_the_tree(stage: Stage, backend: str, code: str) -> None:
    """However the processes of a sandbox divide their memory among them, together it is bounded; and what could not be
    counted, pages that they share through no file, is refused."""
    played = stage.run(backend, [code + HOLD], sandbox_limits={"memory_bytes": 200 * MEBIBYTE})
    refused = code == SHARED_MEMORY and played.outcome(0).startswith("refused PermissionError")
    assert refused or played.exceeded == "memory", played.out
    assert played.memory_after == 0
    assert played.left == []


@limited
def test_shared_memory_counts_once(stage: Stage, backend: str) -> None:
    """Pages that forked processes share are not held against them several times: loader workers share the images."""
    played = stage.run(backend, [SHARED_BY_FORKS], sandbox_limits={"memory_bytes": 250 * MEBIBYTE})
    assert played.exceeded is None
    assert played.outcome(0) == "done", played.out
    assert played.most_memory > 100 * MEBIBYTE


@limited
def test_memory_of_one_process(stage: Stage, backend: str) -> None:
    """A process that asks for more than its share gets an error it can report, before anything is killed."""
    played = stage.run(backend, ["bytearray(600 << 20)"], limits={"memory_bytes": 256 * MEBIBYTE})
    assert played.outcome(0).startswith("refused MemoryError"), played.out
    assert played.exceeded is None


@limited
@pytest.mark.parametrize("code", [PROCESSES, THREADS], ids=["processes", "threads"])
def test_processes(stage: Stage, backend: str, code: str) -> None:
    """Processes and threads are bounded: the kernel refuses the next one, or the tree is found too large and ended."""
    played = stage.run(backend, [code + HOLD])
    refused = played.outcome(0).startswith(("refused BlockingIOError", "refused RuntimeError: can't start new thread"))
    assert refused or played.exceeded == "processes", played.out
    assert played.left == []


@limited
def test_file_size(stage: Stage, backend: str) -> None:
    """No file grows beyond the limit on one file."""
    code = "open(__import__('os').environ['TMPDIR'] + '/file', 'wb').write(bytes(12 << 20))"
    played = stage.run(backend, [code])
    assert played.outcome(0).startswith("refused OSError: [Errno 27]"), played.out


@limited
@pytest.mark.parametrize("code", [MANY_FILES, NAMELESS_FILES], ids=["named", "nameless"])
def test_scratch(stage: Stage, backend: str, code: str) -> None:
    """All files together are bounded, those without a name included: by the file system, or the tree is ended."""
    played = stage.run(backend, ["FOLDER = __import__('os').environ['TMPDIR']" + code + HOLD])
    assert played.outcome(0).startswith("refused OSError: [Errno 28]") or played.exceeded == "scratch", played.out


@confined
def test_shared_memory_directory(stage: Stage, backend: str) -> None:
    """/dev/shm is bounded like the scratch directory, or closed."""
    played = stage.run(backend, ["FOLDER = '/dev/shm'" + MANY_FILES])
    assert played.outcome(0).startswith(("refused OSError: [Errno 28]", "refused PermissionError")), played.out


@limited
def test_open_files(stage: Stage, backend: str) -> None:
    """A process holds no more descriptors than it may."""
    played = stage.run(backend, ["files = [open('/dev/null') for _ in range(100)]"])
    assert played.outcome(0).startswith("refused OSError: [Errno 24]"), played.out


@limited
def test_processor_time(stage: Stage, backend: str) -> None:
    """A phase that computes for longer than it may is ended by the kernel, with a signal that it may ignore; a few
    seconds later comes one that it cannot. The next phase begins."""
    phases = ["while True: pass", "import resource; print('bounds', *resource.getrlimit(resource.RLIMIT_CPU))"]
    played = stage.run(backend, phases, limits={"cpu_seconds": 1})
    assert "[0] ended -24" in played.out, played.out  # SIGXCPU
    assert "bounds 1 6" in played.out


@limited
def test_limits_cannot_be_raised(stage: Stage, backend: str) -> None:
    """What a phase is given is the most it will ever have."""
    if backend == "none" and stage.user.uid == 0:
        pytest.skip("root raises its own limits wherever nothing confines it")
    names = "RLIMIT_CPU RLIMIT_FSIZE RLIMIT_NOFILE RLIMIT_NPROC RLIMIT_DATA RLIMIT_CORE".split()
    raises = [f"import resource as r; r.setrlimit(r.{name}, (r.RLIM_INFINITY, r.RLIM_INFINITY))" for name in names]
    played = stage.run(backend, raises)
    for number, name in enumerate(names):
        assert played.outcome(number).startswith(("refused ValueError", "refused PermissionError")), name


@limited
def test_no_core_is_dumped(stage: Stage, backend: str) -> None:
    """A crash leaves no image of the process's memory behind."""
    code = "import os, resource; print(resource.getrlimit(resource.RLIMIT_CORE), flush=True); os.abort()"
    played = stage.run(backend, [code])
    assert "(0, 0)" in played.out
    assert "[0] ended -6" in played.out
