"""Attacks that try to get out of a sandbox. Each ends without an exception exactly when it has succeeded.

They use the names of `Stage.names`. Where nothing confines they all succeed, which a test makes sure of: an attack that
cannot succeed proves nothing.
"""

READING = {
    "read_home": "assert open(HOME_FILE).read() == SECRET",
    "read_neighbour": "assert open(NEIGHBOUR_FILE).read() == SECRET",
    "read_hidden": "assert open(HIDDEN_FILE).read() == SECRET",
    "read_through_a_link": """
import os
os.symlink(HOME_FILE, os.environ['TMPDIR'] + '/symlink')
assert open(os.environ['TMPDIR'] + '/symlink').read() == SECRET
""",
    "read_through_a_process": "assert open(f'/proc/{OUTSIDER}/root{HOME_FILE}').read() == SECRET",
    "read_an_inherited_descriptor": """
import os
def text(descriptor):
    try:
        return os.pread(descriptor, 100, 0).decode(errors='replace')
    except OSError:
        return ''
assert SECRET in [text(descriptor) for descriptor in range(3, 64)]
""",
    "read_by_handle": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
handle = (ctypes.c_ubyte * 136)()
ctypes.c_uint.from_buffer(handle).value = 128
assert libc.name_to_handle_at(-100, b'/', handle, ctypes.byref(ctypes.c_int()), 0) == 0
root = __import__('os').open('/', 0)
assert libc.open_by_handle_at(root, handle, 0) >= 0
""",
    "list_home": "import os; assert 'secret' in os.listdir(HOME)",
    "read_attributes": "import os; os.listxattr(HOME_FILE)",
    "watch_what_is_readable": """
import ctypes, os
libc = ctypes.CDLL(None)
assert libc.inotify_add_watch(libc.inotify_init1(0), os.path.dirname(VISIBLE_FILE).encode(), 0xfff) >= 0
""",
    "be_notified_of_what_is_readable": """
import fcntl, os
fcntl.fcntl(os.open(os.path.dirname(VISIBLE_FILE), os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS)
""",
}
"""Attacks that read files of the host. They are the instructor's, a neighbour's or the grader's."""

WRITING = {
    "write_outside": "open(HOME + '/written', 'w').close()",
    "append_outside": "open(KEPT_FILE, 'a').close()",
    "truncate_outside": "import os; os.truncate(KEPT_FILE, 3)",
    "remove_outside": "import os; os.mkdir(HOME + '/m'); os.rmdir(HOME + '/m')",
    "rename_outside": "import os; os.rename(KEPT_FILE, HOME + '/r'); os.rename(HOME + '/r', KEPT_FILE)",
    "link_outside": "import os; os.link(HOME_FILE, os.environ['TMPDIR'] + '/link')",
    "change_mode": "import os; os.chmod(KEPT_FILE, 0o644)",
    "change_times": "import os; os.utime(KEPT_FILE)",
    "change_attributes": "import os; os.setxattr(KEPT_FILE, 'user.grader', b'1')",
    "write_readable": "open(VISIBLE_FILE, 'a').close()",
    "change_mode_of_readable": "import os; os.chmod(VISIBLE_FILE, 0o644)",
    "lease_readable": """
import fcntl, os
fcntl.fcntl(os.open(VISIBLE_FILE, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)
""",
    "make_a_device": """
import os, stat
os.mknod(os.environ['TMPDIR'] + '/device', stat.S_IFCHR | 0o666, os.makedev(1, 3))
os.close(os.open(os.environ['TMPDIR'] + '/device', os.O_RDWR))
""",
}
"""Attacks that change files, also those that may be read."""

NETWORK = {
    "connect_loopback": "import socket; socket.create_connection(('127.0.0.1', PORT), timeout=2)",
    "send_a_datagram": """
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'label 7', ('127.0.0.1', PORT))
""",
    "listen_for_others": "import socket; socket.create_server(('127.0.0.1', 0))",
    "ask_the_kernel_for_addresses": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    "connect_unix_path": "import socket; socket.socket(socket.AF_UNIX).connect(UNIX_SOCKET)",
    "connect_unix_abstract": r"import socket; socket.socket(socket.AF_UNIX).connect('\0' + ABSTRACT_SOCKET)",
    "connect_from_pair": r"""
import socket
one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
one.connect('\0' + DATAGRAM_SOCKET)
""",
}
"""Attacks that reach services of this machine or other programs. The programs belong to the same user."""

PROCESSES = {
    "signal_outsider": "import os; os.kill(OUTSIDER, 0)",
    "signal_by_descriptor": "import os, signal; signal.pidfd_send_signal(os.pidfd_open(OUTSIDER), 0)",
    "limit_outsider": """
import resource as r
r.prlimit(OUTSIDER, r.RLIMIT_CORE, (0, r.prlimit(OUTSIDER, r.RLIMIT_CORE)[1]))
""",
    "pin_outsider": "import os; os.sched_setaffinity(OUTSIDER, os.sched_getaffinity(0))",
    "renice_outsider": """
import os
os.setpriority(os.PRIO_PROCESS, OUTSIDER, os.getpriority(os.PRIO_PROCESS, OUTSIDER))
""",
    "trace_outsider": """
import ctypes
assert ctypes.CDLL(None).ptrace(0x4206, ctypes.c_long(OUTSIDER), None, None) == 0  # PTRACE_SEIZE
""",
    "have_outsider_signalled": """
import fcntl, os
fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, OUTSIDER)
""",
    "have_outsider_signalled_otherwise": """
import ctypes, fcntl, socket
fcntl.ioctl(socket.socketpair()[0], 0x8901, ctypes.c_int(OUTSIDER))  # FIOSETOWN
""",
    "choose_the_signal": "import fcntl, os; fcntl.fcntl(os.pipe()[0], fcntl.F_SETSIG, 9)",
    "read_others_segment": """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
address = libc.shmat(SEGMENT, None, 0)
assert address != 2**64 - 1
assert ctypes.string_at(address, len(SECRET)) == SECRET.encode()
""",
    "look_into_others_queue": "import ctypes; assert ctypes.CDLL(None).msgctl(QUEUE, 2, bytes(256)) == 0  # IPC_STAT",
    "set_others_semaphore": "import ctypes; assert ctypes.CDLL(None).semctl(SEMAPHORE, 0, 16, 7) == 0  # SETVAL",
    "read_outsiders_environment": "assert SECRET in open(f'/proc/{OUTSIDER}/environ').read()",
    "read_outsiders_arguments": "assert 'sleep' in open(f'/proc/{OUTSIDER}/cmdline').read()",
    "read_outsiders_memory": "open(f'/proc/{OUTSIDER}/mem', 'rb')",
    "find_the_graders_environment": """
import glob, os
found = SECRET in os.environ.values()
for path in glob.glob('/proc/[0-9]*/environ'):
    try:
        found = found or SECRET in open(path, errors='replace').read()
    except OSError:
        continue
assert found
""",
}
"""Attacks on processes of the host, also the grader's."""

PRIVILEGES = {
    "become_root_by_program": """
import subprocess
assert subprocess.run([SET_UID_ID, '-u'], capture_output=True, text=True).stdout == '0\\n'
""",
    "make_a_namespace": """
import ctypes, os
assert ctypes.CDLL(None).unshare(0x10000000) == 0  # CLONE_NEWUSER
""",
    "use_the_keyring": """
import ctypes, os
number = {'x86_64': 250, 'aarch64': 219}[os.uname().machine]
assert ctypes.CDLL(None).syscall(number, 0, -2, 1) >= 0  # KEYCTL_GET_KEYRING_ID, of this process
""",
    "use_io_uring": """
import ctypes
assert ctypes.CDLL(None).syscall(425, 1, (ctypes.c_ubyte * 120)()) >= 0
""",
    "hold_memory_in_nobodys_account": "import os; os.memfd_create('pages')",
    "enlarge_a_buffer": """
import socket
socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
""",
    "share_pages_without_a_file": "import mmap; mmap.mmap(-1, 4096)",
    "share_zeros": "import mmap, os; mmap.mmap(os.open('/dev/zero', os.O_RDWR), 4096)",
    "have_descriptors_of_one_thread": """
import ctypes
assert ctypes.CDLL(None).close_range(1 << 20, 1 << 21, 2) == 0  # CLOSE_RANGE_UNSHARE
""",
}
"""Attacks that gain more privileges than the user has.

Some use parts of the kernel with a long record of holes.
"""

WORKER = {
    "read_the_workers_memory": "import os; open(f'/proc/{(os.getppid() or 1)}/mem', 'rb')",
    "write_the_workers_memory": "import os; open(f'/proc/{(os.getppid() or 1)}/mem', 'r+b')",
    "read_the_workers_environment": "import os; open(f'/proc/{(os.getppid() or 1)}/environ').read()",
    "open_the_workers_pipe": "import os; open(f'/proc/{(os.getppid() or 1)}/fd/1', 'wb', buffering=0)",
    "list_the_workers_descriptors": "import os; os.listdir(f'/proc/{(os.getppid() or 1)}/fd')",
    "trace_the_worker": """
import ctypes, os
assert ctypes.CDLL(None).ptrace(0x4206, ctypes.c_long((os.getppid() or 1)), None, None) == 0
""",
    "limit_the_worker": """
import os, resource as r
r.prlimit((os.getppid() or 1), r.RLIMIT_CORE, r.prlimit((os.getppid() or 1), r.RLIMIT_CORE))
""",
    "pin_the_worker": "import os; os.sched_setaffinity((os.getppid() or 1), os.sched_getaffinity(0))",
    "slow_the_worker_down": """
import os
os.setpriority(os.PRIO_PROCESS, (os.getppid() or 1), os.getpriority(os.PRIO_PROCESS, (os.getppid() or 1)))
""",
}
"""Attacks on the worker that relays a phase's answers.

Where it is out of sight, they go to the holder of its namespaces. They succeed against one that is not hardened.
"""

VIEWS = {
    "read_the_keys": "assert KEY and KEY in open('/proc/keys').read()",
    "read_the_sessions_keys": "assert SESSION_KEY in open('/proc/keys').read()",
    "list_mounts": """
import ctypes, struct
found = (ctypes.c_uint64 * 8)()
assert ctypes.CDLL(None).syscall(458, struct.pack('=IIQQ', 24, 0, 2**64 - 1, 0), found, 8, 0) > 0  # LSMT_ROOT
""",
    "describe_a_mount": """
import ctypes, os, struct
text = ctypes.create_string_buffer(4096)
asked = struct.pack('=IIQQ', 24, 0, MOUNT, 0x2)  # STATMOUNT_MNT_BASIC
assert MOUNT and ctypes.CDLL(None).syscall(457, asked, text, 4096, 0) == 0
""",
    "name_outsider_by_descriptor": "import os; os.pidfd_open(OUTSIDER)",
    "ask_for_outsiders_owner_and_parent": """
import fcntl, os, struct
answer = fcntl.ioctl(os.pidfd_open(OUTSIDER), 0xC040FF0B, struct.pack('=Q', 0x3) + bytes(56))  # PIDFD_GET_INFO
assert struct.unpack_from('=I', answer, 16)[0] == OUTSIDER
""",
    "ask_for_outsiders_group": "import os; os.getpgid(OUTSIDER)",
    "ask_for_outsiders_session": "import os; os.getsid(OUTSIDER)",
    "read_outsiders_clock": "import time; time.clock_gettime(~OUTSIDER << 3 | 2)",
}
"""Attacks that ask the kernel about keys, mounts or processes outside."""

TABLES = {
    "count_the_keys": "assert open('/proc/key-users').read()",
    "read_the_kernels_command_line": "assert open('/proc/cmdline').read()",
    "read_the_kernels_configuration": "assert open('/proc/config.gz', 'rb').read(2)",
    "list_the_kernels_functions": "assert open('/proc/kallsyms').readline()",
    "list_the_disks": "assert open('/proc/partitions').read()",
    "count_what_the_disks_did": "assert open('/proc/diskstats').read()",
    "count_interrupts": "assert open('/proc/interrupts').read()",
    "count_open_files": "assert open('/proc/sys/fs/file-nr').read()",
    "know_the_machine_again": "assert open('/proc/sys/kernel/random/boot_id').read()",
}
"""Attacks that read the kernel's tables in /proc. They tell of the kernel, the machine, and what all do there."""

_RECORD = "import fcntl, os, struct; record = struct.pack('hhqqi', fcntl.F_WRLCK, 0, LOCKED_AT, 1, 0)\n"
SIGNALS = {
    "see_a_lock": """
import fcntl, os
try:
    fcntl.flock(os.open(LOCKED_FILE, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    pass
else:
    raise AssertionError('it is free')
""",
    "take_a_lock": """
import fcntl, os
fcntl.flock(os.open(VISIBLE_FILE, os.O_RDONLY), fcntl.LOCK_SH)
try:
    fcntl.flock(os.open(VISIBLE_FILE, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    pass
else:
    raise AssertionError('it was not taken')
""",
    "take_a_lock_on_a_record": f"""{_RECORD}
shared = struct.pack('hhqqi', fcntl.F_RDLCK, 0, LOCKED_AT, 1, 0)
fcntl.fcntl(os.open(VISIBLE_FILE, os.O_RDONLY), 37, shared)  # F_OFD_SETLK
answer = fcntl.fcntl(os.open(VISIBLE_FILE, os.O_RDONLY), 36, record)  # F_OFD_GETLK
assert struct.unpack('hhqqi', answer)[0] == fcntl.F_RDLCK
""",
    "take_a_processs_lock_on_a_record": f"""{_RECORD}
shared = struct.pack('hhqqi', fcntl.F_RDLCK, 0, LOCKED_AT, 1, 0)
file = os.open(VISIBLE_FILE, os.O_RDONLY)
fcntl.fcntl(file, fcntl.F_SETLK, shared)
answer = fcntl.fcntl(os.open(VISIBLE_FILE, os.O_RDONLY), 36, record)
assert struct.unpack('hhqqi', answer)[0] == fcntl.F_RDLCK
""",
    "see_a_lock_on_a_device": f"""{_RECORD}
try:
    fcntl.fcntl(os.open('/dev/null', os.O_RDWR), 37, record)  # F_OFD_SETLK
except BlockingIOError:
    pass
else:
    raise AssertionError('it is free')
""",
    "see_a_processs_lock_on_a_device": f"""{_RECORD}
try:
    fcntl.fcntl(os.open('/dev/null', os.O_RDWR), fcntl.F_SETLK, record)
except BlockingIOError:
    pass
else:
    raise AssertionError('it is free')
""",
    "leave_a_hint": """
import fcntl, os, struct
fcntl.fcntl(os.open(VISIBLE_FILE, os.O_RDONLY), 1036, struct.pack('=Q', 2))  # F_SET_RW_HINT
""",
    "count_cached_pages": """
import ctypes, os, struct
counts, whole = ctypes.create_string_buffer(40), struct.pack('=QQ', 0, 0)
assert ctypes.CDLL(None).syscall(451, os.open(VISIBLE_FILE, os.O_RDONLY), whole, counts, 0) == 0
""",
    "take_requests_from_all": """
import ctypes, os
number = {'x86_64': 206, 'aarch64': 0}[os.uname().machine]
assert ctypes.CDLL(None).syscall(number, 1, ctypes.byref(ctypes.c_ulong())) == 0
""",
}
"""Attacks that send signals from one sandbox to another. They mark files that every sandbox can open."""

ALL = {**READING, **WRITING, **NETWORK, **PROCESSES, **PRIVILEGES, **WORKER, **VIEWS, **TABLES, **SIGNALS}

MACHINES_REFUSE = {
    "make_a_namespace", "change_attributes", "use_io_uring", "use_the_keyring", "read_the_keys",
    "read_the_sessions_keys", "list_mounts", "describe_a_mount", "name_outsider_by_descriptor",
    "ask_for_outsiders_owner_and_parent", "leave_a_hint", "count_cached_pages", "count_interrupts",
    "take_requests_from_all", "read_the_kernels_configuration", "list_the_kernels_functions",
    "signal_by_descriptor",
}  # fmt: skip
"""Attacks that some machines refuse to everybody.

AppArmor, sysctl, a container's filter, the file system or an old kernel may do so.
"""
TRACING = {
    "trace_outsider", "trace_the_worker", "read_outsiders_memory", "read_the_workers_memory",
    "write_the_workers_memory",
}  # fmt: skip
"""Attacks that Yama refuses to all but parents, where set so."""
FOR_ROOT_ALONE = {"make_a_device", "read_by_handle"}
"""Attacks that no ordinary user can make."""
