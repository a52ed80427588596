"""Estimate how long a large batch takes on a cluster. Run `python -m tests.benchmarks.cluster`.

A calculation, no measurement. Its inputs are options; their defaults were measured as `.github/CLUSTER.md` says.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Inputs:
    """The cost of one submission, and the machines' figures. Times are in seconds, sizes in bytes."""

    train_seconds: float = 59.0
    """One training and its scoring, on one processor."""
    overhead_seconds: float = 3.0
    """Everything else on the node, in processor time. That is starting the sandbox, importing torch, the probes."""
    send_seconds: float = 0.012
    """Time of the driver to exchange one task. It sends the task and fetches the outcome."""
    judge_seconds: float = 0.34
    """Time of the driver to compare and judge that outcome."""
    keep_seconds: float = 0.08
    """Time of the driver to keep one result. It stores it and writes its files, mostly waiting for the disk."""
    merge_seconds: float = 0.08
    """Time to merge one submission of a shard. It is copied into the common store, and its files are written."""
    start_seconds: float = 30.0
    """Time until all nodes are ready. They import the grader and check their sandbox."""
    task_bytes: float = 8e3
    result_bytes: float = 1.13e6
    dataset_bytes: float = 55e6
    """The data set, which is sent once to each node."""
    link_bytes_per_second: float = 125e6
    """The driver's network: 1 Gbit/s."""
    cores: int = 16
    """Processors of each node. One submission runs on each."""


@dataclass(frozen=True)
class Estimate:
    """The estimated wall time of a batch, in seconds. `waits_for` names what it waits for most of the time."""

    seconds: float
    waits_for: str


def _longest(busy: dict[str, float], further_seconds: float) -> Estimate:
    """Estimate for parts that run at the same time.

    The longest of `busy` decides, and the rest comes before or after.
    """
    slowest = max(busy, key=lambda part: busy[part])
    return Estimate(busy[slowest] + further_seconds, slowest)


def _waves(submissions: int, slots: int) -> int:
    """The number of submissions that the busiest slot executes."""
    return math.ceil(submissions / slots)


def with_ray(submissions: int, nodes: int, inputs: Inputs) -> Estimate:
    """Estimate a batch graded with Ray and one driver.

    The driver judges and stores in one thread while the nodes train. A result passes its network once. Until the first
    submission has ended, the driver has nothing to judge.
    """
    execution = inputs.train_seconds + inputs.overhead_seconds
    each = inputs.send_seconds + inputs.judge_seconds + inputs.keep_seconds
    sent = nodes * inputs.dataset_bytes + submissions * (inputs.task_bytes + inputs.result_bytes)
    busy = {
        "training": _waves(submissions, nodes * inputs.cores) * execution,
        "the driver": execution + submissions * each,
        "the network": execution + sent / inputs.link_bytes_per_second,
    }
    return _longest(busy, inputs.start_seconds)


def with_shards(submissions: int, nodes: int, inputs: Inputs) -> Estimate:
    """Estimate a batch graded in shards, one per node.

    Each node judges and stores its own, then one process merges all.
    """
    execution = inputs.train_seconds + inputs.overhead_seconds
    own = math.ceil(submissions / nodes)
    merging = submissions * inputs.merge_seconds
    grading = max(_waves(own, inputs.cores) * execution, execution + own * (inputs.judge_seconds + inputs.keep_seconds))
    return Estimate(inputs.start_seconds + grading + merging, "training" if grading > merging else "merging")


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


def table(submissions: int, counts: Sequence[int], inputs: Inputs) -> list[str]:
    """Format the estimates in Markdown, one row per number of nodes."""
    lines = [
        f"| nodes of {inputs.cores} cores | `--engine ray` | waits for | `--shard`, then `grader merge` | waits for |",
        "|---:|---:|---|---:|---|",
    ]
    for nodes in counts:
        cluster, shards = with_ray(submissions, nodes, inputs), with_shards(submissions, nodes, inputs)
        cells = (nodes, _clock(cluster.seconds), cluster.waits_for, _clock(shards.seconds), shards.waits_for)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def main() -> None:
    """Print the table for the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.cluster", description=main.__doc__)
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 4, 16, 64, 256])
    for one in fields(Inputs):
        kind = int if isinstance(one.default, int) else float
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=kind, default=one.default, metavar="N")
    given = vars(parser.parse_args())
    submissions, nodes = given.pop("submissions"), given.pop("nodes")
    print("\n".join(table(submissions, nodes, Inputs(**given))))


if __name__ == "__main__":
    main()
