"""The recorder finds right loops clean and names every mistake.

The hidden tests of training read what it saw in their order, as in a graded run: the recorder is right when they come
to the right answer.
"""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from grader.hidden import test_training as hidden
from grader.judge import marks
from grader.judge.marks import Misconception, Waits
from grader.worker.bench import Bench
from grader.worker.probes.training import device, loop, runs
from tests.testing.bench import OBJECTIVE, Examine

TESTS = [
    hidden.test_uses_given,
    hidden.test_own_gradient,
    hidden.test_every_batch,
    hidden.test_epochs,
    hidden.test_train_mode,
    hidden.test_reports_loss,
]
HEAD = """
import copy, math
import torch
from torch import nn
from torch.utils.data import DataLoader, random_split
def train(model, train_loader, criterion, optimizer, n_epochs, device):
"""
PLAIN = """
    history = []
    for epoch in range(n_epochs):
        model.train()
        running = 0.0
        for images, labels in train_loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            scores = model(images)
            loss = criterion(scores, labels)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(labels)
        history.append(running / len(train_loader.dataset))
    return history
"""


def plain(*changes: tuple[str, str]) -> str:
    """Return the lecture's loop with some lines changed."""
    source = PLAIN
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return HEAD + source


def hints(bench: Bench) -> list[str]:
    """Return the messages of the tests that fail. Tests that wait are left out."""
    found = []
    try:
        hidden.test_runs(runs(bench), loop(bench))
    except Misconception as mistake:
        found.append(mistake.hint)
    except Exception as error:  # noqa: BLE001 - whatever `train` raises
        found.append(type(error).__name__)
    seen, passed, waited = loop(bench), set(), False
    for test in TESTS:
        try:
            if passed.issuperset(getattr(test, "after", ())):
                test(seen)
                passed.add(marks.test_id("training", test.__name__))
        except Misconception as mistake:
            found.append(mistake.hint)
        except Waits:
            waited = True
    assert found or not waited
    return found


ZERO = "            optimizer.zero_grad()\n"
BACKWARD = "            loss.backward()\n"
STEP = "            optimizer.step()\n"
FORWARD = "            scores = model(images)\n            loss = criterion(scores, labels)\n"
SIX = ZERO + FORWARD + BACKWARD + STEP
LOOP = "        for images, labels in train_loader:\n"
MOVE = "            images, labels = images.to(device), labels.to(device)\n"
RETURN = "    return history\n"
RUNNING = "            running += loss.item() * len(labels)\n"
AVERAGE = "        history.append"

RIGHT = {
    "plain": plain(),
    "cleared at the bottom": plain((ZERO, ""), (STEP, STEP + ZERO)),
    "cleared before backward": plain((ZERO, ""), (BACKWARD, ZERO + BACKWARD)),
    "model.zero_grad": plain((ZERO, "            model.zero_grad()\n")),
    "set to zero, not None": plain((ZERO, "            optimizer.zero_grad(set_to_none=False)\n")),
    "gradients set to None by hand": plain(
        (ZERO, "            for p in model.parameters():\n                p.grad = None\n")
    ),
    "closure": plain(
        (
            SIX,
            """\
            def closure():
                optimizer.zero_grad()
                loss = criterion(model(images), labels)
                loss.backward()
                return loss
            loss = optimizer.step(closure)
""",
        )
    ),
    "scaler": plain(
        ("    history = []\n", "    history = []\n    scaler = torch.amp.GradScaler(device.type, enabled=False)\n"),
        (BACKWARD, "            scaler.scale(loss).backward()\n"),
        (STEP, "            scaler.step(optimizer)\n            scaler.update()\n"),
    ),
    "loss scaled and gradients unscaled": plain(
        (
            BACKWARD,
            "            (loss * 128).backward()\n"
            "            for p in model.parameters():\n                p.grad /= 128\n",
        )
    ),
    "autocast": plain(
        (
            FORWARD,
            "            with torch.autocast('cpu', torch.bfloat16):\n                scores = model(images)\n"
            "                loss = criterion(scores, labels)\n",
        )
    ),
    "clipped by norm": plain((STEP, "            nn.utils.clip_grad_norm_(model.parameters(), 0.01)\n" + STEP)),
    "clipped by value": plain((STEP, "            nn.utils.clip_grad_value_(model.parameters(), 0.01)\n" + STEP)),
    "L2 penalty": plain(
        (BACKWARD, "            (loss + 1e-2 * sum(p.square().sum() for p in model.parameters())).backward()\n")
    ),
    "scheduler": plain(
        ("    history = []\n", "    history = []\n    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)\n"),
        ("        history.append", "        schedule.step()\n        history.append"),
    ),
    "scheduler per batch": plain(
        (
            "    history = []\n",
            "    history = []\n    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01,"
            " epochs=n_epochs, steps_per_epoch=len(train_loader))\n",
        ),
        (STEP, STEP + "            schedule.step()\n"),
    ),
    "loader of one's own": plain(
        (
            "    history = []\n",
            "    history = []\n    own = DataLoader(train_loader.dataset, batch_size=3, shuffle=True)\n",
        ),
        (LOOP, LOOP.replace("train_loader", "own")),
    ),
    "weights averaged in a copy": plain(
        ("    history = []\n", "    history = []\n    average = torch.optim.swa_utils.AveragedModel(model)\n"),
        (STEP, STEP + "            average.update_parameters(model)\n"),
    ),
    "augmentation": plain(
        (FORWARD, "            images = torch.roll(images, 1, 2) + 0.1 * torch.randn_like(images)\n" + FORWARD)
    ),
    "scores looked at": plain(
        (STEP, STEP + "            with torch.no_grad():\n                (model(images).argmax(1) == labels).sum()\n")
    ),
    "sum kept as a tensor": plain(
        ("running += loss.item()", "running += loss.detach()"),
        ("running / len(train_loader.dataset)", "float(running) / len(train_loader.dataset)"),
    ),
    "samples counted": plain(
        ("        running = 0.0\n", "        running, n = 0.0, 0\n"),
        ("* len(labels)\n", "* labels.size(0)\n            n += labels.size(0)\n"),
        ("len(train_loader.dataset)", "n"),
    ),
    "evaluated after each epoch": plain(
        (
            "        history.append",
            "        model.eval()\n        with torch.no_grad():\n            for images, labels in train_loader:\n"
            "                criterion(model(images), labels)\n        history.append",
        )
    ),
    "tuple": plain((RETURN, "    return tuple(history)\n")),
    "rounded": plain((RETURN, "    return [round(value, 3) for value in history]\n")),
    "functional loss weights": plain((BACKWARD, "            loss.backward(torch.ones_like(loss))\n")),
    "forward called by its name": plain(("model(images)", "model.forward(images)")),
    "functional call": plain(
        ("model(images)", "torch.func.functional_call(model, dict(model.named_parameters()), (images,))")
    ),
    "sequential around the model": plain(("model(images)", "nn.Sequential(model)(images)")),
    "scripted model": plain(
        ("    history = []\n", "    history = []\n    scripted = torch.jit.script(model)\n"),
        ("model(images)", "scripted(images)"),
    ),
    "criterion called by its forward": plain(("criterion(scores, labels)", "criterion.forward(scores, labels)")),
    "copy of the criterion": plain(
        ("    history = []\n", "    history = []\n    criterion = copy.deepcopy(criterion)\n")
    ),
    "everything saved, copied and printed": plain(
        (
            RETURN,
            """\
    import io, pickle
    for thing in (model, criterion, optimizer, train_loader, train_loader.dataset):
        torch.save(thing, io.BytesIO())
        pickle.loads(pickle.dumps(thing))
        copy.deepcopy(thing)
    torch.jit.script(model), torch.jit.script(criterion), torch.jit.trace(model, torch.rand(2, 1, 28, 28))
    assert str(criterion) == str(nn.CrossEntropyLoss())
    assert "grader" not in f"{model} {criterion} {optimizer}"
    return history
""",
        )
    ),
    "best weights kept as a whole model": plain(
        ("        history.append", "        best = copy.deepcopy(model)\n        history.append"),
        (RETURN, "    model.load_state_dict(best.state_dict())\n    return history\n"),
    ),
    "progress bar": plain(
        (LOOP, "        from tqdm import tqdm\n        for images, labels in tqdm(train_loader, disable=True):\n")
    ),
}


@pytest.mark.parametrize("source", RIGHT.values(), ids=RIGHT.keys())
def test_right_loops_are_clean(source: str, examine: Examine) -> None:
    """A right loop is clean, however it is written."""
    assert hints(examine(training=source)) == []


WRONG = {
    "loops-swapped": HEAD
    + """
    history = [0.0] * n_epochs
    for images, labels in train_loader:
        for epoch in range(n_epochs):
            model.train()
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            history[epoch] += loss.item() * len(labels) / len(train_loader.dataset)
    return history
""",
    "model-left-unusable": plain((RETURN, "    model.half()\n    return history\n")),
    "labels-mixed-up": plain(
        ("    history = []\n", "    history = []\n    before = None\n"),
        (
            MOVE,
            MOVE
            + """\
            if before is not None and len(before) == len(labels):
                labels, before = before, labels
            else:
                before = labels
""",
        ),
    ),
    "gradients-not-cleared": plain((ZERO, "")),
    "cleared-too-late": plain((ZERO, ""), (STEP, ZERO + STEP)),
    "no-backward": plain((BACKWARD, "")),
    "no-step": plain((STEP, "")),
    "step-before-backward": plain((BACKWARD + STEP, STEP + BACKWARD)),
    "last-batch-only": plain((SIX, ""), (RUNNING, ""), (AVERAGE, indent(dedent(SIX + RUNNING), " " * 8) + AVERAGE)),
    "first-batch-only": plain(("        history.append", "            break\n        history.append")),
    "last-batch-skipped": plain(
        (MOVE, MOVE + "            if len(labels) < train_loader.batch_size:\n                continue\n")
    ),
    "batches-missing": plain(
        (LOOP, "        for i, (images, labels) in enumerate(train_loader):\n"),
        (MOVE, MOVE + "            if i == 0:\n                continue\n"),
    ),
    "batches-passed-over": plain((MOVE, MOVE + "            if len(labels) < 32:\n                continue\n")),
    "one-epoch-only": plain((RETURN, "        " + RETURN.lstrip())),
    "epochs": plain(("range(n_epochs)", "range(n_epochs + 2)")),
    "never-train-mode": plain(("        model.train()\n", "")),
    "left-in-eval-mode": plain(("        model.train()\n", "        model.train() if epoch == 0 else model.eval()\n")),
    "own-model": plain(
        ("    history = []\n", "    history = []\n    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n")
    ),
    "copy-trained": plain(("    history = []\n", "    history = []\n    model = copy.deepcopy(model)\n")),
    "own-criterion": plain(("    history = []\n", "    history = []\n    criterion = nn.CrossEntropyLoss()\n")),
    "own-optimizer": plain(
        ("    history = []\n", "    history = []\n    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)\n")
    ),
    "own-data": plain((LOOP, "        for images, labels in [(torch.rand(4, 1, 28, 28), torch.arange(4))]:\n")),
    "does-nothing": HEAD + "    return [0.0] * n_epochs\n",
    "returns-nothing": plain((RETURN, "")),
    "returns-no-list": plain((RETURN, "    return history[-1]\n")),
    "returns-wrong-length": plain((RETURN, "    return history * 2\n")),
    "returns-too-few": plain((RETURN, "    return history[1:]\n")),
    "returns-tensors": plain(("running += loss.item()", "running += loss")),
    "loss-mean-of-batches": plain((" * len(labels)", ""), ("len(train_loader.dataset)", "len(train_loader)")),
    "loss-not-divided": plain((" * len(labels)", ""), (" / len(train_loader.dataset)", "")),
    "loss-sum": plain((" / len(train_loader.dataset)", "")),
    "loss-not-weighted": plain((" * len(labels)", "")),
    "loss-divided-by-batches": plain(("len(train_loader.dataset)", "len(train_loader)")),
    "loss-scaled": plain(("len(train_loader.dataset)", "60000")),
    "loss-batch-size-constant": plain(("len(labels)\n", "train_loader.batch_size\n")),
    "loss-last-batch": plain(("running / len(train_loader.dataset)", "loss.item()")),
    "loss-accumulates": plain(
        ("        running = 0.0\n", ""), ("    history = []\n", "    history = []\n    running = 0.0\n")
    ),
}


@pytest.mark.filterwarnings("ignore:coroutine 'train' was never awaited")
def test_an_async_train_has_its_name(examine: Examine) -> None:
    """A `train` that is asynchronous runs nothing, and is told so."""
    assert hints(examine(training=plain().replace("def train", "async def train"))) == ["training/is-async"]


@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")  # torch warns of returned tensors
@pytest.mark.parametrize(("hint", "source"), WRONG.items(), ids=WRONG.keys())
def test_each_mistake_has_its_name(hint: str, source: str, examine: Examine) -> None:
    """A mistake fails one hidden test, which names it."""
    assert hints(examine(training=source)) == [f"training/{hint}"]


@pytest.mark.parametrize(("weight", "found"), [(" * len(labels)", ["training/loss-sum-weighted"]), ("", [])])
def test_a_sum_weighted_again_has_its_name(weight: str, found: list[str], examine: Examine) -> None:
    """A criterion that sums over the batch needs no weight; without it the usual loop is right."""
    summed = OBJECTIVE.replace("nn.CrossEntropyLoss()", 'nn.CrossEntropyLoss(reduction="sum")')
    assert summed != OBJECTIVE
    assert hints(examine(objective=summed, training=plain((" * len(labels)", weight)))) == found


def test_steps_are_measured(examine: Examine) -> None:
    """Each step of a right loop has its own batch's gradient. Every sample of an epoch is in one step."""
    right = loop(examine(training=plain()))
    assert len(right.steps) == right.n_epochs * 4
    assert all(step.residual < 1e-6 and step.backward_passes == 1 and step.carried == 0 for step in right.steps)
    assert sorted(label for step in right.steps[:4] for label in step.labels) == list(range(right.n_samples))
    assert {len(step.labels) for step in right.steps} == {3, 1}


def test_accumulated_gradients_are_measured(examine: Examine) -> None:
    """Accumulated gradients are measured.

    Without clearing, a step's gradient is the sum of all so far; its own batch explains but a part.
    """
    wrong = loop(examine(training=plain((ZERO, ""))))
    assert all(abs(step.carried - 1) < 1e-6 for step in wrong.steps[1:])
    assert all(step.residual > 0.05 for step in wrong.steps[1:])


@pytest.mark.parametrize("own", [2, 3])
def test_the_number_of_epochs_is_never_the_submission_s_own(own: int, examine: Examine) -> None:
    """A loop that ignores the argument `n_epochs` is found. It uses the constant of its module."""
    objective = f"BATCH_SIZE, N_EPOCHS = 16, {own}\ndef make_criterion(): ...\ndef make_optimizer(model): ...\n"
    bench = examine(training=plain(("range(n_epochs)", f"range({own})")), objective=objective)
    assert loop(bench).n_epochs != own
    assert hints(bench) == ["training/epochs"]


def test_a_loop_that_never_ends_is_ended(examine: Examine) -> None:
    """A loop that never ends is ended by the recorder.

    It catches every exception, and is still ended long before the time limit.
    """
    source = (
        HEAD
        + """
    while True:
        try:
            with torch.no_grad():
                model(torch.zeros(1, 1, 28, 28))
        except Exception:
            pass
"""
    )
    bench = examine(training=source)
    assert runs(bench).endless
    assert hints(bench) == ["training/never-ends"]


DEVICES = {
    "both moved": (MOVE, "meta", "meta"),
    "moved in the call": ("", "cpu", "cpu"),
    "labels forgotten": ("            images = images.to(device)\n", "meta", "cpu"),
    "to one of its own, the model too": ("            model.to('cpu'), optimizer\n", "nowhere", "nowhere"),
    "neither": ("            images, labels = images.cpu(), labels.cpu()\n", "cpu", "cpu"),
}


@pytest.mark.parametrize(("line", "images", "labels"), DEVICES.values(), ids=DEVICES.keys())
def test_where_batches_arrive(line: str, images: str, labels: str, examine: Examine) -> None:
    """The device probe sees where images and labels arrive."""
    seen = device(examine(training=plain((MOVE, line))))
    assert (seen.device, seen.images, seen.labels) == ("meta", images, labels)


def test_device_is_seen_though_train_catches_everything(examine: Examine) -> None:
    """The device is seen though `train` catches everything."""
    guarded = dedent("""\
            try:
                loss = criterion(model(images), labels)
            except Exception:
                pass
    """)
    source = plain((SIX, "".join(f"            {line}\n" for line in guarded.splitlines())))
    assert device(examine(training=source)).images == "meta"
