"""`grader similar OUT`: lists submissions that look copied. Nobody's grade changes."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands import options
from grader.commands.base import Ending
from grader.errors import UsageError
from grader.i18n import LANGUAGES
from grader.telling import say, tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grader.model import Result
    from grader.store import Store

DESCRIPTION = (
    "List the pairs of submissions that share code which few others have, and write OUT/similar.html with both side\n"
    "by side. Given code counts for nobody. It is a hint for a person: no grade changes."
)
PAGE = "similar.html"
IN_A_LANGUAGE = "similar.{language}.html"
"""The page in each language. They link to each other."""


def _share(text: str) -> float:
    try:
        value = float(text) / 100
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise ArgumentTypeError(f"`{text}` is not a percentage above 0 and up to 100")
    return value


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the folder, the share and the language."""
    from grader.similar.pairs import SHARE

    add = parser.add_argument
    add("out", type=options.path, metavar="OUT", help="the output folder of an earlier run")
    add(
        "--share",
        type=_share,
        default=SHARE,
        metavar="PERCENT",
        help=f"list pairs that share at least this much (default: {100 * SHARE:g})",
    )
    add("--lang", choices=LANGUAGES, help=f"of the list and of similar.html ({options.AS_ASSIGNED})")


def _programs(store: Store, results: Sequence[Result]) -> dict[str, dict[str, str]]:
    """Return all programs that were kept. A message says who is left out."""
    from grader.commands.waiting import counted
    from grader.report.escape import one_line
    from grader.sources import unpacked

    found, missing = {}, []
    for result in counted(results, "reading"):
        payload = store.get_sources(result.provenance.submission_sha256)
        if payload is not None:
            found[result.submission] = unpacked(payload)
        elif result.tests and result.fault is None and any(test.verdict.status == "passed" for test in result.tests):
            missing.append(result.submission)
    if missing:
        tell(
            f"grader: the programs of {len(missing)} are not kept ({one_line(', '.join(missing))}): grade these again; "
            "what has not changed is not executed anew"
        )
    return found


def _owners(results: Iterable[Result]) -> dict[str, str]:
    """Return each submission's owner.

    An owner is named by the first of their submissions. A platform's number says whose one is; without one it is left
    out.
    """
    first: dict[str, str] = {}
    people = ((result.submission, result.identity.student.get("id")) for result in results)
    return {name: first.setdefault(number, name) for name, number in people if number}


def _given() -> list[str]:
    """Return the text of what students have received."""
    import json

    from grader.carried import given_folder

    folder = given_folder()
    if folder is None:
        return []
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return texts


def run(arguments: Namespace) -> Ending:
    """List the pairs, and write the page.

    Raises:
        UsageError: nothing is stored there, or of fewer than two submissions.
    """
    from grader.commands.reading import stored_results
    from grader.commands.waiting import counted, working
    from grader.i18n import translator
    from grader.similar.page import page, pair_line
    from grader.similar.pairs import similar_pairs
    from grader.store import Store, write_durably

    out: Path = arguments.out
    language = options.language(arguments.lang, out)
    translate = translator(language)
    with working("reading"):
        results = stored_results(out)
    with Store.open(out) as store:
        programs = _programs(store, results)
    if len(programs) < 2:
        raise UsageError(
            f"{out} holds the programs of {len(programs)}, and there is nothing to compare: grade more into it"
        )
    pairs = similar_pairs(
        programs,
        _given(),
        share=arguments.share,
        owners=_owners(results),
        watched=lambda names: counted(names, "comparing"),
    )
    with working("writing the pages"):
        pages = {name: page(pairs, programs, translator(name), share=arguments.share) for name in LANGUAGES}
    for name, content in pages.items():
        write_durably(out / IN_A_LANGUAGE.format(language=name), content)
    write_durably(out / PAGE, pages[language])
    lines = [pair_line(pair, translate) for pair in pairs] or [translate("similar/none", {"n": len(programs)})]
    say("\n".join([*lines, str(out / PAGE)]))
    return Ending.PASSED
