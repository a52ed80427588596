"""Two workers may answer at the same moment, each to a thread of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# In a process of its own, which may die. The interpreter turns to the other thread as often as it can.
TWO_AT_ONCE = """
import sys
import threading
from dataclasses import make_dataclass

from grader.protocol.codec import decode, encode

sys.setswitchinterval(1e-6)
for _ in range(40):
    inner = [make_dataclass(f"Inner{place}", [(f"f{field}", int) for field in range(8)]) for place in range(8)]
    outer = make_dataclass("Outer", [(f"g{place}", kind) for place, kind in enumerate(inner)])
    value = outer(*(kind(*range(8)) for kind in inner))
    payload, gate, decoded = encode(value), threading.Barrier(2), []

    def read():
        gate.wait()
        decoded.append(decode(payload, outer))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert decoded == [value] * 2, decoded
"""


def test_the_first_two_of_a_kind_may_arrive_together() -> None:
    """Two threads decode the first two messages of a kind at once: both get theirs, and the process lives on."""
    done = subprocess.run([sys.executable, "-c", TWO_AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr)
