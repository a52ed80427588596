"""Run code as `inner.py` does, with nothing in its way. It is the control: each piece runs in a forked child.

Argument: the pieces of code and the names they may use (JSON).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from inner import attempt
from session import keep_a_key


def run_each(phases: list[str], names: dict[str, object]) -> None:
    """Run one child after another. The process above is not hardened, and its pipes are its user's own."""
    os.open(str(names["HOME_FILE"]), os.O_RDONLY)  # an open file that the child finds
    keep_a_key(str(names["SESSION_KEY"]))
    for number, code in enumerate(phases):
        child = os.fork()
        if child == 0:
            print(f"[{number}]", attempt(code, names), flush=True)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    about = json.loads(sys.argv[1])
    if len(sys.argv) == 2:  # run again below: only pipes that this user made can be opened by name
        done = subprocess.run([sys.executable, "-B", *sys.argv, "again"], capture_output=True, text=True, check=False)
        print(done.stdout, done.stderr, sep="", end="")
    else:
        run_each(about["phases"], about["names"])
