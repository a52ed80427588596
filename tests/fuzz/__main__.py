"""Fuzz one target with atheris.

For example `python -m tests.fuzz decoder --runs 100000`, or `--seconds 3600` for a night.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

NAMES = ("decoder", "frames", "intake")
MAX_BYTES = 4096


def _seeds(name: str, folder: Path) -> None:
    """Write valid inputs to start from. A fuzzer does not guess the layout of an archive."""
    from tests.fuzz.seeds import SEEDS

    for number, seed in enumerate(SEEDS[name]()):
        (folder / f"honest-{number}").write_bytes(seed)


def _target(name: str) -> Callable[[bytes], None]:
    """The function to fuzz, with its modules instrumented for coverage."""
    import atheris

    with atheris.instrument_imports(include=["grader", "zipfile", "tarfile"]):
        from tests.fuzz.targets import TARGETS
    return TARGETS[name]


def main() -> None:
    """Fuzz until the bound is reached. An input that breaks the target is printed with its failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=main.__doc__)
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--runs", type=int, default=20_000, metavar="N", help="inputs at most (20,000)")
    parser.add_argument("--seconds", type=int, default=0, metavar="S", help="seconds at most; 0 for no bound")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    chosen = parser.parse_args()
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed; it has wheels for Linux on x86-64: pip install atheris")
    target = _target(chosen.target)
    tracemalloc.start()
    with tempfile.TemporaryDirectory(prefix="grader-fuzz-") as corpus:
        _seeds(chosen.target, Path(corpus))
        bounds = [f"-runs={chosen.runs}", f"-seed={chosen.seed}", f"-max_len={MAX_BYTES}", "-timeout=20"]
        bounds += [f"-max_total_time={chosen.seconds}"] if chosen.seconds else []
        atheris.Setup([sys.argv[0], *bounds, f"-artifact_prefix={tempfile.gettempdir()}/", corpus], target)
        child = os.fork()
        if child == 0:
            atheris.Fuzz()  # `Fuzz` ends its process at once, so the parent removes the folder
        _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
