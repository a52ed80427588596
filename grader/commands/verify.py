"""`grader verify`: the kit's proof of itself, one line per claim."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from grader.commands.assigned import add_assignment, named
from grader.commands.base import Ending
from grader.telling import say

DESCRIPTION = "Prove the kit: stubs fail, solutions pass, messages are complete, points add up."


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the assignment to prove."""
    add_assignment(parser)


def run(arguments: Namespace) -> Ending:
    """Prove every claim, and print reasons for failures."""
    from grader.release.verify import CLAIMS

    failed, given = False, named(arguments)
    for claim, prove in CLAIMS.items():
        if sys.stderr.isatty():
            print(f"… {claim}", end="\r", file=sys.stderr, flush=True)
        reasons = prove(given)
        failed = failed or bool(reasons)
        say("\n".join([f"{'FAILED' if reasons else 'ok':<7}{claim}", *(f"       {reason}" for reason in reasons)]))
    return Ending.FAILED if failed else Ending.PASSED
