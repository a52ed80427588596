"""Compare our grader with other autograders on one trivial submission.

Each autograder has a virtual environment of its own. It finds torch, and all else that ours holds, after its own
packages: so all import the same torch.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.base import Bench, Row, Unit, Unmeasured
from tests.benchmarks.copies import SMALL
from tests.benchmarks.running import Cost, cpus, grader, run, walls

NBGRADER, OTTER = "nbgrader>=0.9.5", "otter-grader>=6"
CHECK = "tuple(Net()(torch.zeros(2, 1, 28, 28)).shape)"
SHAPE = "(2, 10)"


def _cell(kind: str, source: str, **metadata: Any) -> dict[str, Any]:
    cell = {"cell_type": kind, "id": f"cell{len(source)}", "metadata": metadata, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _write_notebook(path: Path, *cells: dict[str, Any]) -> None:
    """Write a notebook of format 4.5 (nbformat.readthedocs.io/en/latest/format_description.html)."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _environment(bench: Bench, name: str, requirement: str) -> Path:
    """The `bin` folder of a virtual environment that has `requirement`.

    The environment is made where it does not exist.

    Raises:
        Unmeasured: the environment cannot be made.
    """
    place = bench.cache / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    complete, programs = place / ".complete", place / "bin"
    if not complete.exists():
        bench.show(f"installing {name}")
        try:
            venv.create(place, clear=True, with_pip=True)
        except (OSError, ValueError) as error:
            raise Unmeasured(f"no environment in {place}: {error}") from error
        run(programs / "python", "-m", "pip", "install", "--quiet", requirement)
        inside = Path(sysconfig.get_path("purelib", "posix_prefix", {"base": str(place)}))
        ours = sysconfig.get_path("purelib")
        (inside / "zz_benchmarks.pth").write_text(f"{ours}\n", encoding="utf-8")
        complete.touch()
    return programs


def _with_programs(programs: Path) -> dict[str, str]:
    """Put `programs` first on the path. The kernel of a notebook starts whatever `python` is found first."""
    return {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}


def _through_nbgrader(bench: Bench) -> Callable[[], Cost]:
    programs = _environment(bench, "nbgrader", NBGRADER)
    course, name = bench.folder / "course", "digits.ipynb"
    marks = {"schema_version": 3, "task": False}
    answer = {"grade": False, "grade_id": "net", "locked": False, "solution": True}
    check = {"grade": True, "grade_id": "shape", "locked": True, "points": 1, "solution": False}
    cells = (
        _cell("code", SMALL["net.py"], nbgrader=marks | answer),
        _cell("code", f"assert {CHECK} == {SHAPE}", nbgrader=marks | check),
    )
    for folder in ("source/digits", "submitted/alice/digits"):
        _write_notebook(course / folder / name, *cells)
    environment = _with_programs(programs)

    def nbgrader(*arguments: str) -> Cost:
        return run(programs / "python", "-m", "nbgrader", *arguments, cwd=course, extra=environment)

    nbgrader("generate_assignment", "digits")

    def autograde() -> Cost:
        cost = nbgrader("autograde", "digits", "--force")
        if not (course / "autograded" / "alice" / "digits" / name).is_file():
            raise Unmeasured("nbgrader autograde wrote no notebook")
        return cost

    return autograde


def _through_otter(bench: Bench) -> Callable[[], Cost]:
    programs = _environment(bench, "otter", OTTER)
    folder, out = bench.folder / "otter", bench.folder / "otter-out"
    _write_notebook(folder / "digits.ipynb", _cell("code", SMALL["net.py"]))
    case = {"code": f">>> import torch\n>>> {CHECK}\n{SHAPE}", "hidden": False, "locked": False}
    suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    test = {"name": "shape", "points": 1, "suites": [suite]}
    (folder / "tests").mkdir()
    out.mkdir()
    (folder / "tests" / "shape.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n", encoding="utf-8")
    environment = _with_programs(programs)

    def otter(*arguments: str) -> Cost:
        return run(programs / "otter", *arguments, cwd=folder, extra=environment)

    otter("generate", "-t", "tests", "-o", "autograder.zip", "--no-environment", "--no-requirements")

    def run_one() -> Cost:
        cost = otter("run", "--no-logo", "-a", "autograder.zip", "-o", str(out), "digits.ipynb")
        found = json.loads((out / "results.json").read_bytes())["tests"]
        if sum(test.get("score", 0) for test in found) != 1:
            raise Unmeasured("otter run did not give the one point that the notebook deserves")
        return cost

    return run_one


def _through_ours(bench: Bench) -> Callable[[], Cost]:
    notebook = bench.folder / "submit" / "alice.ipynb"
    _write_notebook(notebook, *(_cell("code", text) for text in SMALL.values()))
    where = ("--dataset", "digits", "--sandbox", bench.sandbox, "--out", bench.folder / "out")
    return lambda: grader(notebook, "--only", "structure", "--fresh", *where, expected=(0,))


def measure(bench: Bench) -> list[Row]:
    """Grade a notebook that defines a network. The only check asks for the shape of its scores."""
    measured = {"grader, `--only structure`": _through_ours(bench)}
    missing = []
    others = {
        "nbgrader autograde": _through_nbgrader,
        "otter run, without a container": _through_otter,
    }
    for name, prepared in others.items():
        try:
            measured[name] = prepared(bench)
        except Unmeasured as error:
            missing.append(Row(name, (), remark=str(error)))
    (ours, first), *rest = bench.in_turns(measured).items()
    unit, unit_cpu = Unit("ours", walls(first)), Unit("ours", cpus(first))
    rows = [Row(ours, unit.values), Row(f"{ours}, processors", unit_cpu.values, "CPU s")]
    for name, costs in rest:
        rows += [Row(name, walls(costs), unit=unit), Row(f"{name}, processors", cpus(costs), "CPU s", unit_cpu)]
    return [*rows, *missing]
