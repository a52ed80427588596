"""The child process that parses long sources.

It bounds itself, reads a task from stdin, and answers on stdout, in JSON.

Run by its path with `-I -S -B`: nothing but the standard library and the grader can be imported, and of the grader what
needs no more than that. It runs no code of strangers; what it guards against is the time and memory of parsing it.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path


def _bound(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound this process, as far as the system can."""
    try:
        import resource
    except ImportError:
        return  # Windows: the parent's patience is the bound
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):  # macOS knows no bound on memory
            resource.setrlimit(kind, (most, most))


def main(bounds: Sequence[str]) -> int:
    """Run the task on stdin within the bounds. `bounds` are bytes of memory and seconds of processor time.

    Returns:
        0, or `TOO_MUCH` where the memory or the depth was not enough. Any other end is a mistake of ours, or a signal.
    """
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from grader.source.tasks import TOO_MUCH, perform

    memory_bytes, cpu_seconds = bounds
    _bound(int(memory_bytes), int(cpu_seconds))
    task, arguments = json.load(sys.stdin)
    try:
        json.dump(perform(task, arguments), sys.stdout)
    except (MemoryError, RecursionError):
        return TOO_MUCH
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
