"""The sandbox profile for macOS allows just what it should.

It is read as text, by a small model of its rule that the last match decides. No Mac has run it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import GraderFault
from grader.protocol.limits import Limits
from grader.sandbox import SandboxSpec
from grader.sandbox.backends import sandbox_exec
from grader.sandbox.backends.sandbox_exec import SandboxExecBackend, profile
from grader.sandbox.order import Order
from tests.testing.sandbox.stage import processes_with, wait_until_none

TOKEN = re.compile(r'\s*(?:([()])|#?"((?:[^"\\]|\\.)*)"|([^\s()"]+))')


def parse(text: str) -> list[list]:
    """Parse the profile into lists of words, strings and lists."""
    stack: list[list] = [[]]
    for bracket, string, word in TOKEN.findall(text):
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            stack[-2].append(stack.pop())
        else:
            stack[-1].append(word or re.sub(r"\\(.)", r"\1", string))
    assert len(stack) == 1, "the brackets do not match"
    return stack[0]


def allows(rules: list[list], operation: str, path: str = "") -> bool:
    """Tell whether the profile allows an operation on a path. The last rule about both decides."""
    answer = False
    for decision, *rest in rules[1:]:
        operations = [word for word in rest if isinstance(word, str)]
        filters = [filter_ for filter_ in rest if isinstance(filter_, list)]
        about = any(name == "default" or re.fullmatch(name.replace("*", ".*"), operation) for name in operations)
        matches = not filters or any(
            (kind == "literal" and path == value) or (kind == "subpath" and (path + "/").startswith(value + "/"))
            for kind, value in filters
        )
        if about and matches:
            answer = decision == "allow"
    return answer


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """Make folders for the profile. One is listed, one hidden in it, one scratch, one a home."""
    found = {"listed": tmp_path / "listed", "hidden": tmp_path / "listed/hidden", "scratch": tmp_path / "scratch"}
    found["home"] = tmp_path / "home"
    for path in found.values():
        path.mkdir(parents=True)
    return found


@pytest.fixture
def rules(places: dict[str, Path]) -> list[list]:
    """Return the profile for these folders."""
    spec = SandboxSpec(("/usr/bin/true",), readable=(places["listed"],), hidden=(places["hidden"],))
    return parse(profile(spec, places["scratch"]))


def test_it_forbids_first(rules: list[list]) -> None:
    """The profile forbids what no rule allows."""
    assert rules[0] == ["version", "1"]
    assert rules[1] == ["deny", "default"]
    forbidden = (
        "network-outbound network-bind mach-register mach-task-name job-creation lsopen appleevent-send iokit-open"
    )
    for operation in [*forbidden.split(), "system-privilege", "process-info-pidinfo", "nvram-set"]:
        assert not allows(rules, operation), operation


def test_files(rules: list[list], places: dict[str, Path]) -> None:
    """Only listed files are read, only scratch files written. Hidden files are neither."""
    read = {name for name, path in places.items() if allows(rules, "file-read-data", f"{path}/file")}
    written = {name for name, path in places.items() if allows(rules, "file-write-create", f"{path}/file")}
    assert read == {"listed", "scratch"}
    assert written == {"scratch"}
    for path in ("/Users/teacher/.ssh/id", "/private/var/root/x", "/private/etc/master.passwd", "/Volumes/x", "/tmp/x"):
        assert not allows(rules, "file-read-data", path), path
        assert not allows(rules, "file-write-data", path), path
    assert allows(rules, "file-read-data", "/usr/lib/libSystem.B.dylib")
    assert not allows(rules, "file-write-data", "/usr/lib/libSystem.B.dylib")
    assert allows(rules, "file-write-data", "/dev/null")
    assert not allows(rules, "file-link", f"{places['scratch']}/file")


def test_only_its_own_processes(rules: list[list]) -> None:
    """Signals and looks into processes stay within the sandbox."""
    for operation in ("signal", "process-info*"):
        about = [rule for rule in rules if operation in rule]
        assert about == [["allow", operation, ["target", "same-sandbox"]]]


def test_what_can_be_seen(rules: list[list], places: dict[str, Path]) -> None:
    """Names, sizes and times of all files can be seen. The interpreter does not start without."""
    assert allows(rules, "file-read-metadata", f"{places['home']}/secret")
    assert not allows(rules, "file-read-data", f"{places['home']}/secret")


def test_what_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program starts under its profile, without the grader's environment.

    It has the limits that macOS knows, and a scratch folder that is watched and removed. There is no other user and no
    filter.
    """
    orders: list[tuple[Order, Limits]] = []
    monkeypatch.setattr(sandbox_exec, "start_monitored", lambda order, limits: orders.append((order, limits)))
    monkeypatch.setenv("SECRET", "1")
    spec = SandboxSpec(("/usr/bin/true", "x"), (), environment={"GIVEN": "1"}, limits=Limits(open_files=99))
    SandboxExecBackend().launch(spec)
    [(order, limits)] = orders
    try:
        assert order.argv == ["/usr/bin/sandbox-exec", "-p", profile(spec, Path(order.scratch)), "/usr/bin/true", "x"]
        assert order.environment.keys() >= {"GIVEN", "TMPDIR"}
        assert "SECRET" not in order.environment
        assert (order.limits.open_files, order.limits.file_bytes, limits) == (99, spec.limits.file_bytes, spec.limits)
        assert order.limits.processes > spec.limits.processes
        assert (order.uid, order.rights, order.system_calls, order.trusted) == (None, None, "", False)
    finally:
        Path(order.scratch).rmdir()


GRADER = """
import sys, time
sys.platform = 'darwin'  # the parts that ask Linux are not taken, here and in the monitor
sys.path.insert(0, {root!r})
from grader.sandbox import SandboxSpec, running
from grader.sandbox.backends import sandbox_exec
running.STARTER = "import sys; sys.platform = 'darwin'; " + running.STARTER
sandbox_exec._PROGRAM = {program!r}
code = "import os; os.fork(); print('up', flush=True); os.fork(); import time; time.sleep(60)"
spec = SandboxSpec((sys.executable, '-S', '-c', code, {word!r}), ())
sandbox = sandbox_exec.SandboxExecBackend().launch(spec)
sandbox.stdout.read(6)
print('up', sandbox.memory_bytes() > 0, flush=True)
sys.stdin.read(1)
sandbox.kill()
print('killed', sandbox.poll(), sandbox.memory_bytes(), flush=True)
"""


@pytest.fixture
def grader(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a process that takes itself for one on a Mac.

    It holds a sandbox of four processes, with a word to find them by. In place of `sandbox-exec` a script takes the
    profile and runs the program.
    """
    if not Path("/bin/ps").exists():
        pytest.skip("/bin/ps is not installed")
    program = tmp_path / "sandbox-exec"
    program.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    program.chmod(0o755)
    word = f"word-{os.getpid()}-{tmp_path.name}"
    code = GRADER.format(root=str(Path(__file__).parents[2]), program=str(program), word=word)
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up True\n"
    assert len(processes_with(word)) >= 4
    yield process, word
    process.kill()
    process.communicate()


def test_the_end_without_linux(grader: tuple[subprocess.Popen[bytes], str]) -> None:
    """Without Linux `kill` ends what `ps` lists. It says so in time."""
    process, word = grader
    begin = time.monotonic()
    printed = process.communicate(b"x", timeout=60)[0]
    assert printed == b"killed 143 0\n"
    assert processes_with(word) == []
    assert time.monotonic() - begin < 10


def test_the_graders_end_without_linux(grader: tuple[subprocess.Popen[bytes], str]) -> None:
    """Without Linux the monitor notices the grader's death. No signal tells it."""
    process, word = grader
    process.kill()
    assert wait_until_none(word, 15) == []


def test_links_are_resolved(tmp_path: Path, places: dict[str, Path]) -> None:
    """Links in a specification are followed for the profile. The system compares real names."""
    link = tmp_path / "link"
    link.symlink_to(places["listed"])
    text = profile(SandboxSpec(("/usr/bin/true",), readable=(link,)), places["scratch"])
    assert f'(subpath "{places["listed"]}")' in text
    assert str(link) not in text


def test_a_path_cannot_write_rules(tmp_path: Path) -> None:
    """A path cannot write rules into the profile. Quotes and backslashes stay part of it; line breaks are refused."""
    folder = tmp_path / 'a") (allow default) ("\\'
    folder.mkdir()
    rules = parse(profile(SandboxSpec(("/usr/bin/true",), readable=(folder,)), tmp_path))
    assert not allows(rules, "network-outbound")
    assert allows(rules, "file-read-data", f"{folder}/file")
    broken = tmp_path / "a\n(allow default)"
    broken.mkdir()
    with pytest.raises(GraderFault, match="control character"):
        profile(SandboxSpec(("/usr/bin/true",), readable=(broken,)), tmp_path)


@pytest.mark.skipif(sys.platform == "darwin", reason="on macOS its self-check decides")
def test_elsewhere_it_says_so() -> None:
    """On other systems the backend is not available."""
    assert SandboxExecBackend().unavailable() == "sandbox-exec is a part of macOS"
