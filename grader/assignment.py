"""Reads `assignment.toml` and checks it.

It has points, bars, limits and measures of integrity, checked before anything runs.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from grader.datasets import DATASETS
from grader.errors import AssignmentError
from grader.i18n import LANGUAGES
from grader.nearest import did_you_mean

VARIABLE = "GRADER_ASSIGNMENT"
"""Environment variable with the path of another assignment. An option counts more."""
DEFAULT = Path(__file__).with_name("assignment.toml")

Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
Points = Annotated[float, Meta(ge=0)]
Percent = Annotated[float, Meta(ge=0, le=100)]


class Structure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules for the structure of a network."""

    max_parameters: Positive
    forbid_convolutions: bool = False
    min_hidden_layers: Annotated[int, Meta(ge=0)] = 1


class Bars(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The accuracy bars of one data set."""

    bars: Annotated[list[Share], Meta(min_length=3, max_length=3)]
    retrain_seeds: Annotated[int, Meta(ge=0, le=5)]
    near_miss: Share
    epochs_factor: Positive
    max_moved_loss: Share

    @property
    def target(self) -> float:
        """The accuracy that earns every point."""
        return self.bars[2]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds on a submission. Seconds are those of the reference machine."""

    train_seconds: Seconds
    probe_seconds: Seconds
    predict_seconds: Seconds
    memory_mb: Positive
    processes: Annotated[int, Meta(ge=16)]
    scratch_mb: Positive
    output_kb: Positive


class Integrity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Measures that keep the accuracy honest."""

    relabel: bool
    noise: Annotated[int, Meta(ge=0, le=8)]
    turn_degrees: Annotated[float, Meta(ge=0, le=15)]
    stretch: Annotated[float, Meta(ge=0, le=0.2)]
    shift_pixels: Annotated[float, Meta(ge=0, le=3)]
    queries_at_once: Annotated[int, Meta(ge=100)]
    redraw_weights: bool
    max_untrained_accuracy: Share
    max_few_shot_accuracy: Share
    max_scrambled_accuracy: Share
    max_carried_bytes: Positive
    notable_carried_bytes: Positive


class LatenessRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The deadline, and what a later day takes off. Until the deadline work is taken in full; see `grader.lateness`."""

    deadline: Annotated[datetime, Meta(tz=True)]
    percent_per_day: Percent
    max_percent: Percent = 100.0
    grace_minutes: Annotated[float, Meta(ge=0)] = 0.0


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `assignment.toml`."""

    language: str
    points: dict[str, Points]
    structure: Structure
    accuracy: dict[str, Bars]
    """The accuracy bars, by data set."""
    limits: Limits
    integrity: Integrity
    lateness: LatenessRule | None = None
    """None where it does not matter when a submission comes."""

    def bars_for(self, dataset: str) -> Bars:
        """Return the accuracy bars of `dataset`. It is one of the names that the command offers."""
        return self.accuracy[dataset]


@dataclass(frozen=True)
class AssignmentFile:
    """An assignment, with the path and the text of its file."""

    path: Path
    text: str
    assignment: Assignment


def _line_of(text: str, where: str) -> int | None:
    """Return the line of a path's last key. A path is such as `$.limits.memory_mb`."""
    key = where.rsplit(".", 1)[-1].split("[", maxsplit=1)[0].strip("`'\" ")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.partition("#")[0].split("=")[0].strip().strip('"[]').rsplit(".", 1)[-1] == key:
            return number
    return None


def _explain(path: Path, text: str, error: Exception) -> AssignmentError:
    message = str(error)
    problem, _, where = message.partition(" - at ")
    unknown = problem.split("`")[1] if "unknown field" in problem else None
    offset = 0
    if where.strip("`").startswith("$.points["):  # of a table with free keys msgspec does not say which
        where = next((test for test, value in tomllib.loads(text)["points"].items() if not _is_worth(value)), where)
    if where.strip("`").startswith("$.accuracy[") and (table := _bad_bars(text)) is not None:
        where = where.replace("[...]", f".{table}", 1)
        text_before, _, after = text.partition(f"[accuracy.{table}]")
        offset, text = text_before.count("\n"), f"[accuracy.{table}]{after}"
    line = _line_of(text, unknown or where)
    line = None if line is None else line + offset
    place = f"{path.name}:{line}" if line else path.name
    hint = ""
    if unknown:
        tables: dict[str, Any] = {"": Assignment, "structure": Structure, "limits": Limits, "integrity": Integrity}
        tables["lateness"] = LatenessRule
        table = tables.get(where.strip("`").removeprefix("$").strip("."), Bars)
        hint = f"; allowed here: {', '.join(table.__struct_fields__)}{did_you_mean(unknown, table.__struct_fields__)}"
    return AssignmentError(f"{place}: {problem}{f' at {where}' if where else ''}{hint}")


def _bad_bars(text: str) -> str | None:
    """Return the first invalid table below `accuracy`.

    Of a table with free keys msgspec itself names none.
    """
    for name, table in tomllib.loads(text)["accuracy"].items():
        try:
            msgspec.convert(table, Bars)
        except msgspec.ValidationError:
            return str(name)
    return None


def _is_worth(value: object) -> bool:
    try:
        msgspec.convert(value, Points)
    except msgspec.ValidationError:
        return False
    return True


def _check_names(assignment: Assignment, path: Path, text: str) -> None:
    """Check names against the registries. The language has to exist, and bars for every data set and no other."""
    if assignment.language not in LANGUAGES:
        raise AssignmentError(
            f"{path.name}:{_line_of(text, 'language')}: there are no texts in `{assignment.language}`, "
            f"but in {', '.join(LANGUAGES)}{did_you_mean(assignment.language, LANGUAGES)}"
        )
    for dataset in assignment.accuracy:
        if dataset not in DATASETS:
            raise AssignmentError(
                f"{path.name}:{_line_of(text, dataset)}: there is no data set `{dataset}`, "
                f"but {', '.join(DATASETS)}{did_you_mean(dataset, DATASETS)}"
            )
    missing = [dataset for dataset in DATASETS if dataset not in assignment.accuracy]
    if missing:
        raise AssignmentError(f"{path.name}: the table [accuracy.{missing[0]}] is missing")


def _check_points(assignment: Assignment, tests: frozenset[str], path: Path, text: str) -> None:
    for test in assignment.points:
        if test not in tests:
            category = f"{test.partition('/')[0]}/"
            near = [other for other in sorted(tests) if other.startswith(category)] or sorted(tests)
            raise AssignmentError(
                f"{path.name}:{_line_of(text, test)}: there is no hidden test `{test}`, "
                f"but {', '.join(near)}{did_you_mean(test, sorted(tests))}"
            )


def load_assignment(path: Path = DEFAULT, *, tests: frozenset[str] | None = None) -> Assignment:
    """Load and check the assignment in `path`.

    Args:
        path: a TOML file.
        tests: the ids of the hidden tests; points for any other id are an error. Not checked where None.

    Raises:
        AssignmentError: an unreadable file, a key that does not exist, a value out of range; with its line.
    """
    return read_assignment(path, tests=tests).assignment


def read_assignment(path: Path, *, tests: frozenset[str] | None = None) -> AssignmentFile:
    """Read and check an assignment, as `load_assignment` does, and keep its text."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise AssignmentError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise AssignmentError(f"{path.name}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    return AssignmentFile(path, text, parse_assignment(text, path, tests=tests))


def assignment_in(given: AssignmentFile | None, *, tests: frozenset[str] | None = None) -> Assignment:
    """Return the assignment of a file. None stands for the one that comes with the grader, loaded with `tests`."""
    return load_assignment(tests=tests) if given is None else given.assignment


def is_named(option: Path | None) -> bool:
    """Whether an option or the environment names an assignment."""
    return option is not None or bool(os.environ.get(VARIABLE))


def named_assignment(option: Path | None, tests: frozenset[str]) -> AssignmentFile | None:
    """Read the assignment that an option names, else the environment. None for the one that comes with the grader.

    Args:
        option: a path, if one is named.
        tests: the ids of the hidden tests.

    Raises:
        AssignmentError: as for `load_assignment`.
    """
    if not is_named(option):
        return None
    path = (option or Path(os.environ[VARIABLE])).resolve()  # however it is written, it is one file
    return None if path == DEFAULT.resolve() else read_assignment(path, tests=tests)


def parse_assignment(text: str, path: Path, *, tests: frozenset[str] | None = None) -> Assignment:
    """Check the text of an assignment, as `load_assignment` does. `path` is for what is said of mistakes."""
    try:
        assignment = msgspec.convert(tomllib.loads(text), Assignment)
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(f"{path.name}: {error}") from None
    except msgspec.ValidationError as error:
        raise _explain(path, text, error) from None
    _check_names(assignment, path, text)
    if tests is not None:
        _check_points(assignment, tests, path, text)
    return assignment
