"""Run code inside the sandbox as a worker does. It hardens itself, then runs each piece in a confined child.

Argument (JSON): the folder that our code is in, modules to import before the first fork, the limits of a child with its
`cpu_seconds`, the pieces of code, the names they may use.

Prints for each piece whether it was `done` or `refused`, then how its process ended.
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def attempt(code: str, names: dict[str, object]) -> str:
    """Run `code` and return its outcome on one line."""
    try:
        exec(code, {"__name__": "submission", **names})
    except BaseException as error:  # noqa: BLE001 - whatever refuses it
        return f"refused {type(error).__name__}: {error}".replace("\n", " ")
    return "done"


def main() -> None:
    """Run one child after another."""
    about = json.loads(sys.argv[1])
    sys.path.insert(0, about["kit"])
    from grader.protocol.confinement import Confinement
    from grader.protocol.limits import Limits
    from grader.worker.confine import confine_child, harden_worker, sweep_of

    for name in about["modules"]:
        importlib.import_module(name)
    confinement = Confinement.from_environment(os.environ)
    sweep = sweep_of(confinement)
    harden_worker()
    cpu_seconds = about["limits"].pop("cpu_seconds")
    for number, code in enumerate(about["phases"]):
        child = os.fork()
        if child == 0:
            confine_child(confinement, Limits(**about["limits"]), cpu_seconds=cpu_seconds)
            print(f"[{number}]", attempt(code, about["names"]), flush=True)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        sweep.run()
        print(f"[{number}] ended {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main()
