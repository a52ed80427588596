"""`results.json` of a Gradescope autograder, and the autograder itself.

The format is the one of gradescope-autograders.readthedocs.io/en/latest/specs. All text is sent as plain text, so that
nothing of it is rendered. What only staff may read is in none of it: a hidden row would hide the total from students.
The platform takes a submission for failed, and gives no points, where neither a score nor tests are written: that is
what it gets where the grader itself has failed, or where there is to be no grade.
"""

from __future__ import annotations

import math
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.categories import CATEGORIES
from grader.errors import UsageError
from grader.export.parts import select_result
from grader.final import Final, final_grade
from grader.gradescope import options as autograder
from grader.gradescope.options import VISIBILITIES
from grader.i18n import LANGUAGES, translator
from grader.model import Metrics, Result, ScoredTest
from grader.nearest import did_you_mean
from grader.report.adjusted import adjusted_in_text, final_line
from grader.report.escape import Translate, lines_of, one_line
from grader.report.json import encode, to_json
from grader.report.markdown import accuracy_line, percent, trial_note
from grader.report.points import shown, to_cents
from grader.report.words import said, title

_PRINTED_LINES = 40
_PRINTED_CHARACTERS = 4000
_LINE_CHARACTERS = 200
Visibility = tuple[str, str]
"""A test, a category or "" for all, and its visibility."""


def visibility(text: str) -> Visibility:
    """Parse `WHEN` or `WHICH=WHEN`, for argparse. `WHICH` is the id of a test or a category."""
    which, _, when = text.rpartition("=")
    if when not in VISIBILITIES:
        raise ArgumentTypeError(f"`{text}`: there are {', '.join(VISIBILITIES)}{did_you_mean(when, VISIBILITIES)}")
    if which and which.partition("/")[0] not in CATEGORIES:
        raise ArgumentTypeError(f"`{text}`: {which} is no test and no category; there are {', '.join(CATEGORIES)}")
    return which, when


def _seen(test: str, chosen: Iterable[Visibility]) -> str:
    """Return the visibility of `test`. The last option that matches it decides."""
    category = test.partition("/")[0]
    return next((when for which, when in reversed([*chosen]) if which in ("", category, test)), VISIBILITIES[0])


def _row(number: str, test: ScoredTest, chosen: Sequence[Visibility], translate: Translate) -> dict[str, Any]:
    verdict = test.verdict
    score, most = to_cents(test.score) / 100, to_cents(test.max_score) / 100
    has_all = verdict.status == "passed" or (most > 0 and score >= most)
    return {
        "score": score,
        "max_score": most,
        "status": "passed" if has_all else "failed",
        "name": title(verdict.test, translate),
        "name_format": "text",
        "number": number,
        "output": said(verdict, translate),
        "output_format": "text",
        "visibility": _seen(verdict.test, chosen),
        "extra_data": {"id": one_line(verdict.test), "status": verdict.status},
    }


def _rows(tests: Sequence[ScoredTest], chosen: Sequence[Visibility], translate: Translate) -> list[dict[str, Any]]:
    """Return a row for each test, numbered by category. The third test of the second category is "2.3"."""
    categories = list(dict.fromkeys(test.verdict.category for test in tests))
    rows, count = [], dict.fromkeys(categories, 0)
    for test in tests:
        category = test.verdict.category
        count[category] += 1
        rows.append(_row(f"{categories.index(category) + 1}.{count[category]}", test, chosen, translate))
    return rows


def _leaderboard(metrics: Metrics, translate: Translate) -> list[dict[str, Any]]:
    board = []
    if metrics.accuracy is not None and math.isfinite(metrics.accuracy):
        value = float(percent(metrics.accuracy))
        board.append({"name": translate("gradescope/accuracy", {}), "value": value, "order": "desc"})
    if metrics.train_seconds is not None and math.isfinite(metrics.train_seconds):
        seconds = round(metrics.train_seconds, 1)
        board.append({"name": translate("gradescope/train-seconds", {}), "value": seconds, "order": "asc"})
    return board


def _printed(result: Result, translate: Translate) -> list[str]:
    """Return the end of the training's printed output.

    Where the graded training printed nothing, that of the probes stands in.
    """
    for heading, printed in (("printed", result.printed), ("printed-probing", result.printed_probing)):
        lines = "\n".join(lines_of(printed[-_PRINTED_CHARACTERS:])).strip().splitlines()[-_PRINTED_LINES:]
        if lines:
            return ["", f"{translate(f'report/{heading}', {})}:", *(line[:_LINE_CHARACTERS] for line in lines)]
    return []


def _summary(result: Result, final: Final, translate: Translate) -> list[str]:
    if final.excused:
        return [final_line(result, translate)]
    if final.score is None:
        return [translate("report/grader-error", {})]
    points = {"score": shown(final.score), "max_score": shown(final.max_score)}
    lines = [translate("report/total", points)]
    lines += [translate("report/all-passed", {})] if result.status == "passed" else []
    lines += [accuracy_line(result.metrics, result.provenance.threshold, translate)]
    lines += [note.removeprefix("> ") for note in trial_note(result.provenance, translate)]
    lines += [translate("report/flagged", {})] if result.flags else []
    return [line for line in lines if line]


def document(result: Result, translate: Translate, chosen: Sequence[Visibility] = ()) -> dict[str, Any]:
    """Return `results.json` of one submission as JSON values.

    Args:
        result: with what people have said about it.
        translate: makes the words, in one language.
        chosen: which tests students see when; of several that are about one test the last counts.

    Returns:
        a document without a score and tests where there is no grade, see the head of this module.
    """
    final = final_grade(result)
    lines = [*_summary(result, final, translate), *adjusted_in_text(result, translate)]
    known = to_json(result, translate)
    whole = {
        "execution_time": round(result.provenance.seconds, 2),
        "output": "\n".join([*lines, *_printed(result, translate)]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {name: known[name] for name in ("schema", "status", "max_score", "metrics", "provenance")},
    }
    if final.score is None:
        return whole
    return {
        "score": final.score,
        **whole,
        "tests": _rows(final.tests, chosen, translate),
        "leaderboard": _leaderboard(result.metrics, translate),
    }


class GradescopeExporter:
    """Writes one `results.json` for each submission."""

    name = "gradescope"
    help = "Gradescope's results.json; with --bundle the autograder that writes it"
    next_step = "upload it to Gradescope (Configure Autograder), and give it 1 CPU and 3 GB in the settings"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the submission, the language, the visibility and the bundle."""
        add = parser.add_argument
        add("--submission", metavar="NAME", help="of whom; of all, each in a folder of their own, where left out")
        add("--lang", choices=LANGUAGES, help="of titles and messages (default: en)")
        add(
            "--visibility",
            type=visibility,
            action="append",
            default=[],
            metavar="[WHICH=]WHEN",
            help=f"{', '.join(VISIBILITIES)}; of all tests, of a category or of one test; may be repeated. "
            "Students do not see the total where a test is not visible",
        )
        add("--no-lateness", action="store_true", help="take nothing off for lateness, which Gradescope does itself")
        autograder.add_arguments(parser)

    def without_results(self, options: Namespace) -> Mapping[Path, bytes] | None:
        """Return the autograder where `--bundle` asks for it."""
        if options.bundle is None and options.assignment is not None:
            raise UsageError("--assignment goes with --bundle: results are of the assignment that they were graded by")
        if options.bundle is None:
            return None
        if options.out is not None:
            raise UsageError(f"--bundle makes an autograder, which needs no results: leave {options.out} out")
        from grader.assignment import named_assignment
        from grader.gradescope.bundle import autograder_zip
        from grader.judge.collect import collect

        given = named_assignment(options.assignment, frozenset(collect()))
        return {options.bundle: autograder_zip(autograder.options_of(options), given.text if given else None)}

    def export(self, results: Sequence[Result], options: Namespace) -> Mapping[str, bytes]:
        """Return `results.json`, or `NAME/results.json` for several submissions.

        Raises:
            UsageError: nobody is called so.
        """
        translate = translator(options.lang or LANGUAGES[0])
        if options.submission is not None:
            results = [select_result(results, options.submission, self.name)]
        if options.no_lateness:
            results = [replace(result, lateness=None) for result in results]
        if len(results) == 1:
            return {"results.json": encode(document(results[0], translate, options.visibility))}
        return {
            f"{result.submission}/results.json": encode(document(result, translate, options.visibility))
            for result in results
        }
