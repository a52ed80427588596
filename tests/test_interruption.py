"""The first signal ends a command in order. Further ones change nothing, until the process is gone."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

HOW = {"ctrl-c": signal.SIGINT, "kill": signal.SIGTERM, "hang-up": signal.SIGHUP}
every = pytest.mark.parametrize("how", HOW.values(), ids=HOW)

BEGIN = """
import atexit, os, signal, sys, time
from grader import cli
from grader.interruption import Interrupted, handle_signals

def ask():
    os.kill(os.getpid(), int(sys.argv[1]))
    time.sleep(0.01)

"""
ON_THE_WAY = """
handle_signals()
try:
    try:
        ask()
    finally:
        ask()
        print("closed")
except Interrupted as interrupt:
    print(interrupt.exit_code)
"""
LOST = """
class Swallowing:
    def __del__(self):
        ask()

handle_signals()
sys.unraisablehook = lambda _: print("lost")
Swallowing()
try:
    ask()
except Interrupted:
    print("heard")
"""
IN_THE_END = """
def end():
    ask()
    print("removed")

atexit.register(end)
cli.run = lambda _: 7
cli.main()
"""


def carried_out(code: str, how: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Run code that signals itself."""
    return subprocess.run(
        [sys.executable, "-c", BEGIN + code, str(int(how))],
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        check=False,
    )


@every
def test_a_second_signal_on_the_way_out(how: signal.Signals) -> None:
    """A second signal does not disturb the first. What that closes is closed."""
    done = carried_out(ON_THE_WAY, how)
    assert (done.stdout, done.stderr) == (f"closed\n{128 + how}\n", "")


@every
def test_a_signal_that_was_lost(how: signal.Signals) -> None:
    """A swallowed signal does not make the command deaf. The next one ends it."""
    done = carried_out(LOST, how)
    assert (done.stdout, done.stderr) == ("lost\nheard\n", "")


@every
def test_a_signal_at_the_very_end(how: signal.Signals) -> None:
    """A signal at the very end changes nothing. The exit code is the command's, and all is removed."""
    done = carried_out(IN_THE_END, how)
    assert (done.returncode, done.stdout, done.stderr) == (7, "removed\n", "")
