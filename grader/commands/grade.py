"""`grader PATH…`: grades submissions. Progress goes to stderr, files to the output folder, the summary to stdout."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.categories import CATEGORIES, GRADED_DATASET
from grader.commands import options
from grader.commands.assigned import add_assignment, for_results_in
from grader.commands.base import Ending, ending_of
from grader.commands.finding import choose, find
from grader.datasets import DATASETS
from grader.errors import UsageError
from grader.i18n import LANGUAGES, translator
from grader.named_file import named_file
from grader.sandbox.registry import BACKENDS
from grader.schedule.registry import CLUSTERS, ENGINES, check
from grader.telling import say, tell

if TYPE_CHECKING:
    from grader.setup import Settings
    from grader.work import Work

DESCRIPTION = "Train and judge submissions of the MNIST perceptron homework, each in a sandbox."


def add_arguments(parser: ArgumentParser) -> None:
    """Declare paths, data set, output and other options."""
    add = parser.add_argument
    add("paths", nargs="+", type=options.path, metavar="PATH", help="a submission, or a folder of submissions")
    add("--out", type=options.path, default=Path("grades"), metavar="DIR", help="where results go (default: grades)")
    add(
        "--only",
        type=options.categories,
        default=CATEGORIES,
        metavar="CATEGORY[,…]",
        help=f"judge only: {', '.join(CATEGORIES)}",
    )
    add(
        "--dataset",
        choices=tuple(DATASETS),
        default=GRADED_DATASET,
        help="what to train and test on; digits needs no download, and decides no grade (default: mnist)",
    )
    add(
        "--data-root",
        type=options.path,
        metavar="DIR",
        help="holds MNIST/raw, as torchvision's root (default: $GRADER_DATA_ROOT, then a cache)",
    )
    add(
        "--attempts",
        choices=("latest", "all", "best"),
        default="latest",
        help="which attempts of a person to grade, where the platform keeps several: the latest, all with a row for "
        "each, or the best (default: latest)",
    )
    add("--failed", metavar="TEST", help="only who has not passed this test in the results in --out")
    add("--roster", type=named_file, metavar="FILE", help="a table of who takes the course; who is missing is told")
    add_assignment(parser, "$GRADER_ASSIGNMENT, then the one that --out was graded by, then the grader's own")
    _add_execution(parser)
    what = "of the table and of result.json; feedback files come in every language"
    add("--lang", choices=LANGUAGES, help=f"{what} ({options.AS_ASSIGNED})")


def _add_execution(parser: ArgumentParser) -> None:
    """Declare where and how submissions are executed."""
    add = parser.add_argument
    add(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where to train; auto takes a card if there is one (default: auto)",
    )
    add(
        "--time-limit",
        type=options.seconds,
        metavar="SECONDS",
        help=f"wall-clock limit of one training run ({options.AS_ASSIGNED})",
    )
    add(
        "--jobs",
        type=options.jobs,
        nargs="?",
        metavar="N",
        help="submissions at a time; without a number (the default) as many as processors and memory allow",
    )
    add("--engine", choices=tuple(ENGINES), default=next(iter(ENGINES)), help="what executes them (default: local)")
    add("--address", metavar="ADDRESS", help="of the cluster that --engine ray joins; auto: the one of this machine")
    add("--shard", type=options.shard, metavar="I/N", help="grade the I-th of N parts; `grader merge` joins them")
    add(
        "--sandbox",
        choices=("auto", *BACKENDS),
        default="auto",
        help="what shuts submissions in; none: only for code you trust (default: auto, the strongest that works)",
    )
    add("--seed", type=options.seed, default=0, metavar="N", help="of weights, batches and queries (default: 0)")
    add("--no-retrain", action="store_true", help="train once, also where the goal is nearly reached")
    add("--fresh", action="store_true", help="run again what has not changed since an earlier run")


def _device(wanted: str, address: str | None) -> str:
    if wanted == "cuda" and address is not None:
        return wanted  # the cards are on the nodes
    has_gpu = any(Path(node).exists() for node in ("/dev/nvidiactl", "/dev/dxg"))
    if wanted == "cuda" and not has_gpu:
        raise UsageError("--device cuda: no NVIDIA device on this machine; leave the option out to train on the CPU")
    return "cuda" if has_gpu and wanted != "cpu" else "cpu"


def _settings(arguments: Namespace) -> Settings:
    from grader.setup import Settings

    return Settings(
        paths=tuple(arguments.paths),
        categories=arguments.only,
        dataset=arguments.dataset,
        data_root=arguments.data_root,
        device=_device(arguments.device, arguments.address),
        time_limit=arguments.time_limit,
        sandbox=arguments.sandbox,
        seed=arguments.seed,
        fresh=arguments.fresh,
        retrain=not arguments.no_retrain,
    )


def _file_to_read(done: Sequence[Work], out: Path, language: str) -> Path:
    """Return the file to read next. It is the feedback of one submission, or the page of several."""
    from grader.output import TRIAL

    if len(done) > 1:
        return out / "index.html"
    (work,) = done
    return out / work.name / (TRIAL if work.aside else "") / f"feedback.{language}.html"


def _show(done: Sequence[Work], out: Path, language: str) -> None:
    """Print the summary and the file to read next."""
    from grader.commands.terminal import columns
    from grader.report.escape import one_line
    from grader.report.table import render_table

    results = [work.the_result for work in done]
    if len(results) == 1 and results[0].fault is not None:  # of several, each has been told when it was done
        tell(f"grader: {one_line(results[0].submission)}: {one_line(results[0].fault)}")
    say(f"{render_table(results, translator(language), width=columns())}\n{_file_to_read(done, out, language)}")


def run(arguments: Namespace) -> Ending:
    """Grade the submissions that the command line names.

    Raises:
        UsageError: nothing can be graded.
    """
    from grader.commands.running import grade
    from grader.kept_assignment import check_same
    from grader.roster import read_roster
    from grader.setup import prepare
    from grader.store import FOLDER as STORE_FOLDER

    check(arguments.engine, arguments.address, jobs=arguments.jobs)
    settings = _settings(arguments)
    roster = None if arguments.roster is None else read_roster(arguments.roster.content, arguments.roster.name)
    handed_in = find(arguments, settings.paths, roster)
    submissions = choose(arguments, handed_in)
    if not submissions:
        return Ending.PASSED
    given = for_results_in(arguments.out, arguments)
    check_same(arguments.out, given)
    # where there are results already, most may be known: torch is imported when the first is not; on nodes, by these
    fresh = settings.fresh or not (arguments.out / STORE_FOLDER).exists()
    setup = prepare(
        settings, workers=len(submissions) if fresh and arguments.engine not in CLUSTERS else 0, given=given
    )
    language = arguments.lang or setup.assignment.language
    if settings.sandbox == "auto":
        tell(f"grader: sandbox {setup.backend.name}")
    if len(submissions) > 1 and not setup.backend.forks:
        tell(f"grader: sandbox {setup.backend.name} imports torch anew for each submission, some seconds each")
    done, saved = grade(arguments, setup, submissions, handed_in, given)
    _show(done, arguments.out, language)
    return ending_of(work.the_result.status for work in done) if saved else Ending.FAULT
