"""A chapter handed in counts as the three files do."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake import discover
from grader.release.repository import SUBMISSION_MODULES
from tests.testing.chapters import write_tests
from tests.testing.corpus import Expectation, Sample
from tests.testing.grading import grade
from tests.testing.released import student_files


def handed_in(folder: Path, right: str = "", wrong: str = "") -> list[Path]:
    """Make the files and both notebooks, filled in. In each, `wrong` replaces `right`."""
    content = student_files(filled_in=True)
    paths = [folder / "files", folder / "english.ipynb", folder / "russian.ipynb"]
    (paths[0] / "student").mkdir(parents=True)
    for name in SUBMISSION_MODULES:
        (paths[0] / "student" / name).write_text(content[name].decode().replace(right, wrong), encoding="utf-8")
    for path, language in zip(paths[1:], ("en", "ru"), strict=True):
        notebook = content[f"perceptron_{language}.ipynb"].decode()
        assert right in notebook
        path.write_text(notebook.replace(right, wrong), encoding="utf-8")
    return paths


def verdicts(path: Path) -> list[tuple[str, str, str | None]]:
    """Return each test's id, status and message. Only categories that probes look at are graded."""
    outcome = grade(Sample(path, Expectation()))
    assert outcome.fault is None
    return [(verdict.test, verdict.status, verdict.hint) for verdict in outcome.verdicts]


def test_solved_chapters_pass_like_the_files(tmp_path: Path) -> None:
    """A solved chapter passes like the files."""
    files, *notebooks = (verdicts(path) for path in handed_in(tmp_path))
    assert len(files) > 20
    assert {status for _, status, _ in files} == {"passed"}
    assert notebooks == [files, files]


@pytest.mark.parametrize(
    ("right", "wrong", "hint"),
    [
        ("optimizer.zero_grad()  # 1", "pass  # 1", "training/gradients-not-cleared"),
        ("return scores", "return scores.softmax(1)", "objective/softmax-twice"),
    ],
)
def test_a_mistake_is_named_alike(right: str, wrong: str, hint: str, tmp_path: Path) -> None:
    """A mistake has the same message in files and notebooks."""
    files, *notebooks = (verdicts(path) for path in handed_in(tmp_path, right, wrong))
    assert hint in {said for _, _, said in files}
    assert notebooks == [files, files]


def test_untouched_chapter_is_a_submission_with_everything_to_do(tmp_path: Path) -> None:
    """An untouched chapter is told the first thing to write. It is not taken for a notebook without the names."""
    path = tmp_path / "stubs.ipynb"
    path.write_bytes(student_files()["perceptron_ru.ipynb"])
    said = verdicts(path)
    assert ("structure/builds", "failed", "outcome/not-implemented") in said


def test_only_what_the_names_rest_on_is_run(tmp_path: Path) -> None:
    """Only cells that the names need are run. Cells that load data, train and draw stay out of the submission."""
    (submission,) = discover([handed_in(tmp_path)[2]])
    code = "\n".join(content.decode() for content in submission.files.values())
    assert "def random_affine" in code
    assert not any(name in code for name in ("MNIST", "plt.", "first_accuracy", "check", "sys.stderr"))


@pytest.mark.parametrize("folders", ["alice/perceptron_en", "alice"])
def test_the_tests_beside_a_chapter_of_a_course_are_nobodys_work(folders: str, tmp_path: Path) -> None:
    """Of a chapter's folder only the notebook counts. nbgrader hands in the tests beside it, too."""
    folder = tmp_path / "submit" / folders
    folder.mkdir(parents=True)
    write_tests(folder)
    (folder / "perceptron_en.ipynb").write_bytes(student_files(filled_in=True)["perceptron_en.ipynb"])
    (submission,) = discover([tmp_path / "submit"])
    assert (submission.name, submission.problem) == ("alice", None)
    assert submission.reading.is_notebook
    assert set(submission.files) == {"notebook_cells.py", *SUBMISSION_MODULES}
