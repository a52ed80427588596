"""The system call filters decide right on both architectures.

They run on a small model of the kernel's machine. What they refuse on this machine is seen in `test_confinement`; here
they are read in full, and for the other architecture too.
"""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from grader.sandbox import seccomp
from grader.sandbox.seccomp import Rule

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
ALLOW, KILL = "allow", "kill"
FILTERS = {
    "namespace": seccomp.namespace_rules(),
    "namespace-gpu": seccomp.namespace_rules(gpu=True),
    "shared": seccomp.shared_machine_rules(),
    "shared-gpu": seccomp.shared_machine_rules(gpu=True),
    "child-1": seccomp.shared_machine_child_rules(1),
    "child-6": seccomp.shared_machine_child_rules(6),
}
NEEDED_CALLS = {  # on x86-64, on aarch64
    "read": (0, 63), "write": (1, 64), "openat": (257, 56), "mmap": (9, 222), "mprotect": (10, 226), "futex": (202, 98),
    "execve": (59, 221), "wait4": (61, 260), "exit_group": (231, 94), "sched_getaffinity": (204, 123),
    "getrandom": (318, 278), "rt_sigaction": (13, 134), "madvise": (28, 233), "membarrier": (324, 283),
}  # fmt: skip

machines = pytest.mark.parametrize("machine", list(ARCHITECTURES))
filters = pytest.mark.parametrize("name", list(FILTERS))


def decide(program: bytes, architecture: int, number: int, arguments: tuple[int, ...] = ()) -> int | str:
    """Return the filter's answer to a call. It is `ALLOW`, `KILL`, or the error that the call fails with."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    instructions = list(struct.iter_unpack("=HBBI", program))
    accumulator = position = 0
    while True:
        code, when_true, when_false, k = instructions[position]
        position += 1
        if code == 0x20:  # load a word
            accumulator = struct.unpack_from("=I", data, k)[0]
        elif code == 0x54:
            accumulator &= k
        elif code in (0x15, 0x25):
            hit = accumulator == k if code == 0x15 else accumulator > k
            position += when_true if hit else when_false
        else:
            assert code == 0x06, f"{code:#x} is no instruction of ours"
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}.get(k, k & 0xFFFF)


def answer(name: str, machine: str, call: str | int, *arguments: int) -> int | str:
    """Return the answer of the filter `name` to a call. The call is given by name or number."""
    column = list(ARCHITECTURES).index(machine)
    number = seccomp._NUMBERS[call][column] if isinstance(call, str) else call
    assert number is not None
    return decide(seccomp.assemble(FILTERS[name], machine), ARCHITECTURES[machine], number, arguments)


@machines
@filters
def test_every_rule_decides(name: str, machine: str) -> None:
    """Every rule decides its call.

    Without checks the call always fails; with checks it fails for some arguments only.
    """
    column = list(ARCHITECTURES).index(machine)
    for rule in FILTERS[name]:
        if seccomp._NUMBERS[rule.name][column] is None:
            continue
        if not rule.checks:
            assert answer(name, machine, rule.name) == rule.errno, rule.name
            continue
        right = {check.argument: 0x18 if check.refused else check.values[0] for check in rule.checks}
        arguments = [right.get(position, 0) for position in range(6)]
        assert answer(name, machine, rule.name, *arguments) == ALLOW, rule.name
        for check in rule.checks:
            wrong = list(arguments)
            wrong[check.argument] = check.values[0] if check.refused else check.values[0] ^ check.mask
            expected = rule.errno if check.errno is None else check.errno
            assert answer(name, machine, rule.name, *wrong) == expected, rule.name


@machines
@filters
def test_what_a_training_needs_is_allowed(name: str, machine: str) -> None:
    """A training needs files, memory, threads and processes: all allowed."""
    for call, numbers in NEEDED_CALLS.items():
        assert answer(name, machine, numbers[list(ARCHITECTURES).index(machine)]) == ALLOW, call


@machines
@filters
def test_other_numbers(name: str, machine: str) -> None:
    """New and x32 system calls fail as on older kernels."""
    for number in (457, 458, 463, 0x4000_0000, 0x4000_0000 + 59, 0xFFFF_FFFF):
        assert answer(name, machine, number) == errno.ENOSYS
    assert answer(name, machine, 456) == ALLOW


@machines
@filters
def test_foreign_architecture(name: str, machine: str) -> None:
    """Calls of another architecture end the process. They have other numbers; 32-bit x86 is one."""
    program = seccomp.assemble(FILTERS[name], machine)
    others = [0x40000003, *(value for other, value in ARCHITECTURES.items() if other != machine)]
    assert [decide(program, other, 0) for other in others] == [KILL, KILL]


@machines
def test_namespaces_and_sockets(machine: str) -> None:
    """New namespaces and network sockets are refused. Threads are allowed, and local sockets at most."""
    threads = 0x3D0F00  # what the C library passes for a thread
    for name in ("namespace", "shared"):
        assert answer(name, machine, "clone", threads) == ALLOW
        for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x80):
            assert answer(name, machine, "clone", flag | 17) == errno.EPERM, hex(flag)
        assert answer(name, machine, "clone3") == errno.ENOSYS
        assert [answer(name, machine, "ioctl", 0, request) for request in (0x5412, 0x541C, 0x5401)] == [1, 1, ALLOW]
    families = {"unix": 1, "inet": 2, "inet6": 10, "netlink": 16, "packet": 17, "vsock": 40}
    allowed = [name for name, family in families.items() if answer("namespace", machine, "socket", family) == ALLOW]
    assert allowed == ["unix"]
    assert all(answer("shared", machine, "socket", family) == errno.EACCES for family in families.values())


@machines
def test_locks_are_granted_and_not_taken(machine: str) -> None:
    """Locks are granted without asking the kernel.

    A question about one, and all else that `fcntl` does, goes to the kernel.
    """
    commands = {"F_SETLK": 6, "F_SETLKW": 7, "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38}
    for name in ("namespace", "namespace-gpu", "shared", "shared-gpu"):
        assert answer(name, machine, "flock", 3, 2) == 0
        assert [answer(name, machine, "fcntl", 3, command) for command in commands.values()] == [0] * 4
        assert [answer(name, machine, "fcntl", 3, command) for command in (0, 2, 4, 5, 36, 1030)] == [ALLOW] * 6


@machines
def test_clocks_of_others(machine: str) -> None:
    """Clocks of other processes cannot be read.

    Those of the machine and of one's own threads can; this holds where processes are shared.
    """
    own_process, own_thread, other, device = 2, ~1234 << 3 | 6, ~1234 << 3 | 2, ~5 << 3 | 3
    for call in ("clock_gettime", "clock_nanosleep", "clock_getres", "timer_create"):
        asked = [answer("shared", machine, call, clock % 2**32) for clock in (0, own_process, own_thread)]
        assert asked == [ALLOW] * 3
        assert [answer("shared", machine, call, clock % 2**32) for clock in (other, device)] == [errno.EINVAL] * 2


@machines
def test_numbers_are_the_kernels(machine: str) -> None:
    """The call numbers agree with the kernel's headers. aarch64 uses the generic ones."""
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"{header} is not installed")
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
    column = list(ARCHITECTURES).index(machine)
    known = {call: numbers[column] for call, numbers in seccomp._NUMBERS.items() if call in defined}
    assert len(known) > 60
    assert {call: int(defined[call]) for call in known} == known


@filters
def test_it_fits(name: str) -> None:
    """A filter fits the kernel's bound and a pipe's buffer.

    The kernel takes 4096 instructions; nobody reads the pipe yet.
    """
    program = seccomp.assemble(FILTERS[name])
    assert len(program) % 8 == 0
    assert len(program) <= 8 * 4096
    assert len(program) < 1 << 16


def test_an_unknown_call_is_an_error() -> None:
    """A rule for an unknown call is an error."""
    with pytest.raises(KeyError):
        seccomp.assemble([Rule("no_such_call")])
