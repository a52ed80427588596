"""The `grader` command. It finds the command that is meant, and turns how it ends into an exit code.

This is the only place that exits, and the only one that knows exit codes. Nothing heavy is imported before it is
needed: `--help` and every usage error answer at once.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from grader import __version__
from grader.arguments import Parser
from grader.commands import COMMANDS, DEFAULT, load
from grader.commands.base import Ending
from grader.errors import GraderError, UsageError
from grader.interruption import Interrupted, handle_signals, ignore_signals
from grader.nearest import nearest
from grader.telling import discard, tell

EXIT_CODES = {Ending.PASSED: 0, Ending.FAILED: 1, Ending.FAULT: 3}
EXIT_USAGE, EXIT_FAULT, EXIT_INTERRUPTED = 2, 3, 130
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def _epilog() -> str:
    others = "\n".join(f"  grader {name:<8} {what}" for name, what in COMMANDS.items() if name != DEFAULT)
    return (
        f"other commands (`grader COMMAND --help`):\n{others}\n\n"
        "exit codes: 0 every submission passed every test, 1 at least one did not,\n"
        "2 wrong usage or nothing to grade, 3 the grader itself failed for at least one submission"
    )


def build_parser(name: str) -> argparse.ArgumentParser:
    """Build the parser of one command. That of the default one is the parser of `grader` itself."""
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


def _command(argv: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Split the arguments into command and rest.

    Raises:
        UsageError: the first argument is neither a command nor a path, and resembles a command.
    """
    if not argv or argv[0] not in COMMANDS:
        meant = nearest(argv[0], COMMANDS) if argv and not argv[0].startswith("-") else None
        if meant is not None and not os.path.lexists(argv[0]):
            raise UsageError(f"there is no command and no path `{argv[0]}`; did you mean `grader {meant}`?")
        return DEFAULT, argv
    return argv[0], argv[1:]


def _carry_out(argv: Sequence[str]) -> Ending:
    name, rest = _command(argv)
    ending = load(name).run(build_parser(name).parse_args(rest))
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the command has done its work: only nobody reads the rest of its output
        discard(sys.stdout)
    return ending


def _unforeseen(error: Exception) -> str:
    """Describe an unforeseen error in one line. The grader is to blame, but for a disk that is full."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        discard(sys.stdout)
        where = f"at {error.filename}" if error.filename else "for what is printed"
        return f"there is no room left {where} ({error.strerror}): free some and run it again"
    return f"internal error, {type(error).__name__}: {error} (GRADER_DEBUG=1 shows where, please report it)"


def _progress_note(interrupt: KeyboardInterrupt) -> str:
    """Return the notes of an interrupted command. They say how far it was."""
    return "; ".join(getattr(interrupt, "__notes__", ())) or "what was graded before is saved"


def run(argv: Sequence[str]) -> int:
    """Run `grader` and return its exit code. Errors become one line on stderr."""
    try:
        return EXIT_CODES[_carry_out(argv)]
    except GraderError as error:
        tell(f"grader: {error}")
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAULT
    except KeyboardInterrupt as interrupt:
        tell(f"\ngrader: interrupted; {_progress_note(interrupt)}")
        return interrupt.exit_code if isinstance(interrupt, Interrupted) else EXIT_INTERRUPTED
    except BrokenPipeError:
        # the reader of stdout is gone: that says nothing about the work itself
        discard(sys.stdout)
        return EXIT_CODES[Ending.PASSED]
    except Exception as error:  # the last edge
        if os.environ.get("GRADER_DEBUG"):
            raise
        tell(f"grader: {_unforeseen(error)}; what was graded before is saved")
        return EXIT_FAULT


def _open_closed_streams() -> None:
    """Open closed standard streams to nowhere.

    They were closed by `>&-`, and the next file that is opened would take their place.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, descriptor)
            if nowhere != descriptor:
                os.close(nowhere)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w"))


def main() -> NoReturn:
    """Entry point of the console script."""
    _open_closed_streams()
    handle_signals()
    try:
        code = run(sys.argv[1:])
        ignore_signals()  # what is removed at the very end is removed whole
    except Interrupted as late:
        ignore_signals()
        code = late.exit_code
    sys.exit(code)
