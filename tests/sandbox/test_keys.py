"""A sandbox has no keys of the grader's session. Its new session hides them before anything else does."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from grader.sandbox.backends import bwrap
from tests.testing.sandbox import attacks
from tests.testing.sandbox.stage import WITH_LIMITS, Stage

ROOT = Path(__file__).parents[2]
KEEP = """
import os, sys
sys.path.insert(0, sys.argv[1])
from tests.testing.sandbox.session import keep_a_key
keep_a_key(sys.argv[2])
os.execv(sys.argv[3], sys.argv[3:])
"""
LEAVE = """
import sys
sys.path.insert(0, sys.argv[1])
from grader.linux.process import begin_session_of_keys
begin_session_of_keys()
sys.stdout.write(open('/proc/keys').read())
"""
LOOK = ["/bin/cat", "/proc/keys"]
pytestmark = pytest.mark.skipif(not Path("/proc/keys").exists(), reason="this kernel shows no keys")


def keys(command: list[str], description: str) -> str:
    """Run `command` in a session with a key of this description."""
    keep = [sys.executable, "-c", KEEP, str(ROOT), description, *command]
    return subprocess.run(keep, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def description() -> str:
    """Describe a key that can be seen in its session."""
    found = f"grader-test-{uuid.uuid4().hex}"
    if found not in keys(LOOK, found):
        pytest.skip("this machine gives us no session of keys")
    return found


def test_a_session_is_left(description: str) -> None:
    """A new session sees no key of the one before."""
    assert description not in keys([sys.executable, "-c", LEAVE, str(ROOT)], description)


def test_bubblewrap_of_an_ordinary_user(description: str) -> None:
    """An ordinary user's Bubblewrap leaves the session first.

    No monitor starts it, so an interpreter does that, and becomes it.
    """
    assert description not in keys(bwrap._without_keys(LOOK), description)


@pytest.mark.parametrize("backend", WITH_LIMITS)
def test_the_graders_session_stays_outside(stage: Stage, backend: str) -> None:
    """No sandbox sees a key of the grader's session."""
    assert stage.run(backend, [attacks.VIEWS["read_the_sessions_keys"]]).outcome(0).startswith("refused")
