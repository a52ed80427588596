"""Write submissions to disk: packages, archives, notebooks and batches."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.intake import IntakeLimits, discover
from grader.model import Submission

MODULES = {
    "net.py": "class Net: ...\n",
    "objective.py": "BATCH_SIZE = 16\nN_EPOCHS = 20\n",
    "training.py": "def train(): ...\n",
}

IN_STUDENT = {f"student/{name}": text for name, text in MODULES.items()}


def write_files(folder: Path, files: Mapping[str, str | bytes] = MODULES) -> Path:
    """Write `files` by path below a new folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def write_zip(path: Path, files: Mapping[str, str | bytes] = IN_STUDENT) -> Path:
    """Write `files` to a deflated zip. A name ending in "/" is a folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tar_bytes(files: Mapping[str, str | bytes], extra: Iterable[tarfile.TarInfo] = ()) -> bytes:
    """Make an uncompressed tar of `files`. The empty members `extra` follow."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in extra:
            archive.addfile(info)
    return raw.getvalue()


def notebook_bytes(*cells: str | list[str], outputs: str = "") -> bytes:
    """Make a notebook as Jupyter saves it. `outputs` are printed under every code cell."""
    return json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "metadata": {}, "source": ["# Homework\n", "class Net is below"]},
                *(
                    {
                        "cell_type": "code",
                        "execution_count": None,
                        "metadata": {},
                        "outputs": [{"output_type": "stream", "name": "stdout", "text": [outputs]}],
                        "source": cell,
                    }
                    for cell in cells
                ),
            ],
            "metadata": {"kernelspec": {"name": "python3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ).encode()


def only(path: Path, limits: IntakeLimits | None = None) -> Submission:
    """Return the only submission at `path`."""
    (submission,) = discover([path], limits or IntakeLimits())
    return submission


def hint_of(path: Path, limits: IntakeLimits | None = None) -> str | None:
    """Return the id of a submission's problem. It is the only one at `path`, and then has no files."""
    submission = only(path, limits)
    assert bool(submission.files) == (submission.problem is None)
    return submission.problem.hint if submission.problem else None
