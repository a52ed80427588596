"""Trains for real, with `pytest student --full`. It takes MNIST, or the small digits where MNIST cannot be had."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from student import threads  # before torch, as it says
import torch
from torch.utils.data import DataLoader

from student._kit.judge.marks import fail
from student._kit.judge.shortfall import NEAR_CHANCE, per_cent, why_near_chance
from student._kit.verdict import Said
from student._kit.worker.loader import BatchLoader, DigitSet
from student.data import EPOCHS_FACTOR, Data, DataError, load
from student.evaluation import Evaluation, evaluate, wilson_interval

ADVICE = ("full/low-bar", "full/middle-bar", "full/target")


def _data(student: Any, config: pytest.Config) -> tuple[str, Data]:
    """Choose the data set and its name.

    Options decide; the small digits take MNIST's place only where they ask for nothing.
    """
    name, root = config.getoption("--dataset"), config.getoption("--data-root")
    try:
        return name or "mnist", load(name or "mnist", root)
    except DataError as error:
        if name is not None or root is not None:
            fail("student/full-no-data", error=str(error))
        print(f"\n{student.words('student/full-instead', {'error': str(error)})}")
        return "digits", load("digits")


def _device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _extent(name: str, data: Data) -> Mapping[str, str | int]:
    """Describe the training that follows, in one line."""
    from student.objective import BATCH_SIZE, N_EPOCHS

    return {"data": name, "n": len(data.train), "epochs": N_EPOCHS * EPOCHS_FACTOR[name], "batch": BATCH_SIZE}


def _trained(name: str, data: Data) -> tuple[Evaluation, list[float]]:
    """Train and test the network. Returns the losses, too, as far as `train` has returned numbers."""
    from student.net import Net
    from student.objective import BATCH_SIZE, N_EPOCHS, make_criterion, make_optimizer
    from student.training import train

    device = _device()
    if device.type == "cpu":
        threads.choose_for_training(data.train, BATCH_SIZE)
    torch.manual_seed(0)
    net = Net().to(device)
    criterion, optimizer = make_criterion(), make_optimizer(net)
    loader = BatchLoader(DigitSet(data.train.images, data.train.labels), BATCH_SIZE)
    losses = train(net, loader, criterion, optimizer, N_EPOCHS * EPOCHS_FACTOR[name], device)
    numbers = [float(loss) for loss in losses if isinstance(loss, float)] if isinstance(losses, list) else []
    return evaluate(net, DataLoader(data.test, batch_size=500), criterion, device), numbers


def _shortfall(result: Evaluation, losses: list[float], bars: list[float]) -> tuple[str, float]:
    """Choose the grader's advice for an accuracy below the goal. Returns the bar that it speaks of, too."""
    hint, bar = next((hint, bar) for hint, bar in zip(ADVICE, bars, strict=True) if result.accuracy < bar)
    if not all(map(math.isfinite, losses)):
        return "accuracy/not-finite", bar
    return (why_near_chance(losses) if result.accuracy < NEAR_CHANCE else hint), bar


def _numbers(name: str, result: Evaluation) -> Mapping[str, str | int | float]:
    """Data of messages on an accuracy, in per cent."""
    shares = {"accuracy": result.accuracy}
    shares["low"], shares["high"] = wilson_interval(result.correct, result.total)
    rounded = {key: per_cent(share) for key, share in shares.items()}
    return {**rounded, "right": result.correct, "total": result.total, "data": name}


def test_training(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    """Your network, trained by your `train`, reaches the goal."""
    student = request.config.pluginmanager.get_plugin("student-tests")
    if not request.config.getoption("--full"):
        pytest.skip(student.words("student/full-asks", {}))
    bars = student.about["bars"]
    with capsys.disabled():
        name, data = _data(student, request.config)
        print(f"\n{student.words('student/full-starts', _extent(name, data))}", flush=True)
        result, losses = _trained(name, data)
        numbers = _numbers(name, result)
        if result.accuracy >= bars[name][-1]:
            print(f"\n{student.words('student/full-result', numbers)}")
            return
    hint, bar = _shortfall(result, losses, bars[name])
    fail("student/full-short", advice=Said(hint, {**numbers, "bar": round(100 * bar, 2)}), **numbers)
