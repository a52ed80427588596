"""The place where hostile submissions are graded.

It is a whole installation of the grader amid things that nobody may touch. The grader is the real command, run as root
or as an ordinary user from a copy of itself. The copy's `assignment.toml` has small limits, as an instructor could
write them: a hostile submission should cost this machine little.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.hostile.attacks import HONEST, Attack, write_many, write_single

ROOT = Path(__file__).parents[2]
ORDINARY_UID = 54321
NEIGHBOUR, MANY = "zz-neighbour", "many-attacks"
TIME_LIMIT = 30
"""Seconds for a phase. What never ends is killed then."""
_LIMITS = {"memory_mb": 1800, "processes": 64, "scratch_mb": 64}
_WRITTEN = {"result.json"} | {f"feedback.{language}.{kind}" for language in ("en", "ru") for kind in ("md", "html")}
_NOT_TO_BE_SHOWN = ("\x1b", "\x07", "\x08", "\x9b", "\u202e", "\u2066")
_WRITTEN_FOR_ALL = {"grades.csv", "overview.md", "index.html", "index.en.html", "index.ru.html", ".grader"}


@dataclass(frozen=True)
class User:
    """A user who runs the grader, and their Python. It has torch, and the user may execute it."""

    name: str
    uid: int
    python: str

    def ids(self) -> dict[str, Any]:
        """Arguments for `subprocess` to become this user."""
        return {} if self.uid == os.getuid() else {"user": self.uid, "group": self.uid, "extra_groups": []}


def _works(python: Path | str, uid: int) -> bool:
    code = f"""
import importlib.util, sys
there = all(map(importlib.util.find_spec, ("torch", "sklearn", "msgspec")))
sys.exit(not there or sys.version_info[:2] != {sys.version_info[:2]!r})
"""
    ids: dict[str, Any] = {"user": uid, "group": uid, "extra_groups": []}
    try:
        done = subprocess.run([python, "-c", code], env={}, cwd="/", capture_output=True, check=False, **ids)
    except OSError:
        return False
    return done.returncode == 0


@cache
def users() -> tuple[User, ...]:
    """The users that this run can become.

    They are root and an ordinary user, or the one user it already is. Where root's interpreter lies in a directory that
    only root may enter, the system's own gets root's packages.
    """
    if os.getuid() != 0:
        return (User("user", os.getuid(), sys.executable),)
    root = User("root", 0, sys.executable)
    if _works(sys.executable, ORDINARY_UID):
        return (root, User("user", ORDINARY_UID, sys.executable))
    folder = Path(tempfile.gettempdir()) / f"grader-ordinary-python-{uuid.uuid4().hex[:8]}"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = subprocess.run(
        ["/usr/bin/python3", "-m", "venv", "--without-pip", str(folder)], capture_output=True, check=False
    )
    packages = [path for path in sys.path if path.endswith("site-packages")]
    for site in folder.glob("lib/python*/site-packages"):
        (site / "packages.pth").write_text("\n".join(packages), encoding="utf-8")
    python = folder / "bin" / "python"
    if made.returncode == 0 and _works(python, ORDINARY_UID):
        return (root, User("user", ORDINARY_UID, str(python)))
    return (root,)


def _forms(secret: str) -> list[bytes]:
    """The forms in which a secret may be smuggled out."""
    plain = secret.encode()
    return [plain, plain[::-1], plain.hex().encode(), base64.b64encode(plain).rstrip(b"=")[:-1]]


def _state(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
    times = () if path.is_dir() else (status.st_mtime_ns,)
    return (status.st_mode, status.st_uid, status.st_nlink if not path.is_dir() else 0, content, *times)


@dataclass
class Run:
    """The outcome of one run of the grader in the arena."""

    exit_code: int
    results: dict[str, dict[str, Any]]
    printed: str
    """Everything that the grader wrote, to files and to the terminal."""
    complaints: list[str]
    """Complaints about what the attacks reached. Empty where all held."""
    seconds: float

    def through(self) -> set[str]:
        """Attacks that got through, of those sharing one submission. Given by module name."""
        return set(re.findall(r"attack (\w+): done", self.printed))

    def refused(self) -> set[str]:
        """Attacks that were refused, of those sharing one submission."""
        return set(re.findall(r"attack (\w+): refused", self.printed))


@dataclass
class Arena:
    """One installation with its traps. `user` could reach all of them if nothing confined a submission."""

    user: User
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="grader-arena-")))
    secrets: dict[str, str] = field(default_factory=dict)
    targets: dict[str, object] = field(default_factory=dict)
    _listeners: list[socket.socket] = field(default_factory=list)
    _outsider: subprocess.Popen[bytes] | None = None
    _before: dict[Path, tuple[object, ...]] = field(default_factory=dict)
    _outsider_before: tuple[object, ...] = ()

    def build(self) -> None:
        """Make the files, sockets and processes of the arena."""
        names = ("environment", "home", "neighbour", "hidden", "labels", "results")
        self.secrets = {name: f"{name}-{uuid.uuid4().hex}" for name in names}
        self.folder.chmod(0o755)
        for name in ("home", "submissions", "tmp", "grades"):
            (self.folder / name).mkdir()
        self._install()
        home = self.folder / "home"
        (home / "secret").write_text(self.secrets["home"])
        (home / "t10k-labels-idx1-ubyte").write_text(self.secrets["labels"])
        (home / "kept").write_text("kept")
        (self.folder / "sentinel").write_text("untouched")
        shutil.copytree(HONEST, self.folder / "submissions" / NEIGHBOUR)
        self._mark(self.folder / "submissions" / NEIGHBOUR / "net.py", self.secrets["neighbour"])
        (self.folder / "earlier").mkdir()
        (self.folder / "earlier" / "result.json").write_text(json.dumps({"secret": self.secrets["results"]}))
        self._give_away()
        self._outsider = subprocess.Popen(
            ["/bin/sleep", "infinity"], env={"SECRET_TOKEN": self.secrets["environment"]}, **self.user.ids()
        )
        self._set_targets()

    def _install(self) -> None:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "grader", self.folder / "kit" / "grader", ignore=ignored)
        assignment = self.folder / "kit" / "grader" / "assignment.toml"
        text = assignment.read_text(encoding="utf-8")
        for name, value in _LIMITS.items():
            text, count = re.subn(rf"(?m)^{name} = \d+", f"{name} = {value}", text)
            assert count == 1, name
        assignment.write_text(text, encoding="utf-8")
        self._mark(self.folder / "kit" / "grader" / "hidden" / "test_structure.py", self.secrets["hidden"])

    @staticmethod
    def _mark(path: Path, secret: str) -> None:
        path.write_text(path.read_text(encoding="utf-8") + f"\n# {secret}\n", encoding="utf-8")

    def _give_away(self) -> None:
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, self.user.uid, self.user.uid)

    def _set_targets(self) -> None:
        home, abstract = self.folder / "home", f"grader-arena-{uuid.uuid4().hex}"
        assert self._outsider is not None
        self.targets = {
            "HOME": str(home),
            "HOME_FILE": str(home / "secret"),
            "KEPT_FILE": str(home / "kept"),
            "LABELS_FILE": str(home / "t10k-labels-idx1-ubyte"),
            "NEIGHBOUR_FILE": str(self.folder / "submissions" / NEIGHBOUR / "net.py"),
            "HIDDEN_FILE": str(self.folder / "kit" / "grader" / "hidden" / "test_structure.py"),
            "OUT": str(self.folder / "grades"),
            "EARLIER_FILE": str(self.folder / "earlier" / "result.json"),
            "SENTINEL": str(self.folder / "sentinel"),
            "ARENA": str(self.folder),
            "OUTSIDER": self._outsider.pid,
            "PORT": self._listen(socket.AF_INET, ("127.0.0.1", 0))[1],
            "UDP_PORT": self._listen(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM)[1],
            "UNIX_SOCKET": self._listen(socket.AF_UNIX, str(home / "socket")),
            "ABSTRACT_SOCKET": abstract,
        }
        self._listen(socket.AF_UNIX, f"\0{abstract}")
        (home / "socket").chmod(0o777)

    def _listen(self, family: int, address: Any, kind: int = socket.SOCK_STREAM) -> Any:
        listener = socket.socket(family, kind)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen(16)
        self._listeners.append(listener)
        return listener.getsockname()

    def add(self, attack: Attack) -> None:
        """Put the submission of one attack into the batch."""
        write_single(attack, self.folder / "submissions" / attack.name, self.targets)

    def add_many(self, chosen: list[Attack]) -> None:
        """Put one submission into the batch that tries all of `chosen`. They must be able to share a process."""
        write_many(chosen, self.folder / "submissions" / MANY, self.targets)

    def run(self, backend: str, only: tuple[str, ...] = ("structure",)) -> Run:
        """Grade the batch in these categories, then check everything."""
        for path in (self.folder / "submissions").rglob("*"):
            os.chown(path, self.user.uid, self.user.uid)
        self._before = self._files()
        self._outsider_before = self._outsider_state()
        begin = time.monotonic()
        options = [*f"--dataset digits --time-limit {TIME_LIMIT} --sandbox {backend} --only".split(), ",".join(only)]
        grader = [self.user.python, "-m", "grader", str(self.folder / "submissions"), *options]
        done = subprocess.run(
            [*grader, "--out", str(self.folder / "grades")],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(self.folder / "home"),
                "TMPDIR": str(self.folder / "tmp"),
                "PYTHONPATH": str(self.folder / "kit"),
                "PYTHONDONTWRITEBYTECODE": "1",
                "GRADER_SECRET": "k" * 40,
                "SECRET_TOKEN": self.secrets["environment"],
            },
            cwd=self.folder,
            capture_output=True,
            timeout=60.0 * sum(1 for _ in (self.folder / "submissions").iterdir()),
            check=False,
            **self.user.ids(),
        )
        said = done.stdout + b"\n" + done.stderr + b"\n"
        printed = said + self._written("*")
        complaints = [*self._processes_left(), *self._touched(), *self._leaks(printed), *self._out_of_place()]
        complaints += [
            f"{character!r} stands in what people read"
            for character in _NOT_TO_BE_SHOWN
            if character.encode() in said + self._written("*.md") + self._written("*.csv")
        ]
        if done.returncode not in (0, 1):
            complaints.append(f"the grader ended with {done.returncode}: {done.stderr[-300:].decode(errors='replace')}")
        text = printed.decode(errors="replace")
        return Run(done.returncode, self._results(), text, complaints, time.monotonic() - begin)

    def _files(self) -> dict[Path, tuple[object, ...]]:
        kept = [self.folder / name for name in ("home", "submissions", "kit", "sentinel", "earlier")]
        found = [path for top in kept for path in (top, *(top.rglob("*") if top.is_dir() else ()))]
        return {path: _state(path) for path in found}

    def _written(self, pattern: str) -> bytes:
        files = (path for path in sorted((self.folder / "grades").rglob(pattern)) if path.is_file())
        return b"\n".join(path.read_bytes() for path in files)

    def _results(self) -> dict[str, dict[str, Any]]:
        return {path.parent.name: json.loads(path.read_bytes()) for path in self.folder.glob("grades/*/result.json")}

    def _touched(self) -> list[str]:
        after = self._files()
        changed = [path for path in {*after, *self._before} if after.get(path) != self._before.get(path)]
        found = [f"{path.relative_to(self.folder)} is not what it was" for path in sorted(changed)]
        ready = select.select(self._listeners, [], [], 0)[0]
        found += [f"somebody spoke to {listener.getsockname()!r}" for listener in ready]
        if self._outsider_state() != self._outsider_before:
            found.append("a process outside was reached")
        return found

    def _outsider_state(self) -> tuple[object, ...]:
        assert self._outsider is not None
        if self._outsider.poll() is not None:
            return ("ended",)
        pid = self._outsider.pid
        stopped = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "tT"
        limits = Path(f"/proc/{pid}/limits").read_text()
        return (stopped, os.getpriority(os.PRIO_PROCESS, pid), frozenset(os.sched_getaffinity(pid)), limits)

    def _leaks(self, printed: bytes) -> list[str]:
        return [
            f"the secret of {name} got out"
            for name, secret in self.secrets.items()
            if any(form in printed for form in _forms(secret))
        ]

    def _out_of_place(self) -> list[str]:
        """Files that the grader did not put there. They lie in the output folder, or are left in the temporary one."""
        found = []
        submissions = {path.name for path in (self.folder / "submissions").iterdir()}
        for entry in (self.folder / "grades").iterdir():
            if entry.name in submissions:
                found += [f"{entry.name}/{path.name}" for path in entry.iterdir() if path.name not in _WRITTEN]
            elif entry.name not in _WRITTEN_FOR_ALL:
                found.append(entry.name)
        left = [path.name for path in (self.folder / "tmp").iterdir()]
        return [f"grades/{name} is not the grader's" for name in found] + [f"{name} was left behind" for name in left]

    def _processes_left(self) -> list[str]:
        """Processes of the run that are still there. Their arguments or their environment name the arena."""
        word, found = str(self.folder).encode(), []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if word in text and state not in "ZX":
                found.append(f"process {entry.name} survived: {text[:120]!r}")
        return found

    def close(self) -> None:
        """Close the sockets, end the process and remove the folder."""
        for listener in self._listeners:
            listener.close()
        if self._outsider is not None:
            self._outsider.kill()
            self._outsider.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
