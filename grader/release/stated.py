"""What released texts state of the assignment: goal, rules and points.

The chapters in `solutions/` state those of the assignment that comes with the grader, so that they can be read and run
as they are. A release puts what its own assignment says in their place. READMEs have marks instead, such as `@GOAL@`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping

from grader.assignment import Assignment
from grader.categories import CATEGORIES, GRADED_DATASET
from grader.i18n import translator

_WIDTH = 120
_LIST = {"en": " and ", "ru": " и "}
_THOUSANDS = {"en": ",", "ru": "\N{NO-BREAK SPACE}"}
_RULES = re.compile(r"^# \*\*(?:Rules|Правила)\.\*\* .*?(?=^#$)", re.MULTILINE | re.DOTALL)
_GOALS = {
    "en": ("**at least {} % accuracy**", "Homework: {} %\n", "**at least {} %** of the test digits"),
    "ru": ("\n# {} %**", "Домашнее задание: {} %\n", "**не меньше {} %** тестовых цифр"),
}
"""What the chapters say of the goal."""
_STATED_GOAL = "99"
"""The goal in `solutions/`, in per cent."""
_CHECKS = {"net": "structure", "dropout": "dropout", "objective": "objective", "training": "training"}
"""Categories by the cells that check them."""
_OTHER_SECONDS = 900
"""Seconds of a job on GitHub beside the trainings themselves."""
_MOST_MINUTES = 360
"""What GitHub gives a job."""
_CHECK = re.compile(
    r'(?P<head>"grade_id": "(?P<cell>\w+)-check", "locked": true, "points": )[\d.]+(?P<rest>.*\ncheck\(.*# \w+: )[\d.]+'
)
_ACCURACY = re.compile(r'(?P<head>"grade_id": "accuracy", "locked": true, "points": )[\d.]+(?P<rest>.*\n)bars = .*\n')
_OUT_OF = re.compile(r"(?P<head>\{points\} (?:of|из) )[\d.]+")


def category_points(assignment: Assignment) -> dict[str, float]:
    """Sum the points of each category. Those that are worth nothing are left out."""
    cents = dict.fromkeys(CATEGORIES, 0)
    for test, value in assignment.points.items():
        cents[test.partition("/")[0]] += round(100 * value)
    return {category: value / 100 for category, value in cents.items() if value}


def _number(value: float, language: str) -> str:
    text = f"{round(value, 2):.10g}"
    return text.replace(".", ",") if language == "ru" else text


def _sentence(parts: Iterable[str]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def goal(assignment: Assignment, language: str) -> str:
    """The accuracy to be reached on MNIST in per cent, without the sign: "98.5", in Russian "98,5"."""
    return _number(100 * assignment.bars_for(GRADED_DATASET).target, language)


def rules(assignment: Assignment, language: str) -> str:
    """What the assignment asks for beside the goal, as one sentence: layers, size, time, and when it is due."""
    translate, structure = translator(language), assignment.structure
    most = f"{structure.max_parameters:,}".replace(",", _THOUSANDS[language])
    parts = [translate("course/rule-layers", {"n": structure.min_hidden_layers})] * bool(structure.min_hidden_layers)
    parts += [translate("course/rule-connected", {})] * structure.forbid_convolutions
    parts += [translate("course/rule-parameters", {"most": most})]
    parts += [translate("course/rule-time", {"minutes": _number(assignment.limits.train_seconds / 60, language)})]
    late = assignment.lateness
    if late is not None:
        due = late.deadline.isoformat(" ", "minutes")
        terms = {"percent": late.percent_per_day, "most": late.max_percent}
        parts += [translate("course/rule-deadline", {"due": due, **terms})]
    return _sentence(parts)


def points(assignment: Assignment, language: str) -> str:
    """The points of each category and the bars of the accuracy, as one sentence."""
    shares = [_number(100 * bar, language) for bar in sorted({*assignment.bars_for(GRADED_DATASET).bars})]
    steps = _LIST[language].join(filter(None, (", ".join(shares[:-1]), shares[-1])))
    return _sentence(
        translator(language)(f"course/points-{category}", {"points": _number(value, language), "steps": steps})
        for category, value in category_points(assignment).items()
    )


def _paragraph(assignment: Assignment, language: str, width: int) -> str:
    said = {"rules": rules(assignment, language), "points": points(assignment, language)}
    text = translator(language)("course/rules", said)
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _accuracy_bars(assignment: Assignment) -> Mapping[float, float]:
    """Return points by bar. Bars that are equal are one; those of training at all belong to the first."""
    low, middle, target = assignment.bars_for(GRADED_DATASET).bars
    all_points = category_points(assignment).get("accuracy", 0.0)
    of_bar: dict[float, float] = {low: all_points}
    for bar, test in ((middle, "accuracy/middle-bar"), (target, "accuracy/target")):
        worth = assignment.points.get(test, 0.0)
        of_bar[low] = round(of_bar[low] - worth, 2)
        of_bar[bar] = round(of_bar.get(bar, 0.0) + worth, 2)
    return of_bar


def in_chapter(script: str, assignment: Assignment, language: str) -> str:
    """Put what `assignment` says in the place of what a chapter says.

    Args:
        script: a chapter of `solutions/`, with or without its solutions.
        assignment: of the release.
        language: of the chapter.
    """
    for phrase in _GOALS[language]:
        script = script.replace(phrase.format(_STATED_GOAL), phrase.format(goal(assignment, language)))
    worth, paragraph = category_points(assignment), _paragraph(assignment, language, _WIDTH - 2)
    script = _RULES.sub(lambda _: textwrap.indent(paragraph, "# ") + "\n", script)
    script = _CHECK.sub(
        lambda found: "{head}{of:g}{rest}{of:g}".format(**found.groupdict(), of=worth.get(_CHECKS[found["cell"]], 0)),
        script,
    )
    accuracy = worth.get("accuracy", 0)
    bars = ", ".join(f"{bar:g}: {of_bar:g}" for bar, of_bar in _accuracy_bars(assignment).items())
    script = _ACCURACY.sub(lambda found: f"{found['head']}{accuracy:g}{found['rest']}bars = {{{bars}}}\n", script)
    return _OUT_OF.sub(lambda found: f"{found['head']}{accuracy:g}", script)


def marked(assignment: Assignment) -> dict[str, str]:
    """What stands for the marks of templates, by mark."""
    limits, bars = assignment.limits, assignment.accuracy[GRADED_DATASET]
    seconds = limits.train_seconds
    minutes = round(((1 + bars.retrain_seeds) * seconds + _OTHER_SECONDS) / 60 + 0.499)
    marks = {"@TRAIN_SECONDS@": f"{seconds:.10g}", "@JOB_MINUTES@": str(min(minutes, _MOST_MINUTES))}
    for language in ("en", "ru"):
        of = f"_{language.upper()}@"
        marks |= {f"@GOAL{of}": goal(assignment, language), f"@RULES{of}": _paragraph(assignment, language, _WIDTH)}
    return marks
