"""Finds the hidden tests and their needs. Without running any."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from grader.categories import CATEGORIES
from grader.errors import GraderFault
from grader.judge.marks import test_id
from grader.protocol.probes import PROBES

_GIVEN = ("rules", "facts", "reading", "witness")
"""Fixtures that need no probe. Nothing is run for them."""


@dataclass(frozen=True)
class HiddenTest:
    """One hidden test. It has an id, the probes its arguments name, and the tests it comes after."""

    id: str
    probes: tuple[str, ...]
    after: tuple[str, ...]
    visible: bool
    summary: str


def tests_of(module: ModuleType, category: str) -> list[HiddenTest]:
    """List a module's tests in the order written."""
    functions: list[tuple[str, Callable[..., None]]] = [
        (name, item) for name, item in vars(module).items() if name.startswith("test_") and inspect.isfunction(item)
    ]
    found = []
    for name, function in functions:
        arguments = list(inspect.signature(function).parameters)
        unknown = [argument for argument in arguments if argument not in (*PROBES, *_GIVEN)]
        if unknown:
            raise GraderFault(f"{test_id(category, name)} asks for `{unknown[0]}`, which is no probe")
        summary = (inspect.getdoc(function) or "").split("\n")[0]
        found.append(
            HiddenTest(
                test_id(category, name),
                tuple(argument for argument in arguments if argument in PROBES),
                tuple(getattr(function, "after", ())),
                bool(getattr(function, "visible", False)),
                summary,
            )
        )
    return found


def collect() -> dict[str, HiddenTest]:
    """Return all hidden tests by id, in judging order.

    Raises:
        GraderFault: a test asks for what does not exist, or comes after a test that comes later.
    """
    found: dict[str, HiddenTest] = {}
    for category in CATEGORIES:
        module = importlib.import_module(f"grader.hidden.test_{category}")
        for test in tests_of(module, category):
            missing = [other for other in test.after if other not in found]
            if missing:
                raise GraderFault(f"{test.id} comes after {missing[0]}, which is not judged before it")
            found[test.id] = test
    return found


def tests_for(categories: Sequence[str], tests: Mapping[str, HiddenTest]) -> list[str]:
    """List the ids of `categories` in judging order. Accuracy is never judged without integrity."""
    wanted = {*categories, "integrity"} if "accuracy" in categories else set(categories)
    return [test for test in tests if test.partition("/")[0] in wanted]


def with_prerequisites(ids: Iterable[str], tests: dict[str, HiddenTest]) -> list[str]:
    """`ids` and all they come after, in judging order."""
    wanted: set[str] = set()
    queue = list(ids)
    while queue:
        current = queue.pop()
        if current not in wanted:
            wanted.add(current)
            queue += tests[current].after
    return [test for test in tests if test in wanted]


def probes_for(ids: Iterable[str], tests: dict[str, HiddenTest]) -> list[str]:
    """List the probes that the tests `ids` need.

    Those that these need in turn are included; all stand in running order.
    """
    wanted: set[str] = set()
    queue = [probe for test in ids for probe in tests[test].probes]
    while queue:
        current = queue.pop()
        if current not in wanted:
            wanted.add(current)
            queue += PROBES[current].needs
    return [probe for probe in PROBES if probe in wanted]
