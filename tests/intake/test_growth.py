"""Tests that reading takes time in proportion to size. This holds however the names are chosen."""

from __future__ import annotations

import csv
import io
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import IntakeLimits, discover
from grader.intake.layouts import recognise
from grader.intake.limits import Refused
from grader.intake.metadata import read_metadata
from grader.intake.naming import unique_names
from grader.intake.notebook import read_notebook
from grader.intake.selection import no_net
from grader.source.tasks import slice_sources
from tests.testing.handed_in import hint_of, notebook_bytes, tar_bytes, write_files, write_zip

MEBIBYTE = 1 << 20
Prepared = Callable[[], object]


def zip_without_net(folder: Path, n: int) -> Prepared:
    """An archive of many files without a submission."""
    path = write_zip(folder / "a.zip", {f"student{i}/{'x' * 50}{i}.txt": "" for i in range(n)})
    return lambda: hint_of(path)


def zip_of_folders_in_one_another(folder: Path, n: int) -> Prepared:
    """An archive of many folders within `student`."""
    path = write_zip(folder / "a.zip", {f"student/{i}/": "" for i in range(n)})
    return lambda: hint_of(path)


def tar_without_net(folder: Path, n: int) -> Prepared:
    """A tar of many files without a submission."""
    path = folder / "a.tar"
    path.write_bytes(tar_bytes({f"student{i}/a.txt": "" for i in range(n)}))
    return lambda: hint_of(path)


def folder_without_net(folder: Path, n: int) -> Prepared:
    """A folder of many files without a submission."""
    path = write_files(folder / "batch" / "a", {f"{i}.txt": "" for i in range(n)}).parent
    return lambda: discover([path])


def people_of_one_name(_folder: Path, n: int) -> Prepared:
    """A batch whose names all become the same. Some have a number behind them already."""
    names = [
        *["🔥"] * n,
        *(f"submission-{i}" for i in range(n)),
        *["x" * 200] * n,
        *("x" * 97 + f"{i}" for i in range(n)),
    ]
    return lambda: unique_names(names)


def uploads_of_a_platform(_folder: Path, n: int) -> Prepared:
    """Names that several platforms could have given."""
    names = [f"ann_{i}_{i}_net.py" for i in range(1000, 1000 + n)] + [
        f"anon_a_{i}_net.py" for i in range(1000, 1000 + n)
    ]
    names += [f"hw_x{i}_attempt_2025-01-01-10-10-10_net.py" for i in range(n)]
    return lambda: recognise(names)


def record_of_a_classroom(folder: Path, n: int) -> Prepared:
    """Classroom 50's record with many rows."""
    names = [f"hw-person-{i}" for i in range(n)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["username", "submission_tag", "first_name", "last_name"])
    writer.writerows([f"Person-{i}", "t", "A", "B"] for i in range(n))
    (folder / "scores.csv").write_text(text.getvalue())
    return lambda: read_metadata(folder, [*names, "scores.csv"])


def record_of_gradescope(folder: Path, n: int) -> Prepared:
    """Gradescope's record with many submissions."""
    lines = [f"submission_{i}:\n  :submitters:\n  - :name: A\n" for i in range(n)]
    (folder / "submission_metadata.yml").write_text("".join(lines))
    return lambda: read_metadata(folder, [*(f"submission_{i}" for i in range(n)), "submission_metadata.yml"])


def record_of_github(folder: Path, n: int) -> Prepared:
    """GitHub Classroom's record with many rows."""
    rows = "".join(f"hw-{i},u{i}\n" for i in range(n))
    (folder / "grades.csv").write_text(f"student_repository_name,github_username\n{rows}")
    return lambda: read_metadata(folder, [*(f"hw-{i}" for i in range(n)), "grades.csv"])


def modules_that_cells_write(_folder: Path, n: int) -> Prepared:
    """A notebook whose cells write many modules. Each has a folder of its own, and many cells append to one module."""
    sources = [*(f"%%writefile {i}/net.py\n" for i in range(n)), *["%%writefile -a a/b/c.py\nx = 1"] * n]
    return lambda: slice_sources(sources, 2000)


def files_that_are_miscalled(_folder: Path, n: int) -> Prepared:
    """Names that are nearly those of modules."""
    return lambda: no_net([f"net ({i}).py" for i in range(n)] + [f"net{' 1' * 40} {i}.p" for i in range(n)])


@pytest.mark.parametrize(
    ("prepare", "n"),
    [
        (zip_without_net, 4000),
        (zip_of_folders_in_one_another, 4000),
        (tar_without_net, 2000),
        (folder_without_net, 2000),
        (people_of_one_name, 2000),
        (uploads_of_a_platform, 2000),
        (record_of_a_classroom, 2000),
        (record_of_gradescope, 4000),
        (record_of_github, 4000),
        (modules_that_cells_write, 500),
        (files_that_are_miscalled, 500),
    ],
)
def test_four_times_as_much_takes_about_four_times_as_long(
    tmp_path: Path, prepare: Callable[[Path, int], Prepared], n: int
) -> None:
    """Four times as much takes about four times as long.

    Comparing all pairs would take sixteen times. The time is processor time, the best of three.
    """

    def prepared(size: int) -> Prepared:
        folder = tmp_path / str(size)
        folder.mkdir()
        return prepare(folder, size)

    def seconds(work: Prepared) -> float:
        begin = time.process_time()
        work()
        return time.process_time() - begin

    small, large = prepared(n), prepared(4 * n)
    most = 9 * min(seconds(small) for _ in range(3)) + 0.02
    assert any(seconds(large) < most for _ in range(3))  # as soon as one is, the best of all is


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_deep_path_is_refused_wherever_it_leads(tmp_path: Path, kind: str) -> None:
    """A deep path in an archive is refused. Looking at many such paths would cost more than all else."""
    files: dict[str, str | bytes] = {"net.py": "", f"{'a/' * 64}x.png": ""}
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        write_zip(path, files)
    else:
        path.write_bytes(tar_bytes(files))
    assert hint_of(path) == "intake/too-deep"


def test_a_deep_folder_is_refused(tmp_path: Path) -> None:
    """A deep folder is refused, even where nothing is kept."""
    write_files(tmp_path / "a", {"net.py": "", f"{'a/' * 70}x.png": ""})
    assert hint_of(tmp_path / "a") == "intake/too-deep"


def code_cell(source: str) -> str:
    """A code cell in JSON."""
    return f'{{"cell_type":"code","source":{source}}}'


HUGE = {
    "empty cells": ('{"cells":[' + "{}," * 2_000_000 + "{}]}", "intake/notebook-too-many-cells"),
    "code cells": ('{"cells":[' + (code_cell('""') + ",") * 400_000 + "{}]}", "intake/notebook-too-many-cells"),
    "worksheets": ('{"worksheets":[' + "{}," * 2_000_000 + "{}]}", "intake/notebook-too-many-cells"),
    "cells of worksheets": (
        '{"worksheets":[{"cells":[]},{"cells":[' + "{}," * 2_000_000 + "{}]}]}",
        "intake/notebook-too-many-cells",
    ),
    "lines": ('{"cells":[' + code_cell("[" + '"a",' * 2_000_000 + '""]') + "]}", "intake/too-large"),
    "empty lines": ('{"cells":[' + code_cell("[" + '"",' * 2_000_000 + '""]') + "]}", "intake/too-large"),
    "one line": ('{"cells":[' + code_cell('"' + "a" * 10_000_000 + '"') + "]}", "intake/too-large"),
    "outputs": (
        '{"cells":[{"cell_type":"code","source":"","outputs":[' + "[]," * 2_000_000 + "[]]}]}",
        "intake/notebook-no-names",
    ),
}


@pytest.mark.parametrize(("notebook", "hint"), HUGE.values(), ids=HUGE.keys())
def test_no_object_is_made_of_what_is_not_taken(tmp_path: Path, notebook: str, hint: str) -> None:
    """A huge notebook takes little more memory than its own length.

    Millions of objects for its parts would take hundreds of megabytes.
    """
    path = tmp_path / "a.ipynb"
    path.write_text(notebook)
    tracemalloc.start()
    try:
        assert hint_of(path) == hint
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(notebook) + 16 * MEBIBYTE


def test_many_cells_are_refused_where_json_bends_the_rules(tmp_path: Path) -> None:
    """Many cells are refused in unusual JSON, too. Only Python's own parser reads NaN."""
    path = tmp_path / "a.ipynb"
    path.write_text('{"x":NaN,"cells":[' + (code_cell('""') + ",") * 20_000 + code_cell('""') + "]}")
    assert hint_of(path) == "intake/notebook-too-many-cells"


def test_a_large_honest_notebook_is_taken() -> None:
    """A large honest notebook is read.

    It has hundreds of cells, megabytes of output, thousands of lines, and Cyrillic as escapes.
    """
    outputs = json.dumps({"data": [{"x": i} for i in range(100_000)]})
    cells = ["import torch\n" * 20 + f"# строка {i}" for i in range(900)]
    code = ["class Net: ...", "BATCH_SIZE = 1\nN_EPOCHS = 1", "def make_criterion(): ...", "def make_optimizer(m): ..."]
    assert read_notebook(notebook_bytes(*code, outputs=outputs), IntakeLimits()).names >= {"Net"}
    sources = [line.splitlines(keepends=True) for line in cells]
    with pytest.raises(Refused, match="intake/notebook-too-long"):  # too many statements
        read_notebook(notebook_bytes(*code, *sources), IntakeLimits())
