"""Parsing of strangers' source within bounds. See the package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.errors import GraderFault
from grader.source.contract import MODULES
from grader.source.tasks import TOO_MUCH, parse, perform

SMALL = 16 * 1024
"""Characters that are parsed in the grader's own process."""
MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 5
WALL_SECONDS = 60
"""Limit for machines with other things to do. On one that cannot bound processor time it is the bound."""
_CHILD = Path(__file__).with_name("child.py")


class TooComplex(Exception):
    """A source that Python cannot read within the bounds. None that a person wrote is."""


class UnreadableSource(Exception):
    """Raised for a notebook that is none."""


def _ask(task: str, arguments: list[Any]) -> Any:
    """Run `task` in a child, and return its answer.

    Raises:
        TooComplex: it had not enough time or memory, or its parser broke down.
        GraderFault: no child can be started, or it fails for reasons of its own.
    """
    # -B: whatever is graded, the installation stays as it is
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(_CHILD), str(MEMORY_BYTES), str(CPU_SECONDS)]
    request = json.dumps([task, arguments]).encode()
    try:
        done = subprocess.run(command, input=request, capture_output=True, timeout=WALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise TooComplex from None
    except OSError as error:
        raise GraderFault(f"cannot start {sys.executable}: {error.strerror}") from None
    if done.returncode < 0 or done.returncode == TOO_MUCH:  # killed at a bound, or by what the source did to the parser
        raise TooComplex
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise GraderFault(f"the parsing process failed: {last[:200]}")
    return json.loads(done.stdout)


def lax_sources(notebook: bytes, most: int) -> list[str]:
    """Return the sources of at most `most` code cells.

    Their JSON may bend the rules: NaN, infinity, half surrogate pairs.

    Raises:
        UnreadableSource: it is no notebook.
        TooComplex: the bounds are reached.
    """
    try:
        sources = _ask("cells", [notebook.decode(), most])
    except UnicodeDecodeError:
        sources = None
    if sources is None:
        raise UnreadableSource
    return list(sources)


def slice_notebook(sources: Sequence[str], most: int) -> dict[str, Any]:
    """Run `tasks.slice_sources` within bounds.

    Raises:
        TooComplex: they are reached.
    """
    arguments = [list(sources), most]
    return dict(perform("slice", arguments) if sum(map(len, sources)) <= SMALL else _ask("slice", arguments))


def check_parsing(sources: Sequence[bytes]) -> None:
    """Check that Python can parse `sources` within bounds.

    Raises:
        TooComplex: the bounds are reached.
    """
    texts = [source.decode("latin-1") for source in sources]
    if sum(map(len, texts)) > SMALL:
        _ask("parse", [texts])
    else:
        parse(texts)


def _is_defined(name: str, source: bytes) -> bool:
    """Whether a line of `source` begins by defining `name`."""
    defines = rb"^(?:(?:async\s+)?def\s+|class\s+)?%s\s*[(:=]" % name.encode()
    return re.search(defines, source, re.MULTILINE) is not None


def misplaced(sources: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Run `tasks.misplaced` within bounds. It takes the bytes of the sources, by path.

    Nothing is parsed where every name seems to be in its place, as it is for most.

    Raises:
        TooComplex: they are reached.
    """
    if all(_is_defined(name, sources.get(f"{module}.py", b"")) for module, names in MODULES.items() for name in names):
        return []
    texts = {path: source.decode("latin-1") for path, source in sources.items()}
    total = sum(map(len, texts.values()))
    return list(perform("misplaced", [texts]) if total <= SMALL else _ask("misplaced", [texts]))
