"""Tests of whether a folder holds one submission or several. Nothing that was handed in disappears in silence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake import discover
from tests.testing.handed_in import IN_STUDENT, MODULES, notebook_bytes, write_files, write_zip

WHOLE = notebook_bytes("class Net: ...", "BATCH_SIZE = N_EPOCHS = make_criterion = make_optimizer = train = 1")
OTHER = {name: f"# other\n{text}" for name, text in MODULES.items()}
Files = dict[str, str | bytes]


def under(folder: str, files: Mapping[str, str] = MODULES) -> Files:
    """`files` with their paths in `folder`."""
    return {f"{folder}/{name}": text for name, text in files.items()}


def lay(folder: Path, files: Files) -> Path:
    """Write `files` below `folder`. A name that ends in ".zip" becomes an archive with the modules in `student`."""
    for name, content in files.items():
        if name.endswith(".zip"):
            modules = OTHER if content == "other" else MODULES
            write_zip(folder / name, {f"student/{path}": text for path, text in modules.items()})
        else:
            write_files(folder, {name: content})
    return folder


BATCHES: dict[str, tuple[Files, list[str]]] = {
    "student beside folders": (under("student") | under("anna") | under("bob"), ["anna", "bob", "student"]),
    "student beside one folder": (under("student") | under("anna"), ["anna", "student"]),
    "beside packages": (under("student") | under("anna/student"), ["anna", "student"]),
    "beside one further down": (under("student") | under("anna/hw"), ["anna", "student"]),
    "beside one that lacks modules": (under("student") | {"anna/net.py": ""}, ["anna", "student"]),
    "beside archives": (under("student") | {"anna.zip": "", "bob.zip": ""}, ["anna", "bob", "student"]),
    "beside an archive and a folder": (under("student") | {"anna.zip": ""} | under("bob"), ["anna", "bob", "student"]),
    "beside notebooks": (under("student") | {"anna.ipynb": WHOLE, "bob.ipynb": WHOLE}, ["anna", "bob", "student"]),
    "beside a folder and a broken archive": (
        under("student") | under("anna") | {"bob.tgz": "broken"},
        ["anna", "bob", "student"],
    ),
    "a stray net.py beside folders": ({"net.py": ""} | under("anna") | under("bob"), ["anna", "bob", "net"]),
    "a stray net.py beside packages": ({"net.py": ""} | under("anna/student"), ["anna", "net"]),
    "a stray net.py beside archives": ({"net.py": "", "anna.zip": "", "bob.zip": "other"}, ["anna", "bob", "net"]),
    "a stray training.py beside folders": ({"training.py": ""} | under("anna"), ["anna", "training"]),
}


@pytest.mark.parametrize("case", BATCHES)
def test_a_package_beside_others_is_one_of_a_batch(tmp_path: Path, case: str) -> None:
    """A package beside other submissions makes a batch.

    Each gets a result, also the one that would make the folder a submission.
    """
    files, names = BATCHES[case]
    assert [one.name for one in discover([lay(tmp_path / "hw", files)])] == names


ALONE: dict[str, Files] = {
    "data, a readme and tests": under("student") | {"data/a.csv": "1", "README.md": "", "tests/test_it.py": ""},
    "an archive of the same": under("student") | {"final.zip": ""},
    "an older archive of the same name": under("student") | {"hw.zip": "other"},
    "an older archive called like the package": under("student") | {"student.zip": "other"},
    "one notebook": under("student") | {"work.ipynb": WHOLE},
    "notebooks that are no solutions": under("student") | {f"{n}.ipynb": notebook_bytes("class Net: 1") for n in "ab"},
    "a lone net.py": under("student") | {"net.py": "other"},
    "an environment": under("student") | under("venv/lib") | {"venv/pyvenv.cfg": ""},
    "a folder without net.py": under("student") | {"old/training.py": ""},
    "loose modules and a helper package": {**MODULES, "models/__init__.py": "", "models/net.py": ""},
    "loose modules and an archive of the same": {**MODULES, "hand-in.zip": ""},
    "loose modules and a notebook": {**MODULES, "work.ipynb": WHOLE},
    "loose modules and the notebooks of the course": {
        **MODULES,
        "perceptron_en.ipynb": WHOLE,
        "perceptron_ru.ipynb": WHOLE,
    },
    "net.py alone and a helper": {"net.py": "", "layers/net.py": ""},
    "a broken archive": under("student") | {"x.tgz": "broken"},
}


@pytest.mark.parametrize("case", ALONE)
def test_what_belongs_to_a_submission_makes_no_batch_of_it(tmp_path: Path, case: str) -> None:
    """A submission with its own extras stays one submission.

    Extras are data, helper packages, an archive of the same, and notebooks.
    """
    (found,) = discover([lay(tmp_path / "hw", ALONE[case])])
    assert (found.name, found.problem) == ("hw", None)


UNTOLD: dict[str, tuple[Files, str]] = {
    "student and a whole other set": (
        under("student") | dict(MODULES),
        r"net\.py, objective\.py, training\.py .*student/",
    ),
    "loose modules beside a folder": (dict(MODULES) | under("anna"), r"net\.py, objective\.py, training\.py .*anna/"),
    "loose modules beside archives": (
        {**MODULES, "anna.zip": "other", "bob.zip": ""},
        r"net\.py, objective\.py, training\.py .*anna\.zip, bob\.zip",
    ),
    "one other archive": (under("student") | {"anna.zip": "other"}, r"student/ .*anna\.zip"),
    "a stray net.py and one archive": ({"net.py": "1", "anna.zip": ""}, r"net\.py .*anna\.zip"),
}


@pytest.mark.parametrize("case", UNTOLD)
def test_what_cannot_be_told_is_wrong_usage(tmp_path: Path, case: str) -> None:
    """An unclear folder is wrong usage. One line says what lies beside each other, and the user has to decide."""
    files, said = UNTOLD[case]
    with pytest.raises(UsageError, match=f"hw holds {said}: one submission or several") as raised:
        discover([lay(tmp_path / "hw", files)])
    assert "\n" not in str(raised.value)


def test_results_beside_a_package_are_no_submission(tmp_path: Path) -> None:
    """Results beside a package are no submission. A path to be skipped counts for nothing, nor do the folders in it."""
    folder = lay(tmp_path / "hw", under("student") | under("grades/anna"))
    assert [one.name for one in discover([folder], skip=[folder / "grades"])] == ["hw"]


def test_a_person_s_folder_in_a_batch_is_one(tmp_path: Path) -> None:
    """A person's folder in a batch is one submission. Everything beside the package there belongs to its owner."""
    lay(tmp_path / "class" / "anna", dict(IN_STUDENT) | under("old"))
    lay(tmp_path / "class" / "bob", under("student"))
    assert [(one.name, one.problem) for one in discover([tmp_path / "class"])] == [("anna", None), ("bob", None)]


RENAMED = [
    "Net.py", "NET.PY", "net (1).py", "net(2).py", "net-1.py", "net_2.py", "net copy.py", "net copy 2.py",
    "net - Copy.py", "Copy of net.py", "net — копия.py", "Копия net.py", "net.py.txt", "net.txt", "net.py.py",
    "net .py", "net_final.py", "n\u0435t.py", "net_v2.py", "net.py.docx",
]  # fmt: skip


@pytest.mark.parametrize("name", RENAMED)
def test_a_module_under_another_name_is_to_be_renamed(tmp_path: Path, name: str) -> None:
    """A renamed module is recognised.

    Its author is told the right name; browsers, editors and file managers rename what they save.
    """
    files = {name: "class Net: ...", "objective (1).py": "", "training.py": ""}
    (found,) = discover([write_files(tmp_path / "hw", files)])
    assert found.problem is not None
    assert found.problem.hint == "intake/net-miscalled"
    renames = found.problem.data["renames"]
    assert isinstance(renames, tuple)
    assert [dict(said.data) for said in renames] == [
        {"file": name, "wanted": "net.py"},
        {"file": "objective (1).py", "wanted": "objective.py"},
    ]


@pytest.mark.parametrize("name", ["objective.py.txt", "Objective.py", "objective-1.py"])
def test_another_module_under_another_name_is_known(tmp_path: Path, name: str) -> None:
    """Another renamed module is known to later tests. The test that misses it can say what it is called instead."""
    (found,) = discover([write_files(tmp_path / "hw", {"net.py": "", name: "", "training.py": ""})])
    assert [(miss.name, miss.found) for miss in found.reading.near_misses if miss.kind == "file"] == [
        ("objective.py", name)
    ]


@pytest.mark.parametrize("name", ["network.py", "net_utils.py", "subnet.py", "net.pyc", "training_loop.py"])
def test_a_helper_s_name_is_not_taken_for_a_module_s(tmp_path: Path, name: str) -> None:
    """A helper's name is not taken for a module's. Nobody is told to rename what was named on purpose."""
    (found,) = discover([write_files(tmp_path / "hw", {name: "", "objective.py": ""})])
    assert found.problem is not None
    assert found.problem.hint == "intake/no-net"
