"""Builds system call filters. They say which calls the kernel refuses to a sandboxed process.

Theory of operation
-------------------
A filter is a program for the kernel's BPF machine. It sees the architecture, the number of the call and its six
arguments (numbers only: it cannot look behind a pointer) and answers "allow" or "fail with this errno". It is handed
over once, holds for all descendants, and can be joined by further filters but never taken off.

The filters here are deny-lists over what a training needs not and an attack might: everything that changes the system,
looks into other processes, makes namespaces, leaves objects that belong to no process, or has a long record of kernel
bugs. Some calls are refused as if the kernel were older (ENOSYS), because libraries then fall back by themselves:
`clone3`, whose flags lie behind a pointer, what watches files or names processes by descriptors, and every call with a
number beyond the newest that anything needs. Calls of a foreign architecture (32-bit code on x86-64), which have other
numbers, kill the process.

Locks on files are granted without being taken. Every sandbox can open the same programs and /dev/null, and whether such
a file is locked would be a message from one to another; a filter does not see which file is meant, and libraries do not
work where locks are refused. A phase is alone with the files that it can write; between its own processes a lock
excludes nobody. Asking whether a file is locked (F_GETLK) is allowed: SQLite needs it, and no sandbox has a lock to
be seen.

A backend without namespaces shares the machine's processes and sockets with everybody, so there the
filter also has to refuse what a namespace would have made harmless.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from grader.protocol.confinement import PID_PLACEHOLDER

_NEWEST_KNOWN = 456  # futex_requeue, Linux 6.7; what came after it shows mounts and security modules, or serves nobody
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_COLUMN = {"x86_64": 0, "aarch64": 1}

# Name: number on x86-64, on aarch64 (asm/unistd.h); None where an architecture lacks the call.
_NUMBERS: dict[str, tuple[int, int | None]] = {
    "_sysctl": (156, None), "acct": (163, 89), "add_key": (248, 217), "adjtimex": (159, 171), "bpf": (321, 280),
    "cachestat": (451, 451), "chmod": (90, None), "chown": (92, None), "chroot": (161, 51), "clock_adjtime": (305, 266),
    "clock_getres": (229, 114), "clock_gettime": (228, 113), "clock_nanosleep": (230, 115), "clock_settime": (227, 112),
    "clone": (56, 220), "clone3": (435, 435), "close_range": (436, 436), "connect": (42, 203),
    "create_module": (174, None), "delete_module": (176, 106), "fanotify_init": (300, 262), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "fchown": (93, 55), "fchownat": (260, 54), "fcntl": (72, 25),
    "fgetxattr": (193, 10), "finit_module": (313, 273), "flistxattr": (196, 13), "flock": (73, 32),
    "fremovexattr": (199, 16), "fsconfig": (431, 431), "fsetxattr": (190, 7), "fsmount": (432, 432),
    "fsopen": (430, 430), "fspick": (433, 433), "futimesat": (261, None), "getpgid": (121, 155), "getsid": (124, 156),
    "getxattr": (191, 8), "init_module": (175, 105), "inotify_add_watch": (254, 27), "inotify_init": (253, None),
    "inotify_init1": (294, 26), "io_setup": (206, 0), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425), "ioctl": (16, 29), "ioperm": (173, None), "iopl": (172, None),
    "ioprio_set": (251, 30), "kcmp": (312, 272), "kexec_file_load": (320, 294), "kexec_load": (246, 104),
    "keyctl": (250, 219), "kill": (62, 129), "lchown": (94, None), "lgetxattr": (192, 9), "listxattr": (194, 11),
    "llistxattr": (195, 12), "lookup_dcookie": (212, 18), "lremovexattr": (198, 15), "lsetxattr": (189, 6),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "migrate_pages": (256, 238), "mmap": (9, 222),
    "modify_ldt": (154, None), "mount": (165, 40), "mount_setattr": (442, 442), "move_mount": (429, 429),
    "move_pages": (279, 239), "mq_open": (240, 180), "mq_unlink": (241, 181), "msgctl": (71, 187), "msgget": (68, 186),
    "msgrcv": (70, 188), "msgsnd": (69, 189), "name_to_handle_at": (303, 264), "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265), "open_tree": (428, 428), "perf_event_open": (298, 241), "personality": (135, 92),
    "pidfd_getfd": (438, 438), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pivot_root": (155, 41),
    "prctl": (157, 167), "prlimit64": (302, 261), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "ptrace": (101, 117), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "reboot": (169, 142), "removexattr": (197, 14), "request_key": (249, 218),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119), "semctl": (66, 191),
    "semget": (64, 190), "semop": (65, 193), "semtimedop": (220, 192), "sendmmsg": (307, 269), "sendmsg": (46, 211),
    "setdomainname": (171, 162), "sethostname": (170, 161), "setns": (308, 268), "setpriority": (141, 140),
    "setsockopt": (54, 208), "settimeofday": (164, 170), "setxattr": (188, 5), "shmat": (30, 196), "shmctl": (31, 195),
    "shmget": (29, 194), "socket": (41, 198), "socketpair": (53, 199), "swapoff": (168, 225), "swapon": (167, 224),
    "syslog": (103, 116), "tgkill": (234, 131), "timer_create": (222, 107), "tkill": (200, 130), "truncate": (76, 45),
    "umount2": (166, 39), "unshare": (272, 97), "userfaultfd": (323, 282), "utime": (132, None), "utimensat": (280, 88),
    "utimes": (235, None), "vhangup": (153, 58),
}  # fmt: skip

_CHANGE_THE_SYSTEM = """
    _sysctl acct adjtimex chroot clock_adjtime clock_settime create_module delete_module finit_module fsconfig fsmount
    fsopen fspick init_module ioperm iopl kexec_file_load kexec_load modify_ldt mount mount_setattr move_mount
    nfsservctl open_tree personality pivot_root quotactl quotactl_fd reboot setdomainname sethostname setns
    settimeofday swapoff swapon syslog umount2 unshare vhangup
""".split()
_LOOK_INTO_OTHERS = """
    cachestat fanotify_init kcmp lookup_dcookie migrate_pages move_pages name_to_handle_at open_by_handle_at
    perf_event_open pidfd_getfd process_madvise process_mrelease process_vm_readv process_vm_writev ptrace
""".split()
_LARGE_ATTACK_SURFACE = """
    add_key bpf io_uring_enter io_uring_register io_uring_setup keyctl memfd_secret request_key userfaultfd
""".split()
_OBJECTS_WITHOUT_OWNER = """
    mq_open mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmget
""".split()  # they outlive a phase or the sandbox; with number and user id anybody can use those of others
_AS_IF_OLDER = """
    inotify_add_watch inotify_init inotify_init1 io_setup pidfd_open pidfd_send_signal
""".split()  # they would show what others do with a file, how many requests all make, or whose a process is
_CLOCKS = "clock_getres clock_gettime clock_nanosleep timer_create".split()
_READ_ATTRIBUTES = "fgetxattr flistxattr getxattr lgetxattr listxattr llistxattr".split()
_FILE_ATTRIBUTES = """
    chmod chown fchmod fchmodat fchmodat2 fchown fchownat fremovexattr fsetxattr futimesat lchown lremovexattr lsetxattr
    removexattr setxattr utime utimensat utimes
""".split()

_CLONE_NEW = 0x7E02_0080  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
_CLONE_FILES, _CLONE_THREAD = 0x400, 0x1_0000
_CLOSE_RANGE_UNSHARE = 2
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
_PR_SET_DUMPABLE = 4
_BUFFER_SIZES = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE
_IOCTLS = (
    0x5412, 0x541C,  # TIOCSTI, TIOCLINUX: type into, or paste to, the terminal of whoever runs the grader
    0x8901, 0x8902,  # FIOSETOWN, SIOCSPGRP: as F_SETOWN
    0x4004_6602, 0x4008_6602, 0x401C_5820,  # FS_IOC32_SETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR: they stay
    0xC050_6617,  # FS_IOC_ADD_ENCRYPTION_KEY: the whole file system has it then
)  # fmt: skip
_FCNTLS = (
    8, 10, 15,  # F_SETOWN, F_SETSIG, F_SETOWN_EX: any signal, to anybody, when something can be read
    1024, 1026,  # F_SETLEASE, F_NOTIFY: keeps others from a file that may be read, or sees what they do with it
    1036, 1038,  # F_SET_RW_HINT, F_SET_FILE_RW_HINT: stays with a file that may be read
)  # fmt: skip
_LOCKS = (6, 7, 37, 38)  # F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW
_CLOCK_OF_A_THREAD, _CLOCK_OF_A_PROCESS = 0x8000_0004, 0x8000_0000
_GRANTED = 0

_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _AND, _RETURN = 0x20, 0x15, 0x25, 0x54, 0x06
_ALLOW, _FAIL, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16


@dataclass(frozen=True)
class Check:
    """A test of one argument: `value & mask` against `values`.

    It sees the low 32 bits (numbers and flags have no more).

    With `refused` False the call goes on only for one of the values, with `refused` True only for none of them. It
    fails with the errno of its rule, or with one of its own; 0 is success.
    """

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFF_FFFF
    refused: bool = False
    errno: int | None = None


@dataclass(frozen=True)
class Rule:
    """A refused call, with its exceptions.

    It fails with `errno`, unless the rule has checks and the call passes them all.
    """

    name: str
    checks: tuple[Check, ...] = ()
    errno: int = errno.EPERM


def _instruction(code: int, k: int, when_true: int = 0, when_false: int = 0) -> bytes:
    """Encode one instruction of the kernel's machine."""
    return struct.pack("=HBBI", code, when_true, when_false, k)


def _check(check: Check, failure: int) -> list[bytes]:
    """Return instructions that return `failure` or fall through."""
    program = [_instruction(_LOAD, _ARGUMENTS_AT + 8 * check.argument)]
    if check.mask != 0xFFFF_FFFF:
        program.append(_instruction(_AND, check.mask))
    for position, value in enumerate(check.values):
        left = len(check.values) - 1 - position
        # on a hit: to the instruction after the `return` below when the value is wanted, to that `return` when not
        program.append(_instruction(_JUMP_EQUAL, value, left if check.refused else left + 1, 0))
    if check.refused:
        program[-1] = _instruction(_JUMP_EQUAL, check.values[-1], 0, 1)
    program.append(_instruction(_RETURN, failure))
    return program


def _rule(rule: Rule, number: int) -> list[bytes]:
    """Return instructions that decide about one call. The call is `number`; for every other they fall through."""
    failure = _FAIL | rule.errno
    body = []
    for check in rule.checks:
        body += _check(check, failure if check.errno is None else _FAIL | check.errno)
    body.append(_instruction(_RETURN, _ALLOW if rule.checks else failure))
    return [_instruction(_JUMP_EQUAL, number, 0, len(body)), *body]


def assemble(rules: Sequence[Rule], machine: str | None = None) -> bytes:
    """Build the filter as `struct sock_filter[]`. The struct is the kernel's.

    Args:
        rules: at most one for each call; a call that an architecture lacks is passed over.
        machine: as `os.uname().machine` names it, this machine's by default.

    Raises:
        KeyError: the architecture or a call is not in the tables above.
    """
    machine = machine or os.uname().machine
    program = [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_JUMP_EQUAL, _AUDIT[machine], 1, 0),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD, _NUMBER_AT),
        # also catches the x32 calls of x86-64, which have bit 30 set
        _instruction(_JUMP_GREATER, _NEWEST_KNOWN, 0, 1),
        _instruction(_RETURN, _FAIL | errno.ENOSYS),
    ]
    for rule in rules:
        number = _NUMBERS[rule.name][_COLUMN[machine]]
        if number is not None:
            program += _rule(rule, number)
    program.append(_instruction(_RETURN, _ALLOW))
    return b"".join(program)


def supported() -> bool:
    """Whether the tables cover this machine's architecture."""
    return os.uname().machine in _AUDIT


def _common(gpu: bool) -> list[Rule]:
    """List what is refused in every sandbox."""
    names = [*_CHANGE_THE_SYSTEM, *_LOOK_INTO_OTHERS, *_LARGE_ATTACK_SURFACE, *_OBJECTS_WITHOUT_OWNER]
    shared_pages = _MAP_SHARED | _MAP_ANONYMOUS
    if gpu:  # the CUDA driver shares memory in these ways
        uncounted = []
    else:
        uncounted = [Rule("memfd_create"), Rule("mmap", (Check(3, (shared_pages,), mask=shared_pages, refused=True),))]
    itself = (Check(0, (0,)),)
    threads_share = Check(0, (_CLONE_THREAD,), mask=_CLONE_THREAD | _CLONE_FILES, refused=True)
    return [
        *(Rule(name) for name in names),
        *uncounted,
        *(Rule(name, errno=errno.ENOSYS) for name in _AS_IF_OLDER),
        Rule("clone", (Check(0, (0,), mask=_CLONE_NEW), threads_share)),
        Rule("clone3", errno=errno.ENOSYS),
        Rule("close_range", (Check(2, (0,), mask=_CLOSE_RANGE_UNSHARE),)),  # else a thread has descriptors of its own
        Rule("fcntl", (Check(1, _FCNTLS, refused=True), Check(1, _LOCKS, refused=True, errno=_GRANTED))),
        Rule("flock", errno=_GRANTED),
        Rule("ioctl", (Check(1, _IOCTLS, refused=True),)),
        Rule("prlimit64", itself),  # the limits of another process, which would be ended by them
        Rule("setsockopt", (Check(2, _BUFFER_SIZES, refused=True),)),  # memory in nobody's account
        Rule("setpriority", (*itself, Check(1, (0,)))),
        Rule("ioprio_set"),
        *(Rule(f"sched_set{what}", itself) for what in ("affinity", "attr", "param", "scheduler")),
    ]


def namespace_rules(*, gpu: bool = False) -> list[Rule]:
    """List the rules for a sandbox with namespaces. It has its own process, mount, network and IPC namespaces.

    Unix sockets reach nobody there, and loader workers need them to pass file descriptors.
    """
    return [*_common(gpu), Rule("socket", (Check(0, (_AF_UNIX,)),), errno.EACCES)]


def shared_machine_rules(*, gpu: bool = False) -> list[Rule]:
    """List a worker's rules on the shared machine. It sees the machine's own processes, sockets and IPC objects."""
    # a clock below zero is that of a thread, which has to be the caller's, or of any process
    others_clocks = (Check(0, (_CLOCK_OF_A_PROCESS,), mask=_CLOCK_OF_A_THREAD, refused=True),)
    return [
        *_common(gpu),
        *(Rule(name, others_clocks, errno.EINVAL) for name in _CLOCKS),
        Rule("socket", errno=errno.EACCES),
        Rule("connect", errno=errno.EACCES),
        # a pair of datagram sockets could be turned to an address afterwards, a stream cannot
        Rule("socketpair", (Check(0, (_AF_UNIX,)), Check(1, (_SOCK_STREAM,), mask=_SOCK_TYPE_MASK)), errno.EACCES),
        Rule("sendmsg", errno=errno.EACCES),  # carries open files out of every process's sight
        Rule("sendmmsg", errno=errno.EACCES),
    ]


def shared_machine_child_rules(landlock_abi: int) -> list[Rule]:
    """List further rules for a phase's child. They come on top of `shared_machine_rules`.

    File attributes are not Landlock's concern, and the child may own files of the person who runs the grader. Nor is
    it Landlock's what a process shows of itself.

    Args:
        landlock_abi: below 3 Landlock does not know `truncate`, below 6 it does not know signals.
    """
    its_own = (Check(0, (0, PID_PLACEHOLDER)),)
    rules = [Rule(name) for name in _FILE_ATTRIBUTES]
    rules += [Rule(name, its_own) for name in ("getpgid", "getsid")]  # they tell who has started a process
    rules += [Rule(name, errno=errno.EOPNOTSUPP) for name in _READ_ATTRIBUTES]  # as on a file system without them
    rules.append(Rule("prctl", (Check(0, (_PR_SET_DUMPABLE,), refused=True),)))  # the grader looks into its files
    if landlock_abi < 3:
        rules.append(Rule("truncate"))
    if landlock_abi < 6:
        itself = (Check(0, (PID_PLACEHOLDER,)),)
        rules += [Rule(name, itself) for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")]
        rules.append(Rule("tkill"))
    return rules
