"""Modules import on any system. What only Linux has is asked for in calls alone."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import grader.linux

IMPORT_WITHOUT = """
import ctypes, importlib, os, sys
del ctypes.CDLL, os.O_PATH
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_every_module_can_be_imported_elsewhere() -> None:
    """Every module that uses Linux imports on other systems.

    The monitor and the walls around a phase are built on them.
    """
    names = [f"grader.linux.{module.name}" for module in pkgutil.iter_modules(grader.linux.__path__)]
    assert len(names) >= 5
    command = [sys.executable, "-c", IMPORT_WITHOUT, *names, "grader.sandbox.monitor", "grader.worker.confine"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
