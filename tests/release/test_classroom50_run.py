"""`autograder.py` of Classroom 50 grades a student's checkout. It uses the grader of this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from grader.release.automation import classroom50_bundle
from grader.release.repository import find_solutions, student_folder
from tests.testing.actions import commands_in
from tests.testing.courses import other_assignment

LARGEST_BUNDLE = 10 * 1024 * 1024
ENVIRONMENT = {
    "CLASSROOM": "dl101",
    "ASSIGNMENT": "mnist",
    "OWNER": "bob",
    "SUBMISSION_TAG": "submit/2026-11-23T14-00-00Z-abc1234",
    "COMMIT_URL": "https://github.com/org/dl101-mnist-bob/commit/abc",
    "RELEASE_URL": "https://github.com/org/dl101-mnist-bob/releases/tag/x",
}


def loaded(folder: Path, source: str = "") -> Any:
    """Write the released `autograder.py` into `folder` and import it."""
    path = folder / "autograder.py"
    path.write_bytes(classroom50_bundle(source)["autograder.py"])
    spec = importlib.util.spec_from_file_location("autograder", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enter a student's checkout, with the environment of the runner."""
    folder = tmp_path / "checkout"
    for name, content in student_folder(find_solutions(), filled_in=True).items():
        path = folder / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    monkeypatch.chdir(folder)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("RUNNER_TEMP", "CLASSROOM50_BUNDLE_DIR", "ASSIGNMENT_TYPE", "MODE", "REVIEW_URL", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return folder


def test_a_result_is_left_in_the_checkout(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A solved homework leaves a result with all points. Nothing that it prints is taken as a command."""
    autograder = loaded(tmp_path)
    monkeypatch.setattr(autograder, "install", lambda folder: [sys.executable, "-I", "-m", "grader"])
    monkeypatch.setattr(autograder, "OPTIONS", ["--only", "structure", "--dataset", "digits", "--jobs", "1"])
    elsewhere = tmp_path / "elsewhere"
    (checkout / "result.json").symlink_to(elsewhere)  # a student could try to make the grader write there
    (checkout / "release-body.md" / "x").mkdir(parents=True)  # or to have no result, as if the grader had failed
    (checkout / "grader.py").write_text(f"open({str(elsewhere)!r}, 'w')", encoding="utf-8")
    autograder.main()
    assert not elsewhere.exists()
    assert list(tmp_path.glob("grading-*")) == []
    result = json.loads((checkout / "result.json").read_bytes())
    assert (result["score"], result["max-score"], result["owner"]) == (20, 20, "bob")
    assert result["assignment_type"] == "individual"
    assert "**20 / 20**" in (checkout / "release-body.md").read_text(encoding="utf-8")
    log = capfd.readouterr().out
    assert [command.name for command in commands_in(log)] == ["stop-commands"]
    assert autograder.TOTAL_SECONDS < 15 * 60  # a job is ended then


def test_without_a_grader_it_ends_as_infrastructure(checkout: Path, tmp_path: Path) -> None:
    """Without a grader it ends with 1 and no result.

    It says why, and Classroom 50 does not hold that against the student.
    """
    loaded(tmp_path)
    done = subprocess.run(
        [sys.executable, tmp_path / "autograder.py"], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (command,) = commands_in(done.stdout)
    assert command.message.startswith("write into SOURCE of autograder.py")
    assert not (checkout / "result.json").exists()


def test_what_does_not_end_in_time_is_ended(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grader that takes too long is ended.

    That is a fault of the infrastructure, as is an unexpected exit code; the student may try again.
    """
    autograder = loaded(tmp_path)
    with pytest.raises(autograder.NotGradedError, match="ended with 3"):
        autograder.run([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, good=(0, 1))
    monkeypatch.setattr(autograder, "TOTAL_SECONDS", 0)
    with pytest.raises(autograder.NotGradedError, match="was not done in time"):
        autograder.run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path)


STAND_IN = """
import signal, sys, time
from pathlib import Path

def end(*_):
    time.sleep(0.3)
    Path(sys.argv[1]).touch()
    sys.exit(0)

signal.signal(signal.SIGTERM, end)
print("up", flush=True)
while True:
    time.sleep(0.05)  # a signal just before a long sleep would be heard after it
"""
"""A grader that takes a moment to end."""
CANCELLED = """
import signal, sys
import autograder
autograder.install = lambda folder: [sys.executable, "-c", sys.argv[1], sys.argv[2]]
for number in autograder.SIGNALS:
    signal.signal(number, autograder.end)
autograder.main()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["ctrl-c", "kill", "hang-up"])
def test_a_cancelled_job_leaves_nothing(how: signal.Signals, checkout: Path, tmp_path: Path) -> None:
    """A cancelled job leaves no folder. It lets the grader end first. A second signal does not disturb that."""
    loaded(tmp_path)
    place, ended = tmp_path / "place", tmp_path / "ended"
    place.mkdir()
    running = subprocess.Popen(
        [sys.executable, "-c", CANCELLED, STAND_IN, str(ended)],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "RUNNER_TEMP": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    while running.stdout.readline() not in (b"up\n", b""):
        pass
    assert [path.name[:8] for path in place.iterdir()] == ["grading-"]
    running.send_signal(how)
    time.sleep(0.1)
    running.send_signal(how)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (128 + how, b"")
    assert ended.exists()
    assert list(place.iterdir()) == []


def test_what_is_installed(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It installs the source of the release, or the wheel beside it. No command runs in the checkout."""
    autograder = loaded(tmp_path, "perceptron-grader==0.2.0")
    commands: list[list[str]] = []
    folders: list[Path] = []

    def heard(command: list[str], folder: Path) -> None:
        commands.append(command)
        folders.append(folder)

    monkeypatch.setattr(autograder, "run", heard)
    work = tmp_path / "work"
    assert autograder.install(work) == [str(work / "grader" / "bin" / "python"), "-I", "-m", "grader"]
    assert commands[-1][-3:] == ["--torch-backend", "cpu", "perceptron-grader==0.2.0"]
    assert set(folders) == {work}
    (tmp_path / "perceptron_grader-0.2.0-py3-none-any.whl").touch()
    autograder.install(work)
    assert commands[-1][-1] == str(tmp_path / "perceptron_grader-0.2.0-py3-none-any.whl")


def test_it_grades_by_the_assignment_beside_it(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An assignment.toml beside the program is named to the grader. Without one the grader's own counts."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    autograder = loaded(bundle)
    commands: list[list[str]] = []

    def heard(command: list[str], folder: Path, **_: object) -> None:
        commands.append(command)
        for name in ("result.json", "release-body.md"):
            (folder / name).touch()

    monkeypatch.setattr(autograder, "run", heard)
    monkeypatch.setattr(autograder, "install", lambda folder: ["grader"])
    autograder.main()
    assert "--assignment" not in commands[0]
    (bundle / "assignment.toml").write_bytes(classroom50_bundle("", other_assignment(tmp_path))["assignment.toml"])
    commands.clear()
    autograder.main()
    assert commands[0][commands[0].index("--assignment") + 1] == str(bundle / "assignment.toml")


def test_it_is_small_and_needs_no_package() -> None:
    """The file is small and imports only the standard library. Classroom 50 serves at most 10 MB."""
    (source,) = classroom50_bundle("").values()
    assert len(source) < LARGEST_BUNDLE
    imported = {
        line.split()[1].partition(".")[0]
        for line in source.decode().splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names
