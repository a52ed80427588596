"""Builds a wheel of this grader from its own files.

It needs no build tool and no network, and works from a checkout or an installation.

The format is the one of packaging.python.org/en/latest/specifications/binary-distribution-format.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import grader
from grader import __version__
from grader.carried import given_folder
from grader.errors import UsageError

NAME = "perceptron-grader"
_PACKAGE = Path(grader.__file__).parent
_GIVEN_SUFFIXES = (".py", ".ipynb", ".json", ".md")
"""Of what students receive; figures and weights that somebody has made there stay."""
_SOLUTIONS = _PACKAGE / "release" / "solutions"
"""Where a wheel of the kit has them; nothing that grades needs them."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The fixed time of every entry. So the same files make the same archive."""


def archive(files: Mapping[str, bytes], *, executable: tuple[str, ...] = ()) -> bytes:
    """Pack `files` into a zip by their paths. Those of `executable` get the right to be run."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, _LONG_AGO)
            entry.create_system = 3  # Unix: what stands in the upper half are its permissions
            entry.external_attr = (0o100755 if path in executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return whole.getvalue()


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, in order. What Python and editors leave there is skipped."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def _package_files() -> dict[str, bytes]:
    """Return the files of package and kit, by path.

    The kit is what students are given; the paths are those in the wheel.

    Raises:
        UsageError: what students are given is not there.
    """
    given = given_folder()
    if given is None:
        raise UsageError("the kit that students receive is not there: install the grader anew, or use a checkout")
    own = {
        f"grader/{path.relative_to(_PACKAGE).as_posix()}": path
        for path in _below(_PACKAGE)
        if not path.is_relative_to(_SOLUTIONS)
    }
    kit = {
        f"grader/given/{path.relative_to(given).as_posix()}": path
        for path in _below(given)
        if path.suffix in _GIVEN_SUFFIXES
    }
    return {name: path.read_bytes() for name, path in sorted((own | kit).items())}


def _requirements() -> tuple[str, list[str]]:
    """Return the required Python and packages. A checkout's `pyproject.toml` says them, else the installation.

    Raises:
        UsageError: it is neither.
    """
    project = _PACKAGE.parent / "pyproject.toml"
    if project.is_file():
        stated = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        return stated["requires-python"], stated["dependencies"]
    try:
        installed = metadata.metadata(NAME)
    except metadata.PackageNotFoundError:
        raise UsageError(f"{NAME} is not installed: pip install it, or use a checkout") from None
    needed = [one for one in installed.get_all("Requires-Dist") or [] if "extra ==" not in one]
    return str(installed["Requires-Python"]), needed


def _recorded(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(content)}"


def wheel(assignment: str | None = None) -> tuple[str, bytes]:
    """Return the wheel's file name and content. They are the same for the same files.

    `assignment` is the text of an `assignment.toml` in place of the grader's own.

    Raises:
        UsageError: the files of the grader are not all there.
    """
    python, packages = _requirements()
    stem = f"{NAME.replace('-', '_')}-{__version__}"
    about = ["Metadata-Version: 2.1", f"Name: {NAME}", f"Version: {__version__}", f"Requires-Python: {python}"]
    about += [f"Requires-Dist: {package}" for package in packages]
    folder = f"{stem}.dist-info"
    own = {} if assignment is None else {"grader/assignment.toml": assignment.encode()}
    files = (
        _package_files()
        | own
        | {
            f"{folder}/METADATA": ("\n".join(about) + "\n").encode(),
            f"{folder}/WHEEL": b"Wheel-Version: 1.0\nGenerator: grader\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{folder}/entry_points.txt": b"[console_scripts]\ngrader = grader.cli:main\n",
        }
    )
    lines = [f"{path},{_recorded(content)}" for path, content in files.items()]
    files[f"{folder}/RECORD"] = ("\n".join([*lines, f"{folder}/RECORD,,"]) + "\n").encode()
    return f"{stem}-py3-none-any.whl", archive(files)
