"""Limits hold in every sandbox, also in `none`. A tree that outgrows them is ended; a single process gets an error."""

from __future__ import annotations

import pytest

from tests.testing.sandbox.stage import CONFINING, MEBIBYTE, WITH_LIMITS, Stage, kind_of

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
    """The memory of all processes together is bounded.

    Pages that they share through no file could not be counted, and are refused.
    """
    played = stage.run(backend, [code + HOLD], sandbox_limits={"memory_bytes": 200 * MEBIBYTE})
    refused = code == SHARED_MEMORY and played.outcome(0).startswith("refused PermissionError")
    assert refused or played.exceeded == "memory", played.out
    assert played.memory_after == 0
    assert played.left == []


OUT_OF_SIGHT = {
    "a dead first thread": """
import ctypes, os, threading, time
def hold():
    time.sleep(0.2)
    pages = bytearray(b'x') * (320 << 20)
    time.sleep(60)
if os.fork() == 0:
    threading.Thread(target=hold).start()
    ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)
""",
    "page tables": """
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
size = 200 << 30
pages = libc.mmap(None, ctypes.c_size_t(size), 1, 0x4022, -1, ctypes.c_long(0))  # PROT_READ; private, no reserve
libc.madvise(ctypes.c_void_p(pages), ctypes.c_size_t(size), 15)  # MADV_NOHUGEPAGE
for offset in range(0, size, 2 << 20):
    ctypes.c_char.from_address(pages + offset).value
""",
    "sockets": """
import os, socket
for _ in range(3):
    if os.fork() == 0:
        break
pairs = []
try:
    for _ in range(400):
        pairs.append(socket.socketpair())
        for end in pairs[-1]:
            end.setblocking(False)
            try:
                while True:
                    end.send(bytes(1 << 16))
            except BlockingIOError:
                pass
except OSError:
    pass
""",
}


@limited
@pytest.mark.parametrize("way", list(OUT_OF_SIGHT))
def test_memory_out_of_sight(stage: Stage, backend: str, way: str) -> None:
    """Memory of a process without its first thread counts too. So does what the kernel holds for a process."""
    options = {"memory_bytes": 200 * MEBIBYTE}
    played = stage.run(backend, [OUT_OF_SIGHT[way] + HOLD], limits={"open_files": 1024}, sandbox_limits=options)
    assert played.exceeded == "memory", played.out
    assert played.left == []


@limited
def test_shared_memory_counts_once(stage: Stage, backend: str) -> None:
    """Memory that forked processes share counts once. Loader workers share the images."""
    played = stage.run(backend, [SHARED_BY_FORKS], sandbox_limits={"memory_bytes": 250 * MEBIBYTE})
    assert played.exceeded is None
    assert played.outcome(0) == "done", played.out
    assert played.most_memory > 100 * MEBIBYTE


@limited
def test_memory_of_one_process(stage: Stage, backend: str) -> None:
    """A process above its share of memory gets an error. It can report it, before anything is killed."""
    played = stage.run(backend, ["bytearray(600 << 20)"], limits={"memory_bytes": 256 * MEBIBYTE})
    assert played.outcome(0).startswith("refused MemoryError"), played.out
    assert played.exceeded is None


@limited
@pytest.mark.parametrize("code", [PROCESSES, THREADS], ids=["processes", "threads"])
def test_processes(stage: Stage, backend: str, code: str) -> None:
    """The number of processes and threads is bounded. The kernel refuses the next one, or the tree is ended."""
    played = stage.run(backend, [code + HOLD])
    refused = played.outcome(0).startswith(("refused BlockingIOError", "refused RuntimeError: can't start new thread"))
    assert refused or played.exceeded == "processes", played.out
    assert played.left == []


@limited
def test_file_size(stage: Stage, backend: str) -> None:
    """No file can grow beyond the limit."""
    code = "open(__import__('os').environ['TMPDIR'] + '/file', 'wb').write(bytes(12 << 20))"
    played = stage.run(backend, [code])
    assert played.outcome(0).startswith("refused OSError: [Errno 27]"), played.out


MAPPED_FILES = """
import ctypes, os
libc = ctypes.CDLL(None)
for number in range(16):
    file = os.open(f"{FOLDER}/{number}", os.O_RDWR | os.O_CREAT)
    libc.mmap(None, ctypes.c_size_t(4096), 1, 2, file, ctypes.c_long(0))
    os.unlink(f"{FOLDER}/{number}")
    os.write(file, bytes(4 << 20))
    os.close(file)
"""
FILES_IN_FLIGHT = """
import os, socket
one, other = socket.socketpair()
for number in range(16):
    file = os.open(f"{FOLDER}/{number}", os.O_RDWR | os.O_CREAT)
    os.unlink(f"{FOLDER}/{number}")
    os.write(file, bytes(4 << 20))
    socket.send_fds(one, [b'x'], [file])
    os.close(file)
"""
CLOSED_PROCESS = "\nimport ctypes; assert ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) == 0\n" + NAMELESS_FILES
UNREADABLE_PROGRAM = """
import os
with open('/bin/sleep', 'rb') as program:
    copy = os.open(f"{FOLDER}/copy", os.O_WRONLY | os.O_CREAT, 0o111)
    os.write(copy, program.read())
    os.close(copy)
os.execv(f"{FOLDER}/copy", ['sleep', '60'])
"""
WRITING = {
    "named": MANY_FILES,
    "nameless": NAMELESS_FILES,
    "mapped": MAPPED_FILES,
    "in flight": FILES_IN_FLIGHT,
    "of a closed process": CLOSED_PROCESS,
}


@confined
def test_number_of_files(stage: Stage, backend: str) -> None:
    """The number of files is bounded, even empty ones. They take the kernel's memory, and time to remove."""
    many = """
import os
os.chdir(os.environ['TMPDIR'])
for number in range(11_000):
    os.mknod(f'{number}')
"""
    played = stage.run(backend, [many + HOLD], seconds=120)
    assert played.exceeded == "scratch", played.out
    assert played.left == []


def test_a_program_that_cannot_be_looked_into(stage: Stage) -> None:
    """An unreadable process ends the tree, but for root. Root can still look into it."""
    played = stage.run("landlock", ["FOLDER = __import__('os').environ['TMPDIR']" + UNREADABLE_PROGRAM], seconds=8)
    assert played.exceeded == (None if stage.user.uid == 0 else "scratch")


@limited
@pytest.mark.parametrize("code", WRITING.values(), ids=WRITING)
def test_scratch(stage: Stage, backend: str, code: str) -> None:
    """The size of all files together is bounded.

    Files without a name count too. The file system refuses more, or the tree is ended; some ways to hide a file are
    refused.
    """
    if kind_of(backend) == "none" and code == FILES_IN_FLIGHT:
        pytest.skip("none refuses no system call")
    played = stage.run(backend, ["FOLDER = __import__('os').environ['TMPDIR']" + code + HOLD])
    reasons = ["OSError: [Errno 28]", "OSError: [Errno 109]"]
    reasons += ["PermissionError"] if code == FILES_IN_FLIGHT else ["AssertionError"] if code == CLOSED_PROCESS else []
    refused = played.outcome(0).startswith(tuple(f"refused {reason}" for reason in reasons))
    assert refused or played.exceeded == "scratch", played.out


@confined
def test_shared_memory_directory(stage: Stage, backend: str) -> None:
    """/dev/shm is bounded like the scratch folder, or closed."""
    played = stage.run(backend, ["FOLDER = '/dev/shm'" + MANY_FILES])
    assert played.outcome(0).startswith(("refused OSError: [Errno 28]", "refused PermissionError")), played.out


@limited
def test_open_files(stage: Stage, backend: str) -> None:
    """The number of open files of a process is bounded."""
    played = stage.run(backend, ["files = [open('/dev/null') for _ in range(100)]"])
    assert played.outcome(0).startswith("refused OSError: [Errno 24]"), played.out


@limited
def test_processor_time(stage: Stage, backend: str) -> None:
    """A phase that computes for too long is ended.

    The kernel sends a signal that may be ignored, and seconds later one that may not. The next phase still runs.
    """
    phases = ["while True: pass", "import resource; print('bounds', *resource.getrlimit(resource.RLIMIT_CPU))"]
    played = stage.run(backend, phases, limits={"cpu_seconds": 1})
    assert "[0] ended -24" in played.out, played.out  # SIGXCPU
    assert "bounds 1 6" in played.out


@limited
def test_limits_cannot_be_raised(stage: Stage, backend: str) -> None:
    """A phase cannot raise its limits."""
    if kind_of(backend) == "none" and stage.user.uid == 0:
        pytest.skip("root raises its own limits wherever nothing confines it")
    names = "RLIMIT_CPU RLIMIT_FSIZE RLIMIT_NOFILE RLIMIT_NPROC RLIMIT_DATA RLIMIT_CORE".split()
    raises = [f"import resource as r; r.setrlimit(r.{name}, (r.RLIM_INFINITY, r.RLIM_INFINITY))" for name in names]
    played = stage.run(backend, raises)
    for number, name in enumerate(names):
        assert played.outcome(number).startswith(("refused ValueError", "refused PermissionError")), name


@limited
def test_no_core_is_dumped(stage: Stage, backend: str) -> None:
    """A crash leaves no core dump behind."""
    code = "import os, resource; print(resource.getrlimit(resource.RLIMIT_CORE), flush=True); os.abort()"
    played = stage.run(backend, [code])
    assert "(0, 0)" in played.out
    assert "[0] ended -6" in played.out
