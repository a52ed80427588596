"""The description of a sandbox reaches its worker unchanged."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from grader.protocol.confinement import PID_PLACEHOLDER, VARIABLES, Confinement

ROOT = Path(__file__).parents[2]
ANY = st.builds(
    Confinement,
    kind=st.sampled_from(["namespace", "landlock", "none"]),
    scratch=st.lists(st.text(st.characters(exclude_characters="\0")), max_size=3).map(tuple),
    gpu=st.booleans(),
    child_system_calls=st.binary(max_size=40),
    landlock_abi=st.integers(0, 9),
    children=st.integers(-1, 1023),
)


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(ANY)
def test_it_survives_the_environment(confinement: Confinement) -> None:
    """A confinement is the same after writing and reading it. Other variables of the environment don't matter."""
    variables = confinement.to_environment()
    assert set(variables) <= set(VARIABLES)
    assert Confinement.from_environment({"PATH": "/bin", **variables}) == confinement


def test_a_worker_that_was_told_nothing_is_unconfined() -> None:
    """A worker without a description is unconfined.

    It empties no folder, and trusts no file descriptor that the environment names.
    """
    assert Confinement.from_environment({}) == Confinement()
    assert Confinement.from_environment({"GRADER_CHILDREN": "3"}) == Confinement(kind="none", scratch=(), children=-1)


def test_a_filter_is_about_the_process_that_installs_it() -> None:
    """The filter gets the id of the process that installs it.

    Only instructions that compare with the placeholder change.
    """
    other = struct.pack("=HBBI", 0x20, 0, 0, 4)
    asked = struct.pack("=HBBI", 0x15, 1, 0, PID_PLACEHOLDER)
    filled = Confinement(child_system_calls=other + asked + other).filter_of(4321)
    assert filled == other + struct.pack("=HBBI", 0x15, 1, 0, 4321) + other


def test_what_confines_needs_the_standard_library_alone() -> None:
    """The confining modules import without any installed package. The self-check runs them in such an interpreter."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import grader.worker.confine, grader.protocol.confinement"
    command = [sys.executable, "-I", "-S", "-B", "-c", code, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
