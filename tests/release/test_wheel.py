"""The wheel of the grader holds what a release needs. It can also be built without."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.release.repository import SOLUTIONS_IN_A_WHEEL, find_solutions, repository

pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
ROOT = Path(__file__).parents[2]
PLACE = "grader/release/solutions"


def built(folder: Path, kind: str = "wheel", **variables: str) -> Path:
    """Build a wheel of this checkout as an installer does. `kind` is "wheel" or "editable"."""
    subprocess.run(
        [sys.executable, "-c", f"import sys, hatchling.build as b; b.build_{kind}(sys.argv[1])", str(folder)],
        cwd=ROOT,
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def in_a_wheel(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the grader in `site`, not the checkout."""
    return subprocess.run(
        [sys.executable, "-P", *command],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a folder of packages."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(built(tmp_path_factory.mktemp("dist"))) as wheel:
        wheel.extractall(folder)
    return folder


def test_an_installed_grader_releases_what_a_checkout_does(site: Path, tmp_path: Path) -> None:
    """An installed grader releases the same files as a checkout."""
    done = in_a_wheel(site, "-m", "grader", "release", str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr
    paths = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    written = {path.relative_to(tmp_path / "new").as_posix(): path.read_bytes() for path in paths}
    assert written == repository(find_solutions())


def test_what_is_for_a_checkout_says_so(site: Path) -> None:
    """`--check` and `--update` are refused outside a checkout. Nothing is written into the installation."""
    before = sorted(site.rglob("*.py"))
    for option in ("--check", "--update"):
        done = in_a_wheel(site, "-m", "grader", "release", option)
        assert done.returncode == 2
        assert "installed from a wheel: `grader release DIR` writes" in done.stderr
    assert sorted(site.rglob("*.py")) == before


def test_an_autograder_of_an_installed_grader_has_no_solutions(site: Path) -> None:
    """A wheel for Gradescope holds no solutions. It doesn't matter where it is made."""
    assert (site / PLACE / "net.py").is_file()
    code = (
        "import io, zipfile; from grader.gradescope.wheel import wheel; print(*zipfile.ZipFile(io.BytesIO(wheel()[1])"
        ").namelist(), sep='\\n')"
    )
    names = in_a_wheel(site, "-c", code).stdout.splitlines()
    assert "grader/release/repository.py" in names
    assert [name for name in names if name.startswith(PLACE)] == []


def test_a_wheel_for_students_is_built_without(tmp_path: Path) -> None:
    """One variable builds a wheel without solutions. Releasing from it says what to do."""
    with zipfile.ZipFile(built(tmp_path, GRADER_WITHOUT_SOLUTIONS="1")) as wheel:
        assert [name for name in wheel.namelist() if name.startswith(PLACE)] == []
        wheel.extractall(tmp_path / "site")
    done = in_a_wheel(tmp_path / "site", "-m", "grader", "release", str(tmp_path / "new"))
    assert done.returncode == 2
    assert "comes without solutions" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_editable_installation_copies_no_solutions(tmp_path: Path) -> None:
    """An editable installation copies no solutions. They would lie beside the packages that submissions see."""
    pytest.importorskip("editables", reason="editables, which hatchling needs for this, is not installed")
    with zipfile.ZipFile(built(tmp_path, "editable")) as wheel:
        assert [name for name in wheel.namelist() if name.startswith(PLACE)] == []
    assert not SOLUTIONS_IN_A_WHEEL.exists()


@pytest.mark.exhaustive
def test_an_installed_grader_proves_the_kit(site: Path) -> None:
    """Every claim of `grader verify` holds in an installed grader."""
    done = in_a_wheel(site, "-m", "grader", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(line.startswith("ok ") for line in done.stdout.splitlines())
