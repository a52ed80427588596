"""Released files state the goal, the rules and the points of their own assignment."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest
import yaml
from nbgrader.preprocessors import Execute
from traitlets.config import PyFileConfigLoader

from grader.assignment import Assignment, AssignmentFile, load_assignment
from grader.release.automation import classroom50_bundle, instructor_repository
from grader.release.course import nbgrader_course
from grader.release.repository import find_solutions, leaks, repository
from grader.release.stated import category_points, in_chapter
from tests.testing.courses import other_assignment
from tests.testing.workflow import Machine

WORKFLOW = ".github/workflows/classroom.yml"
OF_MNIST = re.compile(
    r"at 99 % of 10,000|для 99 % из|must not read as the 99 %|98[.,]8 % (to over|выше) 99 %|(these reach|с ними) 99 %"
)
"""What is true of 99 % whatever the goal is."""


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> AssignmentFile:
    """The assignment of a course with other numbers."""
    return other_assignment(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def released(other: AssignmentFile) -> Mapping[str, bytes]:
    """The student repository of that course."""
    return repository(find_solutions(), given=other)


def cells_of(notebook: bytes) -> list[dict[str, Any]]:
    """The cells of a notebook, each source as one text."""
    return [{**cell, "source": "".join(cell["source"])} for cell in json.loads(notebook)["cells"]]


def checks_of(notebook: bytes) -> dict[str, float]:
    """What the cells of a notebook are worth, by id."""
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells_of(notebook)]
    worth = {mark["grade_id"]: mark["points"] for mark in marks if mark.get("grade")}
    return {name.removeprefix("points-").removesuffix("-check"): points for name, points in worth.items()}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_solutions_state_what_comes_with_the_grader(language: str) -> None:
    """The chapters in `solutions/` state the assignment that comes with the grader, to the letter."""
    script = (find_solutions() / f"perceptron_{language}.py").read_text(encoding="utf-8")
    assert in_chapter(script, load_assignment(), language) == script


def test_nothing_speaks_of_another_goal(released: Mapping[str, bytes], other: AssignmentFile) -> None:
    """No released file speaks of the goal of the grader's own assignment, and no mark is left."""
    course = nbgrader_course(find_solutions(), other)
    for name, content in {**released, **course, **instructor_repository("", other)}.items():
        text = OF_MNIST.sub("", content.decode())
        assert not re.search(r"\b99\s?%|\b0\.99\b", text), name
        assert not re.search(r"@[A-Z_]{3,}@", text), name


def test_the_readme_states_goal_rules_and_points(released: Mapping[str, bytes]) -> None:
    """The README states goal, rules, deadline and points in both languages, each with its own numbers."""
    text = " ".join(released["README.md"].decode().split())
    assert text.startswith("# Рукописные цифры: 96,5 % · Handwritten digits: 96.5 %")
    assert "with **at least 96.5 %** accuracy" in text
    assert "с точностью **не ниже 96,5 %**" in text
    assert (
        "**Rules.** At least 3 hidden layers; fully connected layers only, no convolutions; at most 1,000,000 "
        "parameters; at most 7.5 min of training on two processor cores; due 2026-12-01 23:59+03:00, and 10 % of the "
        "points less for each day that has begun since, 100 % at most. **Points.** Network 21.5; dropout 15; loss and "
        "optimizer 15; training loop 20; accuracy 30 (steps at 90, 96 and 96.5 %)."
    ) in text
    assert "Не меньше 3 скрытых слоёв; только полносвязные слои, без свёрток; не больше 1 000 000 параметров" in text
    assert "не больше 7,5 мин обучения" in text
    assert (
        "Сеть 21,5; dropout 15; потери и оптимизатор 15; цикл обучения 20; точность 30 (ступени 90, 96 и 96,5 %)."
        in text
    )
    assert "96.5 % accuracy" in tomllib.loads(released["pyproject.toml"].decode())["project"]["description"]


@pytest.mark.parametrize(("language", "reached"), [("en", "96.5"), ("ru", "96,5")])
def test_a_chapter_states_goal_rules_and_points(released: Mapping[str, bytes], language: str, reached: str) -> None:
    """A chapter has the goal in its three places, the rules, and the points of each cell that gives some."""
    cells = cells_of(released[f"student/perceptron_{language}.ipynb"])
    text = "\n".join(cell["source"] for cell in cells)
    assert len(re.findall(rf"\b{reached}\s%", text)) == 4  # and once among the steps
    assert {"en": "At least 3 hidden layers", "ru": "Не меньше 3 скрытых слоёв"}[language] in text
    worth = {"net": 21.5, "dropout": 15, "objective": 15, "training": 20, "accuracy": 30}
    assert checks_of(released[f"student/perceptron_{language}.ipynb"]) == worth
    assert re.findall(r"^check\(.*: ([\d.]+)$", text, re.MULTILINE) == ["21.5", "15", "15", "20"]
    assert "bars = {0.9: 10, 0.96: 8, 0.965: 12}" in text
    assert {"en": "{points} of 30", "ru": "{points} из 30"}[language] in text


def test_equal_bars_are_one_step() -> None:
    """Bars that are equal are one step with the points of all."""
    own = load_assignment()
    bars = msgspec.structs.replace(own.accuracy["mnist"], bars=[0.9, 0.97, 0.97])
    assignment: Assignment = msgspec.structs.replace(own, accuracy={**own.accuracy, "mnist": bars})
    script = (find_solutions() / "perceptron_en.py").read_text(encoding="utf-8")
    text = in_chapter(script, assignment, "en")
    assert "bars = {0.9: 10, 0.97: 20}" in text
    assert "(steps at 90 and 97 %)" in text


def test_what_is_worth_nothing_is_not_among_the_points() -> None:
    """A category without points is left out of the points, and its cell is worth nothing."""
    own = load_assignment()
    points = {test: 0 if test.startswith("dropout/") else worth for test, worth in own.points.items()}
    assignment = msgspec.structs.replace(own, points=points)
    assert "dropout" not in category_points(assignment)
    script = (find_solutions() / "perceptron_en.py").read_text(encoding="utf-8")
    text = in_chapter(script, assignment, "en")
    assert "Network 20; loss and optimizer 15;" in text
    assert 'check("dropout")  # points: 0\n' in text


def test_the_tests_of_students_follow_it(released: Mapping[str, bytes]) -> None:
    """`pytest student` goes by the rules, points and bars of the course. Nothing hidden is told."""
    about = json.loads(released["student/_kit/about.json"])
    assert about["rules"] == {"max_parameters": 1_000_000, "min_hidden_layers": 3, "forbid_convolutions": True}
    assert about["points"]["structure/budget"] == 3.5
    assert about["bars"]["mnist"] == [0.9, 0.96, 0.965]
    assert leaks(find_solutions(), released) == []


def test_the_workflow_of_students_carries_it(
    released: Mapping[str, bytes], other: AssignmentFile, tmp_path: Path
) -> None:
    """The students' workflow unpacks the file of the course, grades by it, and has its time limit."""
    workflow = released[WORKFLOW].decode()
    machine = Machine(tmp_path / "machine").carry_out(workflow, only="assignment")
    assert machine.failed is None, machine.log
    unpacked = machine.root / "temp" / "assignment.toml"
    assert unpacked.read_text(encoding="utf-8") == other.text
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    (grade,) = [step for step in job["steps"] if step.get("id") == "run"]
    assert grade["env"]["GRADER_ASSIGNMENT"] == "${{ runner.temp }}/assignment.toml"
    assert "--time-limit 450" in grade["env"]["GRADER_OPTIONS"]
    assert job["timeout-minutes"] == 30  # two trainings, and a quarter of an hour for everything else


def test_the_workflow_of_instructors_grades_by_it(other: AssignmentFile) -> None:
    """The instructor's repository has the file, and its workflow grades by it."""
    files = instructor_repository("", other)
    assert files["assignment.toml"].decode() == other.text
    (job,) = yaml.safe_load(files[".github/workflows/grade.yml"])["jobs"].values()
    (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    (grade,) = [step for step in job["steps"] if step.get("id") == "run"]
    assert job["steps"].index(checkout) < job["steps"].index(grade)
    folder = checkout["with"]["path"]
    assert grade["env"]["GRADER_ASSIGNMENT"] == f"${{{{ github.workspace }}}}/{folder}/assignment.toml"


def test_without_one_nothing_is_carried() -> None:
    """Without a file of its own a release carries none, and looks for none."""
    for files in (repository(find_solutions()), instructor_repository(""), classroom50_bundle("")):
        assert not [name for name in files if name.endswith("assignment.toml")]
        assert not any(b"GRADER_ASSIGNMENT:" in content for name, content in files.items() if name.endswith(".yml"))
        assert not any(re.search(rb"@[A-Z_]{3,}@", content) for content in files.values())


@pytest.mark.parametrize(("language", "reached"), [("en", "at least 96.5 %"), ("ru", "не меньше 96,5 %")])
def test_an_nbgrader_course_has_its_points(other: AssignmentFile, language: str, reached: str) -> None:
    """The homework of an nbgrader course has the goal and the points, and the course a copy of the file."""
    files = nbgrader_course(find_solutions(), other)
    assert files["assignment.toml"].decode() == other.text
    homework = files[f"source/homework_{language}/homework_{language}.ipynb"]
    assert reached in cells_of(homework)[0]["source"]
    worth = {"structure": 21.5, "dropout": 15, "objective": 15, "training": 20, "accuracy": 30, "adjustment": 0}
    assert checks_of(homework) == worth
    assert any('points("structure", of=21.5,' in cell["source"] for cell in cells_of(homework))


def test_nbgrader_grades_by_the_copy(other: AssignmentFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`nbgrader autograde` names the copy of a course to the grader, and nothing in a course without one."""
    seen: list[str | None] = []

    def executed(self: Execute, nb: Any, resources: Any) -> Any:
        seen.append(os.environ.get("GRADER_ASSIGNMENT"))
        return nb, resources

    monkeypatch.setattr(Execute, "preprocess", executed)
    monkeypatch.delenv("GRADER_ASSIGNMENT", raising=False)
    files = nbgrader_course(find_solutions(), other)
    notebook = nbformat.reads(files["source/homework_en/homework_en.ipynb"].decode(), as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}, "nbgrader": {"notebook": "homework_en", "student": "alice"}}
    (tmp_path / "nbgrader_config.py").write_bytes(files["nbgrader_config.py"])
    config = PyFileConfigLoader("nbgrader_config.py", path=str(tmp_path)).load_config()
    execute = config.Autograde.autograde_preprocessors[0]()
    execute.preprocess(notebook, resources)
    (tmp_path / "assignment.toml").write_bytes(files["assignment.toml"])
    execute.preprocess(notebook, resources)
    assert seen == [None, str(tmp_path.resolve() / "assignment.toml")]
