"""What the grader costs beside the training itself, as ratios measured in one run: `python -m tests.benchmarks`."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from grader.sandbox import BACKENDS

ROOT = Path(__file__).parents[2]


def _run(*arguments: str) -> float:
    begin = time.monotonic()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=False)
    return time.monotonic() - begin


def import_torch() -> float:
    """Seconds of `python -c "import torch"`."""
    return _run("-c", "import torch")


def show_help() -> float:
    """Seconds of `grader --help`."""
    return _run("-m", "grader", "--help")


def overhead(backend: str) -> float:
    """Seconds of a whole `grader solutions --dataset digits` less those spent in the submission's own `train`."""
    with tempfile.TemporaryDirectory() as out:
        arguments = ["-m", "grader", "solutions", "--dataset", "digits", "--sandbox", backend, "--out", out]
        seconds = _run(*arguments)
        result = json.loads((Path(out) / "solutions" / "result.json").read_bytes())
    assert result["status"] == "passed", f"the reference solution did not pass with --sandbox {backend}"
    return seconds - float(result["metrics"]["train_seconds"])


def main() -> None:
    """Measure in turns, so that a busy machine weighs on all alike; print medians, and ratios to `import torch`."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each is measured (3)")
    rounds = parser.parse_args().rounds
    backends = [name for name, make in BACKENDS.items() if make().unavailable() is None]
    measured: dict[str, Callable[[], float]] = {
        "import torch": import_torch,
        "grader --help": show_help,
        **{f"grading without training, {name}": lambda name=name: overhead(name) for name in backends},
    }
    seconds: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, measure in measured.items():
            seconds[name].append(measure())
    unit = statistics.median(seconds["import torch"])
    for name, values in seconds.items():
        median = statistics.median(values)
        print(
            f"{name:<40} {median:6.2f} s ({min(values):.2f} to {max(values):.2f})   {median / unit:5.2f} × import torch"
        )


if __name__ == "__main__":
    main()
