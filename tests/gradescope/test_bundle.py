"""Tests of the zip for Gradescope. They look at its layout, the wheel in it, and what its scripts do."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from argparse import ArgumentParser
from io import BytesIO
from pathlib import Path

import pytest

from grader.cli import run
from grader.errors import UsageError
from grader.gradescope.bundle import autograder_zip
from grader.gradescope.options import Options, add_arguments, read_options, to_toml
from grader.gradescope.wheel import wheel

TEMPLATES = Path(__file__).parents[2] / "grader" / "gradescope" / "templates"
RECORDER = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'


def test_the_command_writes_the_zip_and_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes a zip with scripts and the options. Both scripts stand at the root and are executable."""
    target = tmp_path / "autograder.zip"
    assert run(["export", "gradescope", "--bundle", str(target), "--lang", "ru", "--seed", "7"]) == 0
    assert str(target) in capsys.readouterr().out
    with zipfile.ZipFile(target) as packed:
        modes = {entry.filename: entry.external_attr >> 16 for entry in packed.infolist()}
        (tmp_path / "autograder.toml").write_bytes(packed.read("autograder.toml"))
    assert [name for name in modes if not name.endswith(".whl")] == ["setup.sh", "run_autograder", "autograder.toml"]
    assert [name for name, mode in modes.items() if mode & stat.S_IXUSR] == ["setup.sh", "run_autograder"]
    assert read_options(tmp_path / "autograder.toml") == Options(lang="ru", seed=7)


def test_results_and_an_autograder_are_two_things(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exactly one of results and autograder must be named."""
    assert run(["export", "gradescope"]) == 2
    assert run(["export", "gradescope", str(tmp_path), "--bundle", str(tmp_path / "a.zip")]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "name the output folder" in first
    assert "leave" in second


def test_the_same_makes_the_same() -> None:
    """The same options make the same zip. So an instructor can tell whether the uploaded autograder is this one."""
    assert autograder_zip(Options()) == autograder_zip(Options())


def test_the_wheel_installs_without_a_network_and_runs(tmp_path: Path) -> None:
    """The wheel alone holds all of the grader.

    It installs without a network, includes what students are given, and nothing is imported from the checkout.
    """
    name, content = wheel()
    (tmp_path / name).write_bytes(content)
    into = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", str(into)]
    subprocess.run([*pip, str(tmp_path / name)], check=True, timeout=60, capture_output=True)
    assert not list(into.rglob("grader/**/templates/.*"))
    code = "import grader, grader.carried as c; print(grader.__file__); print(len(c.given()) > 1000)"
    environment = {**os.environ, "PYTHONPATH": str(into)}
    shown = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    where, given = shown.stdout.splitlines()
    assert (Path(where), given) == (into / "grader" / "__init__.py", "True")
    helped = subprocess.run([into / "bin" / "grader", "--version"], env=environment, capture_output=True, check=True)
    assert helped.stdout.startswith(b"grader ")


def test_the_wheel_holds_neither_caches_nor_what_somebody_has_made() -> None:
    """The wheel holds no caches and no generated files. Each of its files stands in RECORD."""
    _, content = wheel()
    with zipfile.ZipFile(BytesIO(content)) as packed:
        names = packed.namelist()
        (record,) = [name for name in names if name.endswith("/RECORD")]
        recorded = [line.split(",")[0] for line in packed.read(record).decode().splitlines()]
    assert recorded == names
    assert [name for name in names if "__pycache__" in name or name.endswith((".pt", ".png"))] == []
    assert {"grader/i18n/ru.po", "grader/assignment.toml", "grader/gradescope/templates/setup.sh"} <= set(names)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("only = ['structur']", "structur"),
        ("sed = 1", "sed"),
        ("seed = 'x'", "seed"),
        ("lang = 'en_US'", "en_US"),
        ("dataset = 'minst'", "mnist"),
        ("visibility = ['a=vis']", "vis"),
        ("seed =", "autograder.toml"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, text: str, named: str) -> None:
    """A wrong option is named in one line, with its file."""
    path = tmp_path / "autograder.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=named):
        read_options(path)


def test_options_survive_the_file(tmp_path: Path) -> None:
    """Options survive writing and reading, whatever their texts hold."""
    options = Options(visibility=["structure=hidden"], arguments=["--sandbox", 'a "b" \\ # c'], timeout_seconds=90.5)
    (tmp_path / "autograder.toml").write_text(to_toml(options), encoding="utf-8")
    assert read_options(tmp_path / "autograder.toml") == options


def test_a_timeout_is_one_that_the_platform_has() -> None:
    """A timeout may be up to 40 minutes, as on Gradescope."""
    parser = ArgumentParser()
    add_arguments(parser)
    assert parser.parse_args(["--timeout", "2400"]).timeout == 2400
    with pytest.raises(SystemExit):
        parser.parse_args(["--timeout", "2401"])


@pytest.fixture
def recorded(tmp_path: Path) -> dict[str, str]:
    """An environment with fake programs for `setup.sh`.

    Every program that it installs with only notes that it was called.
    """
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("apt-get", "python3"):
        (programs / name).write_text(RECORDER)
    (tmp_path / "root/venv/bin").mkdir(parents=True)
    (tmp_path / "root/venv/bin/python").write_text(RECORDER)
    for path in (*programs.iterdir(), tmp_path / "root/venv/bin/python"):
        path.chmod(0o755)
    for name in ("root/source", "root/mnist", "python"):
        (tmp_path / name).mkdir()
    (tmp_path / "root/source/perceptron_grader-1-py3-none-any.whl").touch()
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "AUTOGRADER_ROOT": str(tmp_path / "root"),
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "python"),
        "CALLS": str(tmp_path / "calls"),
    }


def test_setup_installs_the_cpu_build_before_the_grader(recorded: dict[str, str], tmp_path: Path) -> None:
    """The setup installs torch for the CPU before the grader.

    Torch comes from its own index; the wheel, MNIST and a secret that only root reads follow.
    """
    subprocess.run(["bash", TEMPLATES / "setup.sh"], env=recorded, check=True, timeout=60, capture_output=True)
    calls = (tmp_path / "calls").read_text().splitlines()
    steps = (
        "apt-get install",
        "bubblewrap",
        "--target",
        "venv --clear",
        "whl/cpu torch",
        ".whl",
        "torch.version",
        "mnist",
    )
    places = [next(i for i, call in enumerate(calls) if step in call) for step in steps]
    assert places == sorted(places)
    secret = tmp_path / "root/secret"
    assert len(secret.read_bytes()) > 32
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "root/source").stat().st_mode) == 0o700


def test_setup_goes_on_without_bubblewrap_and_no_further_without_torch(
    recorded: dict[str, str], tmp_path: Path
) -> None:
    """The setup needs torch, but not bubblewrap.

    There is another sandbox and no other torch: its failure must show when the image is built.
    """
    (tmp_path / "bin/apt-get").write_text(RECORDER + 'case "$*" in *bubblewrap*) exit 100;; esac\n')
    subprocess.run(["bash", TEMPLATES / "setup.sh"], env=recorded, check=True, timeout=60, capture_output=True)
    (tmp_path / "bin/python3").write_text(RECORDER + 'case "$*" in *torchvision*) exit 1;; esac\n')
    ended = subprocess.run(["bash", TEMPLATES / "setup.sh"], env=recorded, check=False, timeout=60, capture_output=True)
    assert ended.returncode == 1
