"""`index.html`: a class at a glance, for the instructor.

How it went, what to explain again, what a person has to see to, and a table that sorts, filters and searches. Notes for
staff stand here and on no student's page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.model import Result
from grader.report.escape import Translate, one_line
from grader.report.markdown import trial_note
from grader.report.mistakes import counted
from grader.report.pages import class_people as people
from grader.report.pages.class_mistakes import misconceptions, test_counts
from grader.report.pages.class_spread import HEIGHT, WIDTH, accuracy_spread, score_spread
from grader.report.pages.class_table import NOTES, categories_of, rows_of
from grader.report.pages.environment import LANGUAGE_NAMES, language_of, render
from grader.report.points import shown
from grader.report.words import readable_time
from grader.roster import Person

_STATUSES = ("passed", "failed", "grader_error")
_FIRST_MISTAKES = 8
"""Misconceptions shown at once. The others are one click away."""


@dataclass(frozen=True)
class Live:
    """The state of a served page. The browser uses it to keep the page up to date.

    Args:
        version: changes with everything that is shown.
        running: whether a run into the folder is going on.
    """

    version: str
    running: bool


def _duration(seconds: float) -> str:
    """Format seconds as a clock: "0:48", "12:05", "3:05:00"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def class_page(
    results: Sequence[Result],
    translate: Translate,
    missing: Sequence[Person] = (),
    *,
    live: Live | None = None,
) -> bytes:
    """Return the whole page, UTF-8.

    Args:
        results: of everybody, in the order in which they are shown.
        translate: makes the words, in one language.
        missing: who is in the roster and has handed in nothing.
        live: of a page that is served; None for one in a file.
    """
    numbered, categories = counted(results), categories_of(results)
    groups = misconceptions(results, translate)
    text = render(
        "index.html.j2",
        translate,
        styles=("index.css",),
        script="index.js",
        connect="" if live is None else "'self'",
        live=live,
        languages=[(code, name) for code, name in LANGUAGE_NAMES.items() if code != language_of(translate)],
        trial=sorted({line for result in numbered for line in trial_note(result.provenance, translate)}),
        count=len(results),
        in_last_run=sum(result.in_last_run for result in results),
        statuses=[(name, sum(result.status == name for result in results)) for name in _STATUSES],
        last=readable_time(max((result.provenance.started for result in results), default="")),
        picture=(WIDTH, HEIGHT),
        spreads=[("scores", score_spread(results)), ("accuracies", accuracy_spread(results))],
        goal=shown(100 * max((result.provenance.threshold for result in numbered), default=0.0)),
        groups=groups,
        at_once=_FIRST_MISTAKES,
        tests=test_counts(results, translate),
        faults=people.faults(results, translate),
        flagged=people.to_look_at(results, translate),
        close=people.close_calls(results, translate),
        lists=_lists(results, translate),
        missing=[one_line(str(person)) for person in missing],
        time=people.time_spent(results, translate),
        duration=_duration,
        categories=categories,
        rows=rows_of(results, categories, translate),
        marks=NOTES,
    )
    return text.encode(errors="replace")


def _lists(results: Sequence[Result], translate: Translate) -> list[tuple[str, list[people.Entry]]]:
    """Return the collapsed lists, by their headings' ids."""
    lists = [
        ("report/adjusted-title", people.changed(results, translate)),
        ("class/other-notes", people.other_notes(results, translate)),
        ("report/from-before-title", people.from_before(results, translate)),
        ("report/trials-title", people.trials(results, translate)),
        ("report/earlier-title", people.earlier(results, translate)),
    ]
    return [(heading, entries) for heading, entries in lists if entries]
