"""`python -m student watch` works on a terminal as students use it.

Files are saved, hang or break. Most tests watch a test that takes no time; the last watches a released folder.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.i18n import LANGUAGES, messages
from tests.testing.released import student_files

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal"), pytest.mark.timeout(300)]

PATIENCE = 60
PLAIN = {"PYTHONPATH": "", "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""An environment without plugins and without our own path. Plugins take long to import."""
WATCH = (
    "__init__.py",
    "__main__.py",
    "watch.py",
    "keyboard.py",
    "language.py",
    "_kit/about.json",
    "_kit/messages.json",
)
STAND_IN = """
import json, os, time
from pathlib import Path
HERE = Path(__file__).parent

def pytest_addoption(parser):
    parser.addoption("--lang")
    parser.addoption("--watch-report")

def pytest_sessionfinish(session, exitstatus):
    found = (HERE.parent / "found.json").read_text()
    with open(session.config.getoption("--watch-report"), "a") as file:
        file.write(json.dumps({"total": 2}) + "\\n" + json.dumps({"found": json.loads(found)}) + "\\n")
"""
STAND_IN_TEST = """
import os, time
from pathlib import Path

def test_stand_in():
    repository = Path(__file__).parents[1]
    with (repository / "runs").open("a") as file:
        file.write(f"{os.getpid()}\\n")
    while (repository / "hold").exists():
        time.sleep(0.02)
    exec((repository / "student" / "net.py").read_text())
"""
FOUND = {
    "passed": 1,
    "total": 3,
    "blocked": 1,
    "todo": [{"text": "Write `forward` first.", "where": "net.py:2"}, {"text": "Then the rest.", "where": ""}],
    "others": [],
    "points": ["Structure  1 of 3"],
    "graded_run": "More tests follow.",
}


def released(folder: Path) -> Path:
    """Write the released folder into a repository."""
    for name, content in student_files().items():
        path = folder / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with the watch and one quick test.

    `runs` gets a line for each run. While there is a file `hold`, the test hangs.
    """
    files = student_files()
    for name in WATCH:
        path = tmp_path / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
    (tmp_path / "student" / "conftest.py").write_text(STAND_IN)
    (tmp_path / "student" / "test_stand_in.py").write_text(STAND_IN_TEST)
    (tmp_path / "student" / "net.py").write_text("first = 1\nassert False\n")
    (tmp_path / "found.json").write_text(json.dumps(FOUND))
    return tmp_path


class Watched:
    """A watch on a pseudo-terminal, with what it writes there."""

    def __init__(self, repository: Path, *options: str, **variables: str) -> None:
        import pty
        import termios

        self.repository = repository
        self.inside, self._outside = pty.openpty()
        self._before = termios.tcgetattr(self._outside)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "student", "watch", *options],
            cwd=repository,
            env={**os.environ, **PLAIN, "TERM": "xterm", "COLUMNS": "60", **variables},
            stdin=self._outside,
            stdout=self._outside,
            stderr=self._outside,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )
        self._bytes = b""

    @property
    def written(self) -> str:
        """Return everything the watch has written so far."""
        while select.select([self.inside], [], [], 0)[0]:
            self._bytes += os.read(self.inside, 1 << 16)
        return self._bytes.decode(errors="ignore").replace("\r\n", "\n")

    @property
    def screen(self) -> str:
        """Return what is on the screen since it was last cleared."""
        return self.written.rpartition("\x1b[H")[2]

    @property
    def runs(self) -> list[int]:
        """Return the process ids of all test runs."""
        path = self.repository / "runs"
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds, or fail after `PATIENCE` seconds. That is long, for busy machines."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.written
            assert self.process.poll() is None or condition(), self.written
            time.sleep(0.02)

    def wait_for(self, text: str) -> None:
        """Wait until `text` stands on the screen."""
        self.wait(lambda: text in self.screen)

    def press(self, keys: str) -> None:
        os.write(self.inside, keys.encode())

    def save(self, text: str, name: str = "net.py") -> None:
        """Save a file as many editors do. A new file takes the place of the old one."""
        new = self.repository / "student" / f".{name}.new"
        new.write_text(text)
        new.replace(self.repository / "student" / name)

    def ended(self) -> int:
        """Wait for the end and return the exit code. The terminal must be as it was before."""
        import termios

        self.wait(lambda: self.process.poll() is not None)
        assert termios.tcgetattr(self._outside) == self._before
        assert "Traceback" not in self.written
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.inside)
        os.close(self._outside)


@pytest.fixture
def watched(repository: Path) -> Iterator[Watched]:
    """Start a watch, and wait until it shows the first run."""
    watch = Watched(repository, "--lang", "en")
    watch.wait_for("q: quit")
    yield watch
    watch.close()


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_first_thing_to_do_is_shown(watched: Watched) -> None:
    """The screen shows the first thing to do. It has the line of code, the progress, and what comes after."""
    lines = watched.screen.splitlines()
    plain = [re.sub(r"\x1b\[\d?m", "", line) for line in lines]
    assert plain[:2] == ["What to do first", ""]
    assert plain[2:7] == ["Write `forward` first.", "", "     1 | first = 1", ">    2 | assert False", ""]
    assert plain[7] == "██████████░░░░░░░░░░░░░░░░░░░░ 1 of 3 tests pass"
    assert plain[8:10] == ["To do after this: 1.", "Further tests that wait for these: 1."]
    assert plain[10:12] == ["", "Structure  1 of 3"]
    assert max(map(len, plain)) < 60
    assert "Starting the tests…" in watched.written


@pytest.mark.parametrize("key", ["q", "Q", "й"])
def test_q_ends_it(key: str, watched: Watched) -> None:
    """The key q ends the watch in either keyboard layout. The terminal echoes again, and the exit code is 0."""
    watched.press("\x1bOQ")  # the key F2 sends an escape sequence with a Q in it
    time.sleep(0.3)
    assert watched.process.poll() is None
    watched.press(key)
    assert watched.ended() == 0
    assert watched.screen.endswith("Ended.\n")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["ctrl-c", "kill", "hang-up"])
def test_a_signal_ends_it_with_the_tests_that_run(how: signal.Signals, watched: Watched) -> None:
    """A signal ends the watch and the tests that run."""
    (watched.repository / "hold").touch()
    watched.press("r")
    watched.wait(lambda: len(watched.runs) == 2)
    watched.process.send_signal(how)
    assert watched.ended() == 0
    watched.wait(lambda: is_gone(watched.runs[1]))


TWICE = """
import os, signal, sys, tempfile, threading
from student import watch

def ask():
    os.kill(os.getpid(), int(sys.argv[1]))

def ended(run, end=watch.TestRun.end):
    ask()
    end(run)
    print("left:", os.listdir(tempfile.gettempdir()))

watch.TestRun.end = ended
threading.Timer(0.3, ask).start()
sys.exit(watch.main([]))
"""
"""A watch that gets a signal, and one more while it ends."""
GONE = """
import os, pty, signal
from student.keyboard import Keyboard

outside, inside = pty.openpty()
os.dup2(inside, 0)
with Keyboard() as keyboard:
    os.close(outside)
    os.kill(os.getpid(), signal.SIGCONT)
    print("keys:", keyboard.pressed(1))
"""
"""A keyboard whose terminal is closed. The system sends SIGCONT then, so that nothing stays stopped."""


def run_code(code: str, repository: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code beside a released folder."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=repository,
        env={**os.environ, **PLAIN, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        check=False,
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["ctrl-c", "kill", "hang-up"])
def test_a_second_signal_does_not_disturb_the_end(how: signal.Signals, repository: Path) -> None:
    """A second signal changes nothing. When a terminal is closed, both the system and the shell send one."""
    (repository / "hold").touch()
    place = repository / "place"
    place.mkdir()
    done = run_code(TWICE, repository, str(int(how)), TMPDIR=str(place))
    assert (done.returncode, done.stderr) == (0, "")
    assert "left: []" in done.stdout


def test_a_closed_terminal_does_not_disturb_the_end(repository: Path) -> None:
    """A closed terminal raises nothing in the middle. It has no keys any more."""
    done = run_code(GONE, repository)
    assert (done.returncode, done.stdout, done.stderr) == (0, "keys: \n", "")


def test_a_save_runs_the_tests_again(watched: Watched) -> None:
    """Saving a Python file runs the tests again.

    It may be renamed into place, written in place, or new; other files don't count.
    """
    (watched.repository / "student" / "notes.txt").write_text("no program")
    (watched.repository / "student" / "__pycache__").mkdir(exist_ok=True)
    (watched.repository / "student" / "__pycache__" / "net.py").write_text("")
    time.sleep(1)
    assert len(watched.runs) == 1
    watched.save("first = 2\nassert False\n")
    watched.wait_for("first = 2")
    (watched.repository / "student" / "net.py").write_text("first = 3\nassert False\n")
    watched.wait_for("first = 3")
    watched.save("", "blocks.py")
    watched.wait(lambda: len(watched.runs) == 4)


def test_saves_during_a_run_bring_one_more_run(watched: Watched) -> None:
    """Saves during a run bring one more run after it. So the last state is shown in the end."""
    hold = watched.repository / "hold"
    hold.touch()
    watched.save("first = 2\nassert False\n")
    watched.wait(lambda: len(watched.runs) == 2)
    for number in (3, 4, 5):
        watched.save(f"first = {number}\nassert False\n")
        time.sleep(0.3)
    assert len(watched.runs) == 2
    hold.unlink()
    watched.wait(lambda: len(watched.runs) == 3)
    watched.wait_for("first = 5")
    time.sleep(1.5)
    assert len(watched.runs) == 3


def test_q_ends_also_a_run_that_hangs(watched: Watched) -> None:
    """The key q ends the watch while a test hangs."""
    (watched.repository / "hold").touch()
    watched.press("r")
    watched.wait(lambda: len(watched.runs) == 2)
    watched.press("q")
    assert watched.ended() == 0
    watched.wait(lambda: is_gone(watched.runs[1]))


def changed(repository: Path, right: str, wrong: str) -> None:
    """Change a constant in the watch of a repository."""
    path = repository / "student" / "watch.py"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), encoding="utf-8")


def test_a_save_ends_a_run_that_hangs(repository: Path) -> None:
    """A save ends a run that hangs. Whoever has repaired the loop need not wait for its limit."""
    changed(repository, "PATIENCE_SECONDS = 15.0", "PATIENCE_SECONDS = 0.5")
    (repository / "hold").touch()
    watch = Watched(repository, "--lang", "en")
    try:
        watch.wait(lambda: len(watch.runs) == 1)
        (repository / "hold").unlink()
        (repository / "student" / "test_stand_in.py").write_text("def test_repaired(): assert False\n")
        watch.wait_for("What to do first")
        assert is_gone(watch.runs[0])
    finally:
        watch.close()


def test_a_run_that_takes_too_long_is_stopped(repository: Path) -> None:
    """A run that takes too long is stopped. The watch names the usual reason, and goes on."""
    changed(repository, "LIMIT_SECONDS = 300.0", "LIMIT_SECONDS = 2.0")
    (repository / "hold").touch()
    watch = Watched(repository, "--lang", "en")
    try:
        watch.wait_for("seems to be a loop without an end")
        watch.wait(lambda: all(map(is_gone, watch.runs)))
        assert watch.process.poll() is None
    finally:
        watch.close()


def test_tests_that_die_show_what_they_said_last(watched: Watched) -> None:
    """Tests that die show their last output. So does a test of one's own that cannot be read."""
    watched.save("import os\nprint('before', flush=True)\nos._exit(3)\n")
    watched.wait_for("could not be run to their end")
    watched.save("def test_mine(:\n", "test_mine.py")
    watched.wait_for("SyntaxError")


def test_when_everything_passes_the_next_step_is_named(watched: Watched) -> None:
    """When all tests pass, their number and the next step are named."""
    watched.save("first = 1\n")
    watched.wait_for("All 3 quick tests pass.")
    assert "Structure  1 of 3" in watched.screen
    assert "More tests follow." in watched.screen


def test_a_test_of_ones_own_that_fails_is_shown(watched: Watched) -> None:
    """A student's own failed test is shown with its output. It stands first where no message says what to do."""
    found = {**FOUND, "todo": [], "others": [["student/test_mine.py::test_mine", "assert 3 == 4"]]}
    (watched.repository / "found.json").write_text(json.dumps(found))
    watched.press("r")
    watched.wait_for("assert 3 == 4")
    assert "student/test_mine.py::test_mine" in watched.screen


def test_what_a_program_says_moves_no_cursor(watched: Watched) -> None:
    """Escape sequences in a message or in code are not printed."""
    found = {**FOUND, "todo": [{"text": "it said \x1b[2J\x07boo", "where": "net.py:2"}]}
    (watched.repository / "found.json").write_text(json.dumps(found))
    watched.save("first = 9\nassert 'x\x1b[31m' == ''\n")
    watched.wait_for("first = 9")
    assert "\x1b[2J\x07" not in watched.written
    assert "\x1b[31m" not in watched.written
    assert "boo" in watched.screen


def test_without_a_terminal_it_writes_plain_text(repository: Path) -> None:
    """Without a terminal, the watch writes plain text. Results follow each other, and a line with q ends it."""
    watching = subprocess.Popen(
        [sys.executable, "-m", "student", "watch", "--lang", "en"],
        cwd=repository,
        env={**os.environ, **PLAIN},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert watching.stdout is not None
    written = ""
    while "quit." not in written:
        line = watching.stdout.readline()
        assert line
        written += line
    rest, _ = watching.communicate("q\n", timeout=PATIENCE)
    assert watching.returncode == 0
    assert "\x1b" not in written + rest
    assert "\r" not in written + rest
    assert "Write `forward` first." in written
    assert "Ctrl-C: quit." in written
    assert rest == "Ended.\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_watchfiles_one_line_says_so(language: str, repository: Path) -> None:
    """Without watchfiles the watch says so in one line. It does so in the student's language, before anything runs."""
    (repository / "watchfiles.py").write_text("raise ModuleNotFoundError('No module named watchfiles')\n")
    done = subprocess.run(
        [sys.executable, "-m", "student", "watch", "--lang", language],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(messages(language)["student/watch-impossible"].partition("{")[0])
    assert not (repository / "runs").exists()


def test_it_watches_the_released_tests_in_russian(tmp_path: Path) -> None:
    """The watch runs the released tests in Russian.

    Stubs name the first part to write; a missing bracket then comes first.
    """
    watch = Watched(released(tmp_path), "--lang", "ru", OMP_NUM_THREADS="1", PYTEST_ADDOPTS="-p pytest_timeout")
    try:
        watch.wait_for("q — выйти")
        lines = [re.sub(r"\x1b\[\d?m", "", line) for line in watch.screen.splitlines()]
        assert lines[:3][0] == "С чего начать"
        assert lines[2].startswith("Функция `__init__` ещё не написана (net.py:")
        assert any(re.match(r">  +\d+ \|  +raise NotImplementedError\(", line) for line in lines)
        assert re.search(r"пройдено тестов: 1 из \d\d$", "\n".join(lines), flags=re.MULTILINE)
        assert re.search(r"Проверяем: \d+ из \d\d…", watch.written)
        source = (tmp_path / "student" / "net.py").read_text(encoding="utf-8")
        watch.save(source + "\nx = (1, 2\n")
        first = messages("ru")["structure/syntax-bracket"].partition("{")[0].strip()
        watch.wait_for(first)
        assert re.search(r"> +\d+ \| x = \(1, 2", watch.screen)
        watch.press("q")
        assert watch.ended() == 0
    finally:
        watch.close()
