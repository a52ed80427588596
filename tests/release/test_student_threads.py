"""`pytest student` computes with the right number of torch threads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.testing.released import student_files
from tests.testing.warm import run_module

SPY = b"import torch\n\ntorch.set_num_threads(3)\n"
"""A pytest plugin that gives torch three threads on any machine."""
NOTE = """        with open("numbers", "a") as file:
            file.write(f"{torch.get_num_threads()}\\n")
        scores: Tensor = self.layers(images)"""


def numbers(folder: Path, *options: str, only: str) -> set[str]:
    """Run the tests, and return the network's thread counts."""
    files = student_files(filled_in=True)
    source = files["net.py"].decode()
    assert source.count("        scores: Tensor = self.layers(images)") == 1
    files["net.py"] = source.replace("        scores: Tensor = self.layers(images)", NOTE).encode()
    files["objective.py"] = files["objective.py"].replace(b"N_EPOCHS = 15", b"N_EPOCHS = 1")
    for name, content in {**{f"student/{name}": source for name, source in files.items()}, "three.py": SPY}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    nowhere = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "GRADER_DATA_ROOT": str(folder / "none")}
    plugins = ("-p", "no:cacheprovider", "-p", "pytest_timeout", "-p", "three")
    run_module("pytest", only, "-q", *plugins, *options, folder=folder, environment={**os.environ, **nowhere})
    return set((folder / "numbers").read_text().split())


@pytest.fixture(autouse=True)
def _none_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)


def test_the_quick_tests_take_one(tmp_path: Path) -> None:
    """Quick tests compute with one thread. More would wait for each other over few samples."""
    assert numbers(tmp_path, only="student/test_structure.py") == {"1"}


def test_the_quick_tests_obey_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick tests use the thread count that a student sets."""
    monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", "3")
    assert numbers(tmp_path, only="student/test_structure.py") == {"3"}


def test_the_training_for_real_measures_what_pays(tmp_path: Path) -> None:
    """The full run tries each thread count up to torch's own."""
    assert numbers(tmp_path, "--full", only="student/test_full.py") == {"1", "2", "3"}
