"""Runs inside the sandbox as the worker would: hardens itself, then runs each given piece of code in a confined child.

Argument (JSON): path of `confine.py`, modules to import before the first fork, the limits of a child, the pieces of
code, the names they may use.
Prints for each piece whether it was `done` or `refused`, then how its process ended.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys


def load(path: str):
    """The module at `path`, with nothing else of its package."""
    spec = importlib.util.spec_from_file_location("confine", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["confine"] = module
    spec.loader.exec_module(module)
    return module


def attempt(code: str, names: dict[str, object]) -> str:
    """Run `code` and say what came of it, on one line."""
    try:
        exec(code, {"__name__": "submission", **names})
    except BaseException as error:  # noqa: BLE001 - whatever refuses it
        return f"refused {type(error).__name__}: {error}".replace("\n", " ")
    return "done"


def main() -> None:
    """One child after another."""
    about = json.loads(sys.argv[1])
    confine = load(about["confine"])
    for name in about["modules"]:
        importlib.import_module(name)
    confine.harden_worker()
    for number, code in enumerate(about["phases"]):
        child = os.fork()
        if child == 0:
            confine.confine_child(confine.ChildLimits(**about["limits"]))
            print(f"[{number}]", attempt(code, about["names"]), flush=True)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        confine.sweep()
        print(f"[{number}] ended {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main()
