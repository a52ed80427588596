"""Released workflows are well-formed, pinned, and have few rights."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.cli import run
from grader.errors import UsageError
from grader.release.automation import classroom50_bundle, instructor_repository
from grader.release.repository import find_solutions, repository
from tests.testing.workflow import Machine

WORKFLOWS = {"student": ".github/workflows/classroom.yml", "instructor": ".github/workflows/grade.yml"}
IMAGE = "docker://ghcr.io/org/grader@sha256:abc"


@functools.cache
def files(kind: str, source: str = "") -> Mapping[str, bytes]:
    """Make the released files for students or for instructors."""
    return repository(find_solutions(), source) if kind == "student" else instructor_repository(source)


def workflow(kind: str, source: str = "") -> str:
    """Return the text of a released workflow."""
    return files(kind, source)[WORKFLOWS[kind]].decode()


def tool(name: str) -> str:
    """Find a checker of workflows, or skip the test. It lies beside this interpreter or on the path."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def checked(command: list[str]) -> tuple[int, str]:
    """Run a checker, and return its exit code and output."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(params=WORKFLOWS)
def kind(request: pytest.FixtureRequest) -> str:
    """Run a test for each of both workflows."""
    return str(request.param)


@pytest.fixture
def path(kind: str, tmp_path: Path) -> Path:
    """Write the workflow to a file."""
    target = tmp_path / WORKFLOWS[kind]
    target.parent.mkdir(parents=True)
    target.write_text(workflow(kind), encoding="utf-8")
    return target


def test_actionlint(path: Path) -> None:
    """Actionlint finds nothing wrong. It would find an expression that does not exist."""
    command = [tool("actionlint"), str(path)]
    code, said = checked(command)
    assert code == 0, said
    path.write_text(path.read_text(encoding="utf-8").replace("runner.temp", "runner.tempo"), encoding="utf-8")
    assert checked(command)[0] != 0


def test_zizmor(path: Path) -> None:
    """Zizmor finds nothing wrong. It would find an action that is not pinned by commit."""
    command = [tool("zizmor"), "--offline", "--no-progress", "--no-config", str(path)]
    code, said = checked(command)
    assert code == 0, said
    text = re.sub(r"@[0-9a-f]{40} # v[0-9.]+", "@main", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    assert checked(command)[0] != 0


def test_shellcheck(kind: str) -> None:
    """Shellcheck finds nothing wrong in any step."""
    program = tool("shellcheck")
    for step in steps(workflow(kind)):
        if "run" in step:
            done = subprocess.run(
                [program, "--shell", "bash", "-"], input=step["run"], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout


def steps(text: str) -> list[dict[str, Any]]:
    """Return the steps of a workflow's only job."""
    (job,) = yaml.safe_load(text)["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def test_actions_are_pinned_by_commit(kind: str) -> None:
    """Actions are pinned by commit, with their version beside it."""
    used = re.findall(r"uses: (\S+)(.*)", workflow(kind))
    assert used
    for action, rest in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+(/[\w-]+)?@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v[0-9.]+", rest), action


def test_rights_are_few(kind: str) -> None:
    """A workflow has few rights.

    It has none itself, its job reads and has an end, and no token is left in the checkout.
    """
    whole = yaml.safe_load(workflow(kind))
    (job,) = whole["jobs"].values()
    assert whole["permissions"] == {}
    assert job["permissions"] == {"contents": "read"}
    assert 0 < job["timeout-minutes"] <= 350
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_a_run_that_fails_or_is_ended_keeps_what_is_graded() -> None:
    """A run that fails still saves the store and the grades. It doesn't matter how the step that grades has ended."""
    after = [step for step in steps(workflow("instructor")) if "always()" in step.get("if", "")]
    assert [step["uses"].partition("@")[0] for step in after] == ["actions/cache/save", "actions/upload-artifact"]
    (restored,) = [step for step in steps(workflow("instructor")) if "actions/cache/restore" in step.get("uses", "")]
    assert restored["with"]["path"] == after[0]["with"]["path"] == after[1]["with"]["path"]


def test_secrets_reach_one_step_each(kind: str) -> None:
    """A secret reaches only the step that needs it. No step that grades has a token to fetch with."""
    for step in steps(workflow(kind)):
        tokens = {name for name, value in step.get("env", {}).items() if "secrets." in str(value)}
        expected = {"install": {"GRADER_TOKEN"}, "fetch": {"GH_TOKEN"}}.get(step.get("id", ""), set())
        assert tokens - {"GRADER_SECRET"} == expected, step["name"]
    assert "${{" not in "".join(step.get("run", "") for step in steps(workflow(kind)))


def test_a_source_is_written_into_it(kind: str) -> None:
    """The source of the grader is written into the workflow. A variable of the repository overrides it."""
    source = "git+https://github.com/org/grader@v0.2.0"
    assert f"vars.GRADER_SOURCE || '{source}'" in workflow(kind, source)
    assert "vars.GRADER_SOURCE || ''" in workflow(kind)
    assert "@GRADER_SOURCE@" not in workflow(kind)
    assert "@INSTALL@" not in workflow(kind)


@pytest.mark.parametrize("source", ["a b", "x'", 'x"', "x\ny", "${{ x }}", "`x`", "$(x)", "-e", "x;y"])
def test_a_source_that_would_not_stay_text_is_refused(source: str) -> None:
    """A source with special characters is refused. It stands in YAML, in an expression and in Python."""
    for write in (instructor_repository, classroom50_bundle):
        with pytest.raises(UsageError, match="without spaces or quotes"):
            write(source)


def test_classroom50_has_no_images() -> None:
    """Classroom 50 refuses an image. It starts images itself."""
    with pytest.raises(UsageError, match="starts images itself"):
        classroom50_bundle(IMAGE)


def test_without_a_source_the_job_says_what_to_set(kind: str, tmp_path: Path) -> None:
    """Without a source the job fails and says what to set. The error is shown on the page of the run."""
    machine = Machine(tmp_path / "machine").carry_out(workflow(kind), only="install")
    assert machine.failed == "Install the grader"
    (command,) = machine.commands
    assert command.name == "error"
    assert "GRADER_SOURCE" in command.message


def test_a_package_is_installed_for_the_cpu_and_apart(kind: str, tmp_path: Path) -> None:
    """The package is installed apart, with torch for the CPU.

    uv installs it, and does not read a configuration in the current folder. A token reaches only git.
    """
    source = "git+https://github.com/org/grader@v0.2.0"
    machine = Machine(tmp_path / "machine", {"GRADER_SOURCE": source}).carry_out(workflow(kind), only="install")
    assert machine.failed is None, machine.log
    assert machine.log.startswith("grader ")
    installed = (machine.root / "home" / "installed").read_text(encoding="utf-8").splitlines()
    assert installed[1].endswith(f"--torch-backend cpu {source}")
    assert all("--no-config" in line for line in installed)
    secret = Machine(tmp_path / "private", {"GRADER_SOURCE": source}, {"GRADER_TOKEN": "t0ken"})
    secret.carry_out(workflow(kind), only="install")
    told = (secret.root / "home" / "installed").read_text(encoding="utf-8")
    assert "GIT_CONFIG_KEY_0=url.https://x-access-token:t0ken@github.com/.insteadOf" in told
    assert "t0ken" not in secret.log


def test_an_image_takes_the_place_of_the_package(kind: str, tmp_path: Path) -> None:
    """An image replaces the package. The same command runs in a container without network, as the job's user."""
    machine = Machine(tmp_path / "machine", {"GRADER_SOURCE": IMAGE}).carry_out(workflow(kind), only="install")
    assert machine.failed is None, machine.log
    arguments = (machine.root / "home" / "docker-arguments").read_text(encoding="utf-8").splitlines()
    assert arguments[:3] == ["pull", "--quiet", "ghcr.io/org/grader@sha256:abc"]
    assert arguments[3:7] == ["run", "--rm", "--network", "none"]
    assert f"{machine.root / 'work'}:{machine.root / 'work'}:ro" in arguments
    assert arguments[-4:] == ["--workdir", str(machine.root / "temp"), "ghcr.io/org/grader@sha256:abc", "--version"]


def test_a_codespace_has_what_a_student_needs() -> None:
    """A Codespace has all that a student needs.

    Its file is plain JSON, installs the repository and the notebook, and knows the tests.
    """
    content = json.loads(files("student")[".devcontainer/devcontainer.json"])
    assert ".[notebook]" in content["postCreateCommand"]
    assert content["customizations"]["vscode"]["settings"]["python.testing.pytestArgs"] == ["student"]
    assert set(content["customizations"]["codespaces"]["openFiles"]) <= set(files("student"))


@pytest.mark.parametrize(
    ("option", "name"), [("--instructor", WORKFLOWS["instructor"]), ("--classroom50", "autograder.py")]
)
def test_the_command_writes_them(option: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes a workflow into a new folder. It says what to do with it."""
    assert run(["release", option, str(tmp_path / "new"), "--grader", "perceptron-grader==0.2.0"]) == 0
    assert "perceptron-grader==0.2.0" in (tmp_path / "new" / name).read_text(encoding="utf-8")
    assert "next: " in capsys.readouterr().out
    assert run(["release", option, str(tmp_path / "new")]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert run(["release", option, "--nbgrader", str(tmp_path / "other")]) == 2
    assert "name one of them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "fails"), [(0, set()), (1, set()), (2, {"student", "instructor"}), (3, {"instructor"})]
)
def test_how_the_grader_ends_decides_how_the_job_does(kind: str, code: int, fails: set[str], tmp_path: Path) -> None:
    """The exit code of the grader decides how the job ends.

    Missing points are no failure. A fault gives a student no grade, and fails the instructor's job.
    """
    machine = Machine(tmp_path / "machine")
    program = machine.root / "temp" / "grade"
    program.write_text(f"#!/bin/sh\necho '::notice title=Forged::x'\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)
    machine.carry_out(workflow(kind), only="run")
    assert (machine.failed == "Grade") is (kind in fails)
    assert "::notice title=Forged::x" in machine.log
    assert not [command for command in machine.commands if command.name == "notice"]
    told = [command for command in machine.commands if command.name == "error"]
    assert bool(told) is (kind == "student" and code == 2)
