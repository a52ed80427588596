"""The `grader` command: parses, calls, prints. The only place that exits.

Nothing heavy is imported before it is needed: `--help` and every usage error answer at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from grader import __version__
from grader.arguments import Parser
from grader.errors import GraderError, UsageError
from grader.model import CATEGORIES

EXIT_PASSED, EXIT_FAILED, EXIT_USAGE, EXIT_FAULT, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
COMMANDS = {
    "release": "write the repository that students receive",
    "verify": "prove the kit: stubs fail, solutions pass, every message exists in both languages",
    "rejudge": "judge stored observations again after a hidden test or the rubric has changed",
}


def _categories(text: str) -> tuple[str, ...]:
    chosen = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in chosen if part not in CATEGORIES]
    if unknown or not chosen:
        raise argparse.ArgumentTypeError(f"`{text}` is not a list of categories; there are {', '.join(CATEGORIES)}")
    return tuple(category for category in CATEGORIES if category in chosen)


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("an empty name is no path; the folder you are in is `.`")
    return Path(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of seconds above 0")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 1 up")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 0 to 2147483647")
    return int(text)


def build_parser() -> argparse.ArgumentParser:
    """The parser of `grader PATH…`."""
    others = "\n".join(f"  grader {name:<8} {what}" for name, what in COMMANDS.items())
    parser = Parser(
        prog="grader",
        description="Train and judge submissions of the MNIST perceptron homework, each in a sandbox.",
        epilog=f"other commands (`grader COMMAND --help`):\n{others}\n\n"
        "exit codes: 0 every submission passed every test, 1 at least one did not,\n"
        "2 wrong usage or nothing to grade, 3 the grader itself failed for at least one submission",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="a submission, or a folder of submissions")
    parser.add_argument(
        "--out", type=_path, default=Path("grades"), metavar="DIR", help="where results go (default: grades)"
    )
    parser.add_argument(
        "--only",
        type=_categories,
        default=CATEGORIES,
        metavar="CATEGORY[,…]",
        help=f"judge only: {', '.join(CATEGORIES)}",
    )
    parser.add_argument(
        "--dataset", choices=("mnist", "digits"), default="mnist", help="digits needs no download, and decides no grade"
    )
    parser.add_argument(
        "--data-root",
        type=Path,
        metavar="DIR",
        help="holds MNIST/raw, as torchvision's root (default: $GRADER_DATA_ROOT, then a cache)",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to train")
    parser.add_argument("--time-limit", type=_positive, metavar="SECONDS", help="wall-clock limit of one training run")
    parser.add_argument(
        "--jobs", type=_count, default=1, metavar="N", help="submissions at the same time, which share the processors"
    )
    parser.add_argument("--fresh", action="store_true", help="run again what has not changed since an earlier run")
    parser.add_argument(
        "--sandbox",
        choices=("auto", "bwrap", "landlock", "container", "none"),
        default="auto",
        help="none: only for code you trust",
    )
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="of initial weights, batches and queries")
    parser.add_argument(
        "--lang", choices=("en", "ru"), help="of the table and of result.json; feedback files come in both"
    )
    parser.add_argument("--version", action="version", version=f"grader {__version__}")
    return parser


def _device(wanted: str) -> str:
    has_gpu = any(Path(node).exists() for node in ("/dev/nvidiactl", "/dev/dxg"))
    if wanted == "cuda" and not has_gpu:
        raise UsageError("--device cuda: no NVIDIA device on this machine; leave the option out to train on the CPU")
    return "cuda" if has_gpu and wanted != "cpu" else "cpu"


def _grade(arguments: argparse.Namespace) -> int:
    from grader.run import grade_paths

    return grade_paths(arguments, _device(arguments.device))


def _command(name: str, arguments: Sequence[str]) -> int:
    from grader import commands

    run = {"release": commands.release, "verify": commands.verify, "rejudge": commands.rejudge}[name]
    return run(arguments)


def run(argv: Sequence[str]) -> int:
    """Carry out `grader` with `argv` and return its exit code; errors become one line on stderr."""
    try:
        if argv and argv[0] in COMMANDS:
            return _command(argv[0], argv[1:])
        return _grade(build_parser().parse_args(argv))
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\ngrader: interrupted; what was graded before is saved", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # the reader of our stdout has gone (`grader … | head`): the results are on disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_FAULT
    except Exception as error:  # the last edge: what nobody foresaw is the grader's fault, in one line
        if os.environ.get("GRADER_DEBUG"):
            raise
        print(
            f"grader: internal error, {type(error).__name__}: {error}; "
            "what was graded before is saved (GRADER_DEBUG=1 shows where, please report it)",
            file=sys.stderr,
        )
        return EXIT_FAULT


def main() -> NoReturn:
    """Entry point of the console script."""
    # asked to end, end as after Ctrl-C: sandboxes are killed and what is being written is finished or not begun
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run(sys.argv[1:]))
