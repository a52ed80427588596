"""The commands beside grading: each parses its own arguments, calls, prints, and returns an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.arguments import Parser
from grader.errors import UsageError


def _parser(name: str, description: str) -> argparse.ArgumentParser:
    return Parser(prog=f"grader {name}", description=description, allow_abbrev=False)


def _differences(folder: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """What in `folder` is not as `wanted` says. Caches and what git ignores anyway do not count."""
    ignored = ("__pycache__", ".pytest_cache", ".ipynb_checkpoints", "data")
    present = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not any(part in ignored for part in path.relative_to(folder).parts)
    }
    changed = [name for name in sorted(wanted) if name in present and (folder / name).read_bytes() != wanted[name]]
    missing = [f"{name} (missing)" for name in sorted(set(wanted) - present)]
    extra = [f"{name} (not written by the release)" for name in sorted(present - set(wanted))]
    return changed + missing + extra


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    from grader.store import write_durably

    for name, content in files.items():
        write_durably(folder / name, content)


def _refuse_leaks(solutions: Path, files: Mapping[str, bytes]) -> None:
    from grader.release.repository import leaks

    found = leaks(solutions, files)
    if found:
        raise UsageError(f"nothing was written: the release would give away {len(found)} things, first {found[0]}")


def _refuse_folder_in_use(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder: name a new one")


def _release_course(solutions: Path, folder: Path) -> int:
    from grader.release.course import nbgrader_course

    _refuse_folder_in_use(folder)
    files = nbgrader_course(solutions)
    _write(folder, files)
    print(f"{len(files)} files written to {folder}; next: cd {folder} && nbgrader generate_assignment perceptron_en")
    return 0


def release(arguments: Sequence[str]) -> int:
    """`grader release DIR`, `grader release --check`, `grader release --update`, `grader release --nbgrader DIR`."""
    from grader.release.repository import find_solutions, repository, student_folder

    parser = _parser("release", "Write the repository that students receive, made from solutions/.")
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="an empty or new folder")
    parser.add_argument(
        "--check", action="store_true", help="compare the committed student/ with what would be written"
    )
    parser.add_argument("--update", action="store_true", help="write student/ of this checkout anew")
    parser.add_argument("--nbgrader", action="store_true", help="write DIR as an nbgrader course, solutions included")
    chosen = parser.parse_args(arguments)
    if sum((chosen.folder is not None, chosen.check, chosen.update)) != 1 or (chosen.nbgrader and not chosen.folder):
        raise UsageError("name a folder to write to, or --check, or --update (`grader release --help`)")
    solutions = find_solutions()
    if chosen.nbgrader:
        return _release_course(solutions, chosen.folder)
    student = student_folder(solutions)
    _refuse_leaks(solutions, student)
    committed = solutions.parent / "student"
    if chosen.check:
        stale = _differences(committed, student)
        for name in stale:
            print(f"student/{name}")
        print("student/ is current" if not stale else "student/ is stale: run `grader release --update`")
        return 1 if stale else 0
    if chosen.update:
        for name in sorted(path for path in _stale_files(committed, student)):
            (committed / name).unlink()
        _write(committed, student)
        print(f"{len(student)} files written to {committed}")
        return 0
    _refuse_folder_in_use(chosen.folder)
    files = repository(solutions)
    _refuse_leaks(solutions, files)
    _write(chosen.folder, files)
    print(f"{len(files)} files written to {chosen.folder}; next: cd {chosen.folder} && git init && pytest student")
    return 0


def _stale_files(folder: Path, wanted: Mapping[str, bytes]) -> list[str]:
    note = " (not written by the release)"
    return [name.removesuffix(note) for name in _differences(folder, wanted) if name.endswith(note)]


def verify(arguments: Sequence[str]) -> int:
    """`grader verify`: the kit's proof of itself, one line per claim."""
    from grader.release.verify import CLAIMS

    parser = _parser("verify", "Prove the kit: stubs fail, solutions pass, messages are complete, points add up.")
    parser.parse_args(arguments)
    failed = 0
    for claim, prove in CLAIMS.items():
        print(f"… {claim}", end="\r", file=sys.stderr, flush=True) if sys.stderr.isatty() else None
        reasons = prove()
        failed += bool(reasons)
        print(f"{'FAILED' if reasons else 'ok':<7}{claim}")
        for reason in reasons:
            print(f"       {reason}")
    return 1 if failed else 0


def rejudge(arguments: Sequence[str]) -> int:
    """`grader rejudge OUT`: judge stored observations again."""
    from grader.rejudge import rejudge_folder

    parser = _parser("rejudge", "Judge stored observations again, without running any submission.")
    parser.add_argument("out", type=Path, metavar="OUT", help="the output folder of an earlier run")
    parser.add_argument("--dry-run", action="store_true", help="only show whose score would change")
    chosen = parser.parse_args(arguments)
    return rejudge_folder(chosen.out, dry_run=chosen.dry_run)
