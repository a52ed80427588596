"""Tests one part of a notebook: `check("net")`.

It looks at what your cells define now, and says what `pytest student` says, with the points of each test. The tests run
in a process of their own, so that a loop without an end or a crash leaves your notebook as it is. The chapter gets its
`check` by `speaking("English")`.
"""

import ast
import functools
import hashlib
import importlib.util
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .language import Words, words_of
from .watch import LIMIT_SECONDS, TestRun

FOLDER = Path(__file__).parent
_MODULES = ("net", "objective", "training")
_CATEGORIES = {
    "net": ("structure", "dropout"),
    "objective": ("structure", "dropout", "objective"),
    "training": ("structure", "dropout", "objective", "training"),
}
"""Categories tested once a module is written. They are its own, and those before it."""
_PARTS = {
    "net": ("structure", "net"),
    "dropout": ("dropout", "net"),
    "objective": ("objective", "objective"),
    "training": ("training", "training"),
}
"""Category of tests and last module of each part."""
_LATER = {
    "objective": (
        "BATCH_SIZE, N_EPOCHS = 16, 1\n\n\n"
        "def make_criterion():\n    raise NotImplementedError\n\n\n"
        "def make_optimizer(model):\n    raise NotImplementedError\n"
    ),
    "training": (
        "def train(model, train_loader, criterion, optimizer, n_epochs, device):\n    raise NotImplementedError\n"
    ),
}
"""Stubs in place of later modules."""
_BESIDE = ("__init__.py", "conftest.py", "data.py", "language.py", "threads.py")
"""Modules that the tests need beside `_kit`."""
_NEEDED = {"pytest": "pytest", "sklearn": "scikit-learn"}
_MOST_STATEMENTS = 1_000_000
_TICK_SECONDS = 0.05
_COLUMNS = 100
_SEEN: dict[str, "Tested"] = {}
"""Results by a digest of what was tested. The same cells are tested once."""


class CannotCheck(Exception):
    """Nothing can be tested here; the message says why."""


@dataclass(frozen=True)
class Tested:
    """The result of one run of the tests.

    Args:
        verdicts: of each test, with `status`, `text` and `blocked_by`.
        ended: a sentence on what ended the run early, "" where nothing did.
    """

    verdicts: Mapping[str, Mapping[str, Any]]
    ended: str = ""


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _texts(lang: str | None) -> Words:
    """Read the sentences of the tests."""
    try:
        return words_of(FOLDER, lang)
    except FileNotFoundError:
        raise CannotCheck(f"{FOLDER} has no tests to run: copy the folder `student` of the homework anew") from None


def _notebook(texts: Words) -> Any:
    """Return the IPython shell of this notebook.

    Raises:
        CannotCheck: there is no notebook.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or shell.history_manager is None:
        raise CannotCheck(texts("student/check-no-notebook"))
    return shell


def _executed_cells(shell: Any) -> list[str]:
    """List the cells that this notebook has run.

    Each stands at the index of its number less 1; what is not known any more is "".
    """
    cells = list(shell.history_manager.input_hist_raw)[1:]  # the first stands for a cell 0, which there is not
    running = shell.displayhook.prompt_count  # `execution_count` goes on before the cell runs, or after, by version
    return [""] * (running - len(cells)) + cells


def package_of_cells(cells: Sequence[str], module: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Build the package that `cells` define.

    It is what the grader takes from a notebook, up to one of the three modules.

    Args:
        cells: their sources, in the order in which they were run.
        module: the last of the modules that is looked at; the others are stubs.

    Returns:
        The files by path in the package, and what else is known of the cells.
    """
    from ._kit.source.contract import MODULES
    from ._kit.source.package import package_of, written_by_cells
    from ._kit.source.tasks import slice_sources

    looked_at = _MODULES[: _MODULES.index(module) + 1]
    wanted = [name for each in looked_at for name in MODULES[each]]
    found = slice_sources(list(cells), _MOST_STATEMENTS, wanted)
    # a cell that could not be read and was repaired since is of no interest any more
    found["unreadable"] = [cell for cell in found["unreadable"] if set(cell["names"]) & set(wanted) - {*found["names"]}]
    files = package_of(found, written_by_cells(found))
    return files | {f"{name}.py": text.encode() for name, text in _LATER.items() if name not in looked_at}, found


def _refuse_deleted(cells: Sequence[str], defined: Sequence[str], known: Collection[str], texts: Words) -> None:
    """Refuse names that a cell has removed with `del`. That a cell has failed removes nothing that it defines.

    Args:
        cells: their sources, in the order in which they were run.
        defined: names that the cells define.
        known: names that the notebook has now.
        texts: the sentences.

    Raises:
        CannotCheck: one of the names was removed.
    """
    gone = [name for name in defined if name not in known]
    if not gone:
        return
    from ._kit.source.cells import Cell, cell_of

    found = [cell_of(number, source) for number, source in enumerate(cells, start=1)]
    statements = [node for cell in found if isinstance(cell, Cell) for node in cell.body]
    deletions = [node for node in statements if isinstance(node, ast.Delete)]
    deleted = {inner.id for node in deletions for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    for name in gone:
        if name in deleted:
            raise CannotCheck(texts("student/check-deleted", what=name))


def _tests_of(module: str) -> list[str]:
    """Name the files of the tests that are run once `module` is written."""
    return [f"test_{category}.py" for category in _CATEGORIES[module]]


def _lay_out(files: Mapping[str, bytes], module: str, package: Path) -> None:
    """Write `files` and their tests to the folder `package`."""
    shutil.copytree(FOLDER / "_kit", package / "_kit")
    for name in [*_BESIDE, *_tests_of(module)]:
        shutil.copy2(FOLDER / name, package / name)
    for name, content in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _ended(run: TestRun, texts: Words) -> str:
    """Say what ended the tests early; "" where nothing did."""
    if run.code is None:
        return texts("student/watch-overdue", seconds=round(LIMIT_SECONDS))
    if run.code in (0, 1) and run.found is not None:
        return ""
    if run.total is not None:
        return texts("outcome/crashed")
    return "\n".join([texts("student/watch-broken"), *run.last_lines()])


def _tested(files: Mapping[str, bytes], cells: Mapping[str, Any], module: str, texts: Words) -> Tested:
    """Run the tests up to `module` on `files`.

    Raises:
        CannotCheck: something they need is missing.
    """
    missing = [package for name, package in _NEEDED.items() if importlib.util.find_spec(name) is None]
    if missing:
        raise CannotCheck(texts("student/check-needs", packages=" ".join(missing)))
    if not all((FOLDER / name).is_file() for name in [*_BESIDE, *_tests_of(module)]):
        raise CannotCheck(texts("student/check-no-tests", folder=FOLDER))
    with tempfile.TemporaryDirectory(prefix="student-check-", ignore_cleanup_errors=True) as folder:
        package, verdicts = Path(folder, "student"), Path(folder, "verdicts.json")
        _lay_out(files, module, package)
        Path(folder, "cells.json").write_text(json.dumps(cells), encoding="utf-8")
        Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")  # no settings from anywhere else
        run = TestRun(
            package,
            texts.language,
            STUDENT_CHECK=folder,
            PYTEST_ADDOPTS="-p student._kit.verdicts",
            PY_COLORS="0",  # a notebook asks programs for colours
            MPLBACKEND="agg",  # the notebook's own draws into cells
        )
        try:
            while not run.has_ended() and not run.is_overdue():
                time.sleep(_TICK_SECONDS)
            return Tested(_read_json(verdicts) if verdicts.is_file() else {}, _ended(run, texts))
        finally:
            run.end()


def _roots(tests: Sequence[str], tested: Tested) -> list[str]:
    """Find the mistakes of other parts that `tests` wait for."""
    awaited = (tested.verdicts[test]["blocked_by"] for test in tests if test in tested.verdicts)
    others = dict.fromkeys(test for test in awaited if test and test not in tests)
    return [text for test in others if (text := tested.verdicts.get(test, {}).get("text"))]


def _report(category: str, tested: Tested, points: Mapping[str, float], texts: Words) -> tuple[list[str], float]:
    """Write the lines on one category, and count its points."""
    tests = [test for test in points if test.startswith(f"{category}/")]
    states = {test: str(tested.verdicts.get(test, {}).get("status", "blocked")) for test in tests}
    score = float(sum(points[test] for test in tests if states[test] == "passed"))
    most = sum(points[test] for test in tests)
    title, of_all = texts(f"report/category-{category}"), {"score": texts.number(score), "most": texts.number(most)}
    if set(states.values()) == {"passed"}:
        return [texts("student/check-all", title=title, n=len(tests), **of_all)], score
    lines = [tested.ended] if tested.ended else []
    if first := _roots(tests, tested):
        lines += [texts("student/check-first"), *(f"    {text}" for text in first)]
    for test, state in states.items() if tested.verdicts else ():
        own = ("" if state == "passed" else "0/") + texts.number(points[test])
        mark = {"passed": "✓", "blocked": "·"}.get(state, "✗")
        waits = f" ({texts('student/check-waits')})" if state == "blocked" else ""
        lines.append(f"{mark} {own:>4}  {texts(f'title/{test}')}{waits}")
        if state not in ("passed", "blocked"):
            lines.append(f"        {tested.verdicts[test]['text']}")
    return [*lines, texts("student/check-points", title=title, **of_all)], score


def _checked(part: str, lang: str | None) -> float:
    texts = _texts(lang)
    if part not in _PARTS:
        raise CannotCheck(texts("student/check-unknown", parts=", ".join(f'"{name}"' for name in _PARTS)))
    category, module = _PARTS[part]
    shell = _notebook(texts)
    executed = _executed_cells(shell)
    files, cells = package_of_cells(executed, module)
    _refuse_deleted(executed, cells["names"], shell.user_ns, texts)
    key = hashlib.sha256(repr((sorted(files.items()), cells, module, texts.language)).encode()).hexdigest()
    if key not in _SEEN:
        _SEEN[key] = _tested(files, cells, module, texts)
    from ._kit.ending import wrapped  # needs numpy, which is there where the tests have run

    lines, score = _report(category, _SEEN[key], _read_json(FOLDER / "_kit" / "about.json")["points"], texts)
    print("\n".join(part for line in lines for part in wrapped(line, _COLUMNS)))
    return score


def check(part: str = "", lang: str | None = None) -> float:
    """Test one part of the notebook; print what to repair.

    Args:
        part: "net", "dropout", "objective" or "training".
        lang: "en" or "ru"; None: as your course or your system has it.

    Returns:
        The points of its tests; 0.0 where it could not be tested, and a line says why.
    """
    try:
        return _checked(part, lang)
    except CannotCheck as reason:
        print(reason)
        return 0.0


def speaking(language: str) -> Callable[[str], float]:
    """Return `check` in the given language: "English" or "по-русски"."""
    return functools.partial(check, lang="ru" if "русск" in language.lower() else "en")
