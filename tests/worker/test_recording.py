"""The parts that watch `train` work one by one. A few lines of a loop drive each."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from grader.worker.probes.given import CrossEntropyLoss, Parts, SmallModel, known_images
from grader.worker.probes.recording import Recorder, TooMuch
from grader.worker.probes.recording.gradients import Gradients
from grader.worker.probes.recording.samples import Samples, SharedFlag

LABELS = torch.arange(4)


@pytest.fixture
def model() -> SmallModel:
    """Make a small network, the same in each test."""
    torch.manual_seed(0)
    return SmallModel()


def loss_of(model: nn.Module, images: Tensor) -> Tensor:
    """Return the loss of four images with labels 0 to 3."""
    return nn.functional.cross_entropy(model(images), LABELS)


def test_a_flag_set_in_a_forked_process_is_seen_here() -> None:
    """A flag set in a forked process is seen here. Worker processes of a data loader read samples too."""
    flag = SharedFlag()
    assert not flag
    child = os.fork()
    if child == 0:
        flag.set()
        os._exit(0)
    os.waitpid(child, 0)
    assert flag


def test_images_are_known_by_their_values() -> None:
    """Images are recognized by their values.

    A changed image counts as neither right nor wrong; one with another's label is told.
    """
    known = known_images()
    samples = Samples(known)
    samples.compare(known[:3], [0, 1, 7])
    samples.compare(known[:2] * 0.5, [5, 6])
    assert (samples.matched, samples.mismatched) == (3, 1)


def test_handed_out_samples_are_told_once() -> None:
    """Samples handed out are told once, with the next step."""
    samples = Samples(known_images())
    samples.note_handed(torch.tensor([3, 1]))
    samples.note_handed([0])
    assert samples.take_handed() == [3, 1, 0]
    assert samples.take_handed() == []
    assert samples.read


@pytest.mark.parametrize("times", [1, 2])
def test_each_backward_pass_is_seen_by_itself(model: SmallModel, times: int) -> None:
    """Each backward pass is seen by itself. However many are accumulated, the parameters hold their sum."""
    gradients = Gradients(model)
    for part in known_images().split(4)[:times]:
        loss_of(model, part).backward()
    fit = gradients.take_fit(gradients.held())
    assert fit.backward_passes == gradients.backward_passes == times
    assert fit.residual < 1e-5
    assert fit.carried == 0
    assert not gradients.arrived


def test_what_was_left_of_an_earlier_step_is_told(model: SmallModel) -> None:
    """A gradient left from an earlier step is told. It is carried into the next step with its whole weight."""
    gradients = Gradients(model)
    first, second = known_images()[:4], known_images()[4:8]
    loss_of(model, first).backward()
    gradients.take_fit(gradients.held())
    loss_of(model, second).backward()
    fit = gradients.take_fit(gradients.held())
    assert fit.backward_passes == 1
    assert fit.carried == pytest.approx(1, abs=1e-3)
    assert fit.residual > 0.1


def recorded(model: SmallModel, loop: Callable[[Any, torch.optim.Optimizer], None]) -> Recorder:
    """Return what is recorded of `loop(criterion, optimizer)`."""
    recorder = Recorder(model, known_images())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    parts = Parts(model, CrossEntropyLoss(), optimizer, ours=True)
    with recorder.watching(parts):
        loop(parts.criterion, optimizer)
    return recorder


def test_a_step_between_forward_and_backward_is_marked(model: SmallModel) -> None:
    """A step between forward and backward is marked late. It has no gradient of its batch."""

    def loop(criterion: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        loss = criterion(model(known_images()[:4]), LABELS)
        optimizer.step()
        loss.backward()
        optimizer.step()

    early, right = recorded(model, loop).steps()
    assert (early.forward_after_backward, early.labels, early.gradient_norm) == (True, [], 0)
    assert (right.forward_after_backward, right.labels, right.rows) == (False, [0, 1, 2, 3], 4)
    assert right.objective > 0


def test_looking_at_a_loss_is_no_training(model: SmallModel) -> None:
    """Computing a loss alone is no training. Only a backward pass makes it one."""

    def loop(criterion: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        images = known_images()[:4]
        criterion(model(images), LABELS)
        criterion(model(images), LABELS).backward()
        optimizer.step()

    recorder = recorded(model, loop)
    assert [loss.trained for loss in recorder.calls.losses] == [False, True]
    assert recorder.calls.model_calls == 2
    assert recorder.weights_changed()


def test_a_loop_without_end_is_stopped(model: SmallModel) -> None:
    """A loop without end is stopped. No `except Exception` catches the error that does it."""

    def loop(criterion: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        while True:
            try:
                model(known_images()[:1])
            except Exception:  # noqa: BLE001 - as students write it
                continue

    with pytest.raises(TooMuch):
        recorded(model, loop)
    assert torch.Tensor.backward.__module__ == "torch._tensor"  # the recorder has put torch's own method back
