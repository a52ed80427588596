"""macOS's `sandbox-exec`. A profile in the system's own language is put around a process tree with limits.

Written without a Mac at hand and untested on one. It is taken there only where the self-check passes, which tries to
read, write, connect, signal and see what it must not; a profile that the system does not accept fails that check too.

The profile forbids everything and then lists what a training needs. That includes the names, sizes and times of all
files (the interpreter does not start otherwise), but nobody's content beside the system's, the interpreter's and what
the specification lists. What macOS has no means for: a process that leaves its parents is not found again, so a daemon
may outlive its sandbox, shut in as it is; no file system bounds what is written, and no limit the memory of a process:
both are watched.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from grader.errors import GraderFault
from grader.protocol.confinement import Confinement
from grader.sandbox import self_check, throw_away, visible
from grader.sandbox.base import Sandbox, SandboxSpec
from grader.sandbox.order import Order
from grader.sandbox.process_tree import with_room
from grader.sandbox.running import start_monitored

_PROGRAM = "/usr/bin/sandbox-exec"
_SYSTEM = """
    /bin /sbin /usr/bin /usr/sbin /usr/lib /usr/libexec /usr/share /usr/local /System /Library/Frameworks
    /Library/Developer /opt/homebrew /opt/local /private/var/db/dyld /private/var/db/timezone /private/etc/localtime
    /dev/null /dev/zero /dev/random /dev/urandom
""".split()
_WRITABLE_DEVICES = ["/dev/null", "/dev/zero"]
_RULES = """\
(version 1)
(deny default)
(allow process-fork)
(allow process-exec*)
(allow process-info* (target same-sandbox))
(allow signal (target same-sandbox))
(allow sysctl-read)
(allow file-read-metadata)
(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo"))
(allow ipc-posix-shm* (ipc-posix-name-regex #"^/__KMP_REGISTERED_LIB_"))
(allow file-read* (literal "/"))
"""
_LAST = """\
(deny file-link)
(deny network*)
"""


def _quoted(path: Path | str) -> str:
    """Write a path as a profile does."""
    text = str(path)
    if any(ord(character) < 0x20 for character in text):
        raise GraderFault(f"{text!r}: a sandbox profile cannot name a path with a control character")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _rule(decision: str, paths: Iterable[Path | str]) -> str:
    """Write one rule for all paths and their contents. The system compares with names free of links."""
    return f"({decision} {' '.join(f'(subpath {_quoted(path)})' for path in paths)})\n"


def profile(spec: SandboxSpec, scratch: Path) -> str:
    """Write the profile for `sandbox-exec -p`. Of several rules about one thing the last one decides.

    Raises:
        GraderFault: a path cannot be named in it.
    """
    readable = [path.resolve() for path in spec.readable if path.exists()]
    hidden = [path.resolve() for path in spec.hidden if path.exists()]
    text = _RULES + _rule("allow file-read*", [*_SYSTEM, *readable])
    if hidden:
        text += _rule("deny file-read*", hidden)
    text += _rule("allow file-read* file-write*", [scratch.resolve()])
    text += _rule("allow file-write-data", _WRITABLE_DEVICES)
    return text + _LAST


class SandboxExecBackend:
    """Runs the program under its profile, below a monitor."""

    name = "sandbox-exec"
    by_name_alone = False
    forks = False

    def unavailable(self) -> str | None:
        """Say why it does not confine here. None where it does."""
        if sys.platform != "darwin":
            return "sandbox-exec is a part of macOS"
        if shutil.which(_PROGRAM) is None:
            return f"{_PROGRAM} is missing: this version of macOS has it no more"
        return self_check.failure(self)

    def launch(self, spec: SandboxSpec) -> Sandbox:
        """Start `spec.argv` under its profile."""
        owned = throw_away.scratch_directory()
        scratch = owned.path
        with throw_away.removed_on_failure(owned):
            environment = visible.environment(spec, Confinement(kind="none", scratch=(str(scratch),)))
            command = [_PROGRAM, "-p", profile(spec, scratch), *spec.argv]
            order = Order.to_run(command, environment, limits=with_room(spec.limits), owned=owned)
            return start_monitored(order, spec.limits)
