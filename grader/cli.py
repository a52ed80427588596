"""The `grader` command: finds the command that is meant, and turns how it ends into an exit code.

This is the only place that exits, and the only one that knows exit codes. Nothing heavy is imported before it is
needed: `--help` and every usage error answer at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from grader import __version__
from grader.arguments import Parser
from grader.commands import COMMANDS, DEFAULT, load
from grader.commands.base import Ending
from grader.errors import GraderError, UsageError

EXIT_CODES = {Ending.PASSED: 0, Ending.FAILED: 1, Ending.FAULT: 3}
EXIT_USAGE, EXIT_FAULT, EXIT_INTERRUPTED = 2, 3, 130


def _epilog() -> str:
    others = "\n".join(f"  grader {name:<8} {what}" for name, what in COMMANDS.items() if name != DEFAULT)
    return (
        f"other commands (`grader COMMAND --help`):\n{others}\n\n"
        "exit codes: 0 every submission passed every test, 1 at least one did not,\n"
        "2 wrong usage or nothing to grade, 3 the grader itself failed for at least one submission"
    )


def build_parser(name: str) -> argparse.ArgumentParser:
    """The parser of one command; that of the default one is the parser of `grader` itself."""
    command = load(name)
    whole = name == DEFAULT
    parser = Parser(
        prog="grader" if whole else f"grader {name}",
        description=command.DESCRIPTION,
        epilog=_epilog() if whole else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    if whole:
        parser.add_argument("--version", action="version", version=f"grader {__version__}")
    return parser


def _forget_stdout() -> None:
    """Let what is still to be printed go nowhere, so that no later flush fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _carry_out(argv: Sequence[str]) -> Ending:
    named = bool(argv) and argv[0] in COMMANDS
    name, rest = (argv[0], argv[1:]) if named else (DEFAULT, argv)
    ending = load(name).run(build_parser(name).parse_args(rest))
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the command is done, what it did decides: only nobody reads the rest of what it says
        _forget_stdout()
    return ending


def run(argv: Sequence[str]) -> int:
    """Carry out `grader` with `argv` and return its exit code; errors become one line on stderr."""
    try:
        return EXIT_CODES[_carry_out(argv)]
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAULT
    except KeyboardInterrupt:
        print("\ngrader: interrupted; what was graded before is saved", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # the reader of what is printed has gone before its end, which says nothing of what was done
        _forget_stdout()
        return EXIT_CODES[Ending.PASSED]
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
