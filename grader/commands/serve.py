"""`grader serve OUT`: shows an output folder's pages in a browser. It does so also while a run writes into it."""

from __future__ import annotations

import contextlib
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from grader.commands import options
from grader.commands.base import Ending
from grader.i18n import LANGUAGES
from grader.telling import say, tell

DESCRIPTION = (
    "Show the pages of an output folder in a browser of this machine, and keep them up to date while a run writes\n"
    "into it. Only reports are served, nothing is written. Ctrl-C ends it."
)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"`{text}` is not a port from 1 to 65535; 0 takes any that is free")
    return int(text)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the folder, the address and the language."""
    add = parser.add_argument
    add("out", type=options.path, metavar="OUT", help="the output folder of a run, which may still be going on")
    add("--port", type=_port, metavar="N", help="to listen at (default: 8000, or any free one where that is taken)")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="to listen at; others may reach one that is not local")
    add("--lang", choices=LANGUAGES, help=f"of the first page ({options.AS_ASSIGNED})")


def run(arguments: Namespace) -> Ending:
    """Serve until somebody ends it.

    Raises:
        UsageError: there is nothing to serve, or the address cannot be had.
        AssignmentError: `assignment.toml` makes no sense. Every page needs it, whatever the language.
    """
    from grader.serve.live import check_served
    from grader.serve.server import listen

    check_served(arguments.out)
    language = options.language(None, arguments.out)
    listening = listen(arguments.out, language=arguments.lang or language, host=arguments.host, port=arguments.port)
    if not listening.local:
        tell(
            "grader: whoever reaches this address reads everybody's results, without a password: they are personal "
            "data. Leave out --host to serve this machine alone"
        )
    with listening.server as server, contextlib.suppress(KeyboardInterrupt):
        say(listening.url)
        tell(f"grader: serving {arguments.out}; Ctrl-C ends it")
        server.serve_forever()
    tell("\ngrader: ended")
    return Ending.PASSED
