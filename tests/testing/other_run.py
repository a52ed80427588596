"""A run in another process that writes to an output folder. It trains nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
from grader.protocol.codec import encode
from grader.store import Store, only_writer
from tests.testing.stored import graded
out = Path(sys.argv[1])
with only_writer(out, print), Store.open(out) as store:
    store.begin_run([])
    print("begun", flush=True)
    for line in sys.stdin:
        name = line.strip()
        store.put_record(name, None, b"", encode(graded(name, 100)))
        print(name, flush=True)
"""


@contextmanager
def running(out: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a run into `out` in another process. It stores a result for each name it is told."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(out)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process


def grade(process: subprocess.Popen[str], name: str) -> None:
    """Let the run store a result."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{name}\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{name}\n"


def end(process: subprocess.Popen[str]) -> None:
    """Let the run come to its end."""
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == 0
