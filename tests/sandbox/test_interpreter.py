"""A sandbox finds its interpreter and packages through any links. It sees nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox import BACKENDS, SandboxSpec, visible
from grader.sandbox.interpreter import executable, interpreter_folders, package_folders

ROOT = Path(__file__).parents[2]
SUBMISSION = """\
import torch
for secret in {secrets}:
    try:
        open(secret).read()
    except OSError:
        continue
    raise RuntimeError("a secret can be read")
class Net(torch.nn.Linear):
    def __init__(self):
        super().__init__(1, 1)
"""


def link_files(source: Path, target: Path) -> None:
    """Rebuild the folders of `source` with links for files. So does uv in its link mode `symlink`."""
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            link = target / path.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an installer's copy of the grader, with its metadata."""
    folder = tmp_path_factory.mktemp("cache") / "archive-v0" / "Zg7"
    shutil.copytree(ROOT / "grader", folder / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "grader-1.dist-info").mkdir()
    (folder / "grader-1.dist-info" / "METADATA").write_text("Name: grader\nVersion: 1\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def environment(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make an environment of links. Two lead to its interpreter, and all its packages are links."""
    folder = tmp_path_factory.mktemp("environment")
    managed = folder / "managed" / "cpython-3"
    managed.parent.mkdir()
    managed.symlink_to(sys.base_prefix)
    python = next(managed.glob("bin/python3.[0-9]*[0-9]"))
    subprocess.run([python, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    torch = next(Path(place) for place in map(str, sys.path) if Path(place, "torch", "__init__.py").is_file())
    for entry in torch.iterdir():
        if entry.suffix != ".pth" and not entry.name.startswith(("grader", "perceptron", "__editable__")):
            (packages / entry.name).symlink_to(entry)
    link_files(archive, packages)
    yield folder / "venv"
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["bwrap", "landlock"])
def test_an_environment_of_links_started_through_a_relative_path(
    name: str, environment: Path, archive: Path, tmp_path: Path
) -> None:
    """A submission is imported in an environment of links.

    It can read neither the hidden tests nor what they are links to.
    """
    if problem := BACKENDS[name]().unavailable():
        pytest.skip(f"{name}: {problem}")
    (packages,) = environment.glob("lib/python*/site-packages")
    secrets = [str(root / "grader" / "hidden" / "test_structure.py") for root in (archive, packages)]
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "net.py").write_text(SUBMISSION.format(secrets=secrets), encoding="utf-8")
    for module in ("objective", "training"):
        (tmp_path / "alice" / f"{module}.py").write_text("", encoding="utf-8")
    python = os.path.relpath(environment / "bin" / "python", tmp_path)
    command = [python, "-m", "grader", "alice", "--dataset", "digits", "--only", "structure", "--sandbox", name]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    tests = json.loads((tmp_path / "grades" / "alice" / "result.json").read_text(encoding="utf-8"))["tests"]
    built = next(test for test in tests if test["id"] == "structure/builds")
    assert built["status"] == "passed", tests[0]["message"]


def test_the_interpreter_has_one_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The interpreter has one name, whatever the current folder. The link that leads to the environment stays in it."""
    (tmp_path / "course").mkdir()
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.symlink_to(Path(sys.executable).resolve())
    monkeypatch.setattr(sys, "executable", f"{tmp_path}/course/../venv/bin/python")
    assert executable() == str(python.parent.resolve() / "python")


def test_a_link_to_an_interpreter_shows_nothing_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A link to an interpreter shows nothing beside it.

    Of somebody's `~/bin/python` only that file is readable, not their home.
    """
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    folders = interpreter_folders()
    assert (tmp_path / "bin" / "python").resolve().parents[1] in folders
    assert not any(tmp_path.resolve().is_relative_to(folder) for folder in folders)


def test_what_is_hidden_is_covered_under_every_name(tmp_path: Path) -> None:
    """A hidden folder is covered under every name. One may be the name of a link, the other its true name."""
    secret = tmp_path / "real" / "package" / "secret"
    secret.mkdir(parents=True)
    alias = tmp_path / "alias"
    alias.symlink_to(tmp_path / "real")
    bound, masked = visible.bound_and_masked(SandboxSpec((), readable=(alias,), hidden=(secret,)))
    assert bound == [alias, tmp_path / "real"]
    assert masked == [alias / "package" / "secret", secret]


def test_packages_are_found_where_they_really_lie(tmp_path: Path) -> None:
    """Packages are found in the folders they are linked to.

    Folders may be links, or each file; copies have no such folder.
    """
    cache, packages = tmp_path / "cache", tmp_path / "site-packages"
    for path in ("ab/six/x.py", "ab/six-1.dist-info/METADATA", "cd/whole/x.py", "ef/own-1.dist-info/OTHER"):
        (cache / path).parent.mkdir(parents=True, exist_ok=True)
        (cache / path).touch()
    link_files(cache / "ab", packages)
    (packages / "whole").symlink_to(cache / "cd" / "whole")
    (packages / "own-1.dist-info").mkdir()
    (packages / "own-1.dist-info" / "METADATA").symlink_to(cache / "ef" / "own-1.dist-info" / "OTHER")
    real = {packages, cache / "ab", cache / "cd" / "whole", cache / "ef"}
    assert set(package_folders([packages, tmp_path / "missing"])) - {tmp_path / "missing"} == real


def test_the_packages_of_this_interpreter_are_among_them() -> None:
    """This interpreter's packages are found, also without links."""
    assert Path(sysconfig.get_paths()["purelib"]).resolve() in package_folders([Path(sysconfig.get_paths()["purelib"])])
