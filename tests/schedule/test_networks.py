"""A trained network passes from phase to phase. It has a bound, and is in memory once."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.assignment import load_assignment
from grader.i18n import LANGUAGES, translator
from grader.model import Execution, JobPhase, Outcome
from grader.plan import network_bytes, resource_limits
from grader.protocol.codec import decode, encode, take_out
from grader.protocol.observations import NETWORKS, Predictions, Training
from grader.schedule.base import Place, Task
from grader.schedule.execute import execute
from tests.testing.jobs import LIMITS, job, submission
from tests.testing.warm import WarmBackend

MEBIBYTE = 1 << 20
NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks into /proc")
PHASES = (
    JobPhase("structure", ("load",), 60.0),
    JobPhase("objective", ("criterion", "optimizer"), 60.0),
    JobPhase("training", ("runs",), 60.0),
    JobPhase("train", ("training",), 60.0),
    JobPhase("predict", ("predictions",), 60.0, part=0),
)
BALLAST = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(784, 10)
        self.register_buffer("ballast", torch.zeros({bytes} // 4))
        {more}
    def forward(self, images):
        return self.out(images.flatten(1))
"""


class Digits:
    """Noise in place of digits, as a job's phases ask."""

    def arrays(self, phase: str, part: int = 0) -> Mapping[str, np.ndarray[Any, Any]]:  # noqa: ARG002 - all are alike
        images = np.random.default_rng(0).integers(0, 256, (64, 28, 28), dtype=np.uint8)
        labels = np.arange(64) % 10
        data: dict[str, np.ndarray[Any, Any]] = {"sample_images": images, "sample_labels": labels}
        if phase == "train":
            data |= {"train_images": images, "train_labels": labels}
        if phase == "predict":
            data["queries"] = images[:20]
        return data


def trained(most_bytes: int, **sources: str) -> Execution:
    """Train and score with networks of at most `most_bytes`."""
    limits = replace(LIMITS, network_bytes=most_bytes)
    a_job = replace(job(submission(**sources), *PHASES), limits=limits)
    return execute(Task("task", a_job, Digits()), Place(WarmBackend(), lambda *heard: None)).execution


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_a_network_within_the_bound_is_scored() -> None:
    """A network within the bound is scored. It has a large buffer, and a copy of its layers as averages are kept."""
    more = "self.average = torch.optim.swa_utils.AveragedModel(self.out)"
    execution = trained(4 * MEBIBYTE, net=BALLAST.format(bytes=3_900_000, more=more))
    assert execution.fault is None
    assert {probe: outcome.kind for probe, outcome in execution.outcomes.items()} == dict.fromkeys(
        ("load", "criterion", "optimizer", "runs", "training", "predictions"), "ok"
    )
    assert decode(execution.outcomes["predictions"].payload, Predictions).scores.shape == (20, 10)


def test_no_network_is_kept_with_what_is_judged() -> None:
    """No network is kept with what is judged.

    An outcome holds what hidden tests look at, some hundred bytes of a training.
    """
    execution = trained(4 * MEBIBYTE)
    training = decode(execution.outcomes["training"].payload, Training)
    assert [getattr(training, name) for name in NETWORKS] == [b""] * len(NETWORKS)
    assert len(training.losses) == 2
    assert len(execution.outcomes["training"].payload) < 2000


@pytest.mark.parametrize(
    "sources",
    [
        {"net": BALLAST.format(bytes=8 * MEBIBYTE, more="")},
        {"net": BALLAST.format(bytes=40, more="self.extra = nn.Parameter(torch.zeros(2 << 20))")},
        {"net": BALLAST.format(bytes=40, more="self.kept = [torch.zeros(2 << 20)]")},
        {"net": BALLAST.format(bytes=8 * MEBIBYTE, more="self.hook = lambda: None")},
    ],
    ids=["buffer", "parameter", "attribute", "state alone"],
)
def test_a_network_over_the_bound_is_the_submissions_mistake(sources: dict[str, str]) -> None:
    """A network above the bound is the submission's mistake.

    It is told so before the training, and nothing else suffers.
    """
    execution = trained(4 * MEBIBYTE, **sources)
    assert execution.fault is None
    outcome = execution.outcomes["training"]
    assert (outcome.kind, outcome.data) == ("network-size", {"size_mb": 9, "limit_mb": 4})
    assert execution.outcomes["predictions"].blocked_by == "training"
    assert execution.outcomes["runs"].kind == "ok"


def test_what_is_put_on_it_by_train_counts() -> None:
    """Tensors that `train` puts on the network count too. That may be the training data."""
    training = """
    import torch
    def train(model, train_loader, criterion, optimizer, n_epochs, device):
        model.memory = torch.zeros(2 << 20)
        return [0.5] * n_epochs
    """
    assert trained(4 * MEBIBYTE, training=training).outcomes["training"].kind == "network-size"


FORGED = """
import os
from grader.protocol import messages
from grader.protocol.codec import encode, frame
from grader.protocol.messages import Observed
from grader.protocol.observations import Training
def send(size, times=1):
    networks = [bytes(size)] * 3
    data = frame(messages.OBSERVED, encode(Observed("train", encode(Training(*networks, [0.5], "list", 1, 1.0)))))
    for descriptor in range(3, 256):
        try:
            os.set_blocking(descriptor, True)
            for _ in range(times):
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest):]
        except OSError:
            pass
def train(model, train_loader, criterion, optimizer, n_epochs, device):
    if len(train_loader.dataset) > 20:
        {send}
        os._exit(0)
    return [0.5] * n_epochs
"""


@NEEDS_PROC
@pytest.mark.parametrize(
    ("send", "kind"),
    [("send((4 << 20) + 1)", "crashed"), ("send(1 << 27)", "crashed"), ("send(1 << 20, 100)", "ok")],
    ids=["one", "frame", "frames"],
)
def test_what_a_submission_sends_itself_is_bounded_too(send: str, kind: str) -> None:
    """A network that the submission sends itself is bounded too.

    An announced length above the bound is refused. Of many answers the first counts, and few are received.
    """
    before = resident()
    assert trained(4 * MEBIBYTE, training=FORGED.format(send=send)).outcomes["training"].kind == kind
    assert resident() - before < 64 * MEBIBYTE


@NEEDS_PROC
def test_networks_are_in_memory_about_once() -> None:
    """Networks are in memory about once.

    They arrive, are kept and sent on; the grader grows by little more than their size.
    """
    most, size = 40 * MEBIBYTE, 36 * MEBIBYTE
    trained(most)  # so that everything loaded only once is loaded before
    before, peak, over = resident(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.is_set():
            peak = max(peak, resident())
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        execution = trained(most, net=BALLAST.format(bytes=size, more=""))
    finally:
        over.set()
        watcher.join()
    assert execution.outcomes["predictions"].kind == "ok"
    assert peak - before < 1.8 * len(NETWORKS) * size


def test_networks_are_taken_out_unopened() -> None:
    """Networks are taken out of a message undecoded.

    What is left is an observation, and what was taken is a view of the message.
    """
    training = Training(b"w" * 1000, b"i" * 10, b"s" * 20, [0.5], "list", 2, 1.0)
    payload = bytearray(encode(training))
    light, networks = take_out(memoryview(payload), NETWORKS)
    assert decode(light, Training) == replace(training, weights=b"", initial=b"", scrambled=b"")
    assert {name: bytes(view) for name, view in networks.items()} == {
        "weights": b"w" * 1000,
        "initial": b"i" * 10,
        "scrambled": b"s" * 20,
    }
    payload[payload.index(b"wwww")] = ord("x")
    assert networks["weights"][0] == ord("x")


def test_the_bound_leaves_room_for_what_is_allowed() -> None:
    """The bound has room for every network that is allowed.

    That is five million parameters in float64, or in float32 with an averaged copy, and buffers.
    """
    most = resource_limits(load_assignment()).network_bytes
    assert most == network_bytes(5_000_000)
    assert most > 5_000_000 * 8 + 20 * MEBIBYTE


def test_the_message_names_both_sizes() -> None:
    """The message names both sizes in every language."""
    outcome = Outcome("network-size", data={"size_mb": 251, "limit_mb": 65})
    for language in LANGUAGES:
        text = translator(language)("outcome/network-size", outcome.data)
        assert "251" in text
        assert "65" in text
