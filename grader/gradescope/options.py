"""An instructor's options for an autograder.

They are options of a command line here, and `autograder.toml` in the zip.
"""

from __future__ import annotations

import json
import shlex
import tomllib
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from grader.categories import CATEGORIES, GRADED_DATASET
from grader.datasets import DATASETS
from grader.errors import UsageError
from grader.i18n import LANGUAGES
from grader.nearest import did_you_mean

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
"""When Gradescope shows a test to students. The first is the default."""
DEFAULT_TIMEOUT_SECONDS = 600
"""Gradescope's default timeout. It ends a container then, and shows nothing of it."""
_LEAST_TIMEOUT, _MOST_TIMEOUT = 60, 40 * 60


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `autograder.toml`. Each key has the value that `grader` has without it."""

    dataset: str = GRADED_DATASET
    lang: str = LANGUAGES[0]
    seed: int = 0
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    """The platform's timeout, as its settings say. The autograder is done before."""
    only: list[str] = []
    """Categories to judge; none for all."""
    visibility: list[str] = []
    """Values as of `--visibility` of `grader export gradescope`."""
    data_root: str = "mnist"
    """The folder that torchvision calls root. It is below the folder of the autograder, or an absolute path."""
    arguments: list[str] = []
    """Further options of `grader`."""


_COMMENTS = {
    "dataset": "mnist, or digits for a trial",
    "lang": "of titles and messages: " + ", ".join(LANGUAGES),
    "timeout_seconds": "as set on Gradescope: Settings > Autograder; at most 2400",
    "only": 'categories to judge, as in ["structure"]; [] for all',
    "visibility": 'as in ["after_due_date", "structure=visible"]',
    "data_root": "holds MNIST/raw/; setup.sh puts it there",
    "arguments": 'further options of `grader`, as in ["--sandbox", "landlock"]',
}


def to_toml(options: Options) -> str:
    """Format `options` as a commented TOML file. JSON's numbers, strings and lists of strings are TOML's as well."""
    values = msgspec.structs.asdict(options)
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    commented = [
        f"{line}  # {_COMMENTS[name]}" if name in _COMMENTS else line for name, line in zip(values, lines, strict=True)
    ]
    return "# What this autograder does; change it before you upload the zip.\n" + "\n".join(commented) + "\n"


def _check(path: Path, key: str, named: Iterable[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            raise UsageError(f"{path}: `{key}` names `{name}`; there are {', '.join(known)}{did_you_mean(name, known)}")


def read_options(path: Path) -> Options:
    """Read the options of an autograder.

    Raises:
        UsageError: the file is missing, is no TOML, or holds a key or a value that is not known; it is named.
    """
    try:
        options = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Options)
    except (OSError, ValueError) as error:  # what tomllib, the codec and msgspec raise are kinds of ValueError
        raise UsageError(f"{path}: {error}") from None
    _check(path, "only", options.only, CATEGORIES)
    _check(path, "lang", [options.lang], LANGUAGES)
    _check(path, "dataset", [options.dataset], tuple(DATASETS))
    _check(path, "visibility", [one.rpartition("=")[2] for one in options.visibility], VISIBILITIES)
    return options


def _timeout(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not _LEAST_TIMEOUT <= value <= _MOST_TIMEOUT:
        raise ArgumentTypeError(f"`{text}` is not a number of seconds from {_LEAST_TIMEOUT} to {_MOST_TIMEOUT}")
    return value


def _arguments(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ArgumentTypeError(f"`{text}` is no command line: {error}") from None


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of an autograder."""
    add = parser.add_argument_group("the autograder").add_argument
    add("--bundle", type=Path, metavar="FILE", help="write the zip to upload to Gradescope; OUT is left out then")
    add("--assignment", type=Path, metavar="FILE", help="by what it grades (default: as for `grader`)")
    add("--dataset", choices=tuple(DATASETS), default=GRADED_DATASET, help="what it grades on (default: mnist)")
    add("--seed", type=int, default=0, metavar="N", help="what it grades with (default: 0)")
    add(
        "--timeout",
        type=_timeout,
        default=DEFAULT_TIMEOUT_SECONDS,
        metavar="SECONDS",
        help=f"when Gradescope ends it, as set there (default: {DEFAULT_TIMEOUT_SECONDS})",
    )
    add(
        "--grader-options", type=_arguments, default=[], metavar="'…'", help="further options of `grader`, behind a `=`"
    )


def options_of(arguments: Namespace) -> Options:
    """Return the options chosen on a command line."""
    return Options(
        dataset=arguments.dataset,
        lang=arguments.lang or LANGUAGES[0],
        seed=arguments.seed,
        timeout_seconds=arguments.timeout,
        visibility=["=".join(filter(None, chosen)) for chosen in arguments.visibility],
        arguments=arguments.grader_options,
    )
