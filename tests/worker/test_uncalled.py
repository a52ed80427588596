"""Forgotten brackets are told where a test fails for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.hidden import test_training as hidden
from grader.judge.marks import Misconception
from grader.worker.probes.training import loop
from grader.worker.uncalled import uncalled
from tests.testing.bench import Examine

TRAIN = """\
def train(model, train_loader, criterion, optimizer, n_epochs, device):
    history = []
    for epoch in range(n_epochs):
        model.train()
        running = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(labels)
        history.append(running / len(train_loader.dataset))
    return history
"""
VALIDATES = "        model.eval()\n        model.train\n        history.append("
"""The end of a validation that does not put the model back."""


def without(call: str) -> str:
    """Return the loop without the brackets of a call."""
    assert TRAIN.count(f"{call}()") == 1
    return TRAIN.replace(f"{call}()", call)


def found_in(source: str, folder: Path) -> list[str]:
    """Return what is found in `train`. Each is a line and its code."""
    file = folder / "training.py"
    file.write_text(source, encoding="utf-8")
    namespace: dict[str, Any] = {}
    exec(compile(source, str(file), "exec"), namespace)
    return [f"{place.line} {place.code}" for place in uncalled(namespace["train"], folder)]


@pytest.mark.parametrize(
    ("call", "line", "test"),
    [
        ("optimizer.zero_grad", 8, hidden.test_own_gradient),
        ("loss.backward", 10, hidden.test_own_gradient),
        ("optimizer.step", 11, hidden.test_own_gradient),
        ("model.train", 4, hidden.test_train_mode),
    ],
)
def test_the_failing_test_names_the_line(call: str, line: int, test: Callable[..., None], examine: Examine) -> None:
    """Forgotten brackets are told with their place. What comes of them is not."""
    with pytest.raises(Misconception) as told:
        test(loop(examine(training=without(call))))
    assert (told.value.hint, told.value.data) == ("training/only-named", {"where": f"training.py:{line}", "code": call})


def test_a_model_left_in_eval_mode_names_the_line(examine: Examine) -> None:
    """Brackets forgotten after a validation are told, too."""
    once = TRAIN.replace("        model.train()\n", "").replace(
        "    history = []\n", "    history = []\n    model.train()\n"
    )
    with pytest.raises(Misconception) as told:
        hidden.test_train_mode(loop(examine(training=once.replace("        history.append(", VALIDATES))))
    assert told.value.data == {"where": "training.py:14", "code": "model.train"}


@pytest.mark.parametrize(
    ("old", "new"), [("history.append(running", "history.append(loss.item) #"), ("return history", "return loss.item")]
)
def test_a_method_in_place_of_losses_is_told(old: str, new: str, examine: Examine) -> None:
    """A returned method is told with its line."""
    with pytest.raises(Misconception) as told:
        hidden.test_reports_loss(loop(examine(training=TRAIN.replace(old, new))))
    assert (told.value.hint, told.value.data["code"]) == ("training/item-only-named", "loss.item")


def test_what_does_no_harm_is_not_told(examine: Examine) -> None:
    """A line without effect fails no test."""
    idle = "            optimizer.zero_grad\n            loss.backward\n            optimizer.step\n"
    seen = loop(examine(training=TRAIN.replace("            running +=", f"{idle}            running +=")))
    assert len(seen.uncalled) == 3
    for test in (hidden.test_own_gradient, hidden.test_train_mode, hidden.test_reports_loss):
        test(seen)


def test_another_cause_is_told_as_before(examine: Examine) -> None:
    """A missing call is no forgotten bracket. One is forgotten elsewhere."""
    seen = loop(examine(training=without("optimizer.zero_grad").replace("            optimizer.step()\n", "")))
    assert [place.code for place in seen.uncalled] == ["optimizer.zero_grad"]
    with pytest.raises(Misconception) as told:
        hidden.test_own_gradient(seen)
    assert told.value.hint == "training/no-step"


HELPERS = """\
class Trainer:
    def __init__(self, optimizer):
        self.optimizer = optimizer
    def fit(self, loss):
        self.optimizer.zero_grad
        loss.backward()
def unused(loss):
    loss.backward
def train(model, train_loader, criterion, optimizer, n_epochs, device):
    trainer = Trainer(optimizer)
    for images, labels in train_loader:
        trainer.fit(criterion(model(images), labels))
"""


def test_what_train_calls_is_read_too(tmp_path: Path) -> None:
    """Functions and methods that `train` calls count."""
    assert found_in(HELPERS, tmp_path) == ["5 self.optimizer.zero_grad"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("optimizer.step()", "optimizer.step(); scheduler.step"),  # a schedule that rests is no missing step
        ("    history = []\n", "    history = []\n    optimizer.zero_grad\n"),  # brackets there would clear once
        ("        running = 0.0\n", "        running = 0.0\n        optimizer.zero_grad\n"),
        ("loss.item()", "torch.Tensor.item(loss)"),
        ("    return history\n", "    return list(map(torch.Tensor.item, history))\n"),
        ("            optimizer.step()\n", "            optimizer.step()\n            step = optimizer.step\n"),
    ],
)
def test_brackets_that_would_not_repair_it_are_passed_over(old: str, new: str, tmp_path: Path) -> None:
    """What is named on purpose is not found. Nor is it where a call would not help."""
    assert old in TRAIN
    assert found_in(TRAIN.replace(old, new), tmp_path) == []


@pytest.mark.parametrize("thing", [None, print, type("Train", (), {})(), lambda *given: given])
def test_what_cannot_be_read_holds_nothing(thing: Any, tmp_path: Path) -> None:
    """Reading raises nothing, whatever `train` is."""
    assert uncalled(thing, tmp_path) == []
