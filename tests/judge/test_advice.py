"""What torch says of the usual mistakes is known, as the torch that is installed says it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from grader.i18n import LANGUAGES, messages, translator
from grader.judge.advice import advice, said, told, where
from grader.protocol.observations import Frame, Raised

F = nn.functional
LABELS = torch.arange(4)


def scores() -> torch.Tensor:
    """Scores (4, 10) with a graph."""
    return torch.zeros(4, 10, requires_grad=True) + 0.5


def overwritten() -> None:
    """Change in place what the gradient of a sigmoid is computed from."""
    x = scores().sigmoid()
    x *= 2
    x.sum().backward()


def twice() -> None:
    """Go back the same way a second time."""
    loss = scores().square().sum()
    loss.backward()
    loss.backward()


MISTAKES: list[tuple[str, Callable[[], Any]]] = [
    ("outcome/in-place", overwritten),
    ("outcome/no-grad", lambda: scores().detach().sum().backward()),
    ("outcome/backward-twice", twice),
    ("outcome/layer-sizes", lambda: nn.Linear(784, 5)(torch.zeros(4, 1, 28, 28))),
    ("outcome/view", lambda: scores().T.view(-1)),
    ("outcome/batch-norm-alone", lambda: nn.BatchNorm1d(5)(torch.zeros(1, 5))),
    ("outcome/label-out-of-range", lambda: F.cross_entropy(scores(), LABELS + 7)),
    ("outcome/label-out-of-range", lambda: scores()[range(4), LABELS + 7]),
    ("outcome/label-out-of-range", lambda: scores().gather(1, LABELS[:, None] + 7)),
    ("outcome/labels-not-whole", lambda: F.cross_entropy(scores(), LABELS.float())),
    ("outcome/labels-not-whole", lambda: nn.MultiMarginLoss()(scores(), LABELS.float())),
    ("outcome/labels-not-whole", lambda: F.one_hot(LABELS.float(), 10)),
    ("outcome/labels-not-whole", lambda: scores().gather(1, LABELS[:, None].float())),
    ("outcome/dtype", lambda: F.cross_entropy(LABELS, scores())),
    ("outcome/dtype", lambda: nn.Linear(10, 5)(scores().double())),
    ("outcome/dtype", lambda: nn.KLDivLoss()(scores(), LABELS)),
    ("outcome/dtype", lambda: nn.BCEWithLogitsLoss()(scores(), F.one_hot(LABELS, 10))),
    ("outcome/ambiguous-truth", lambda: max(scores(), 1 - scores())),
    ("outcome/ambiguous-truth", lambda: nn.CrossEntropyLoss(scores(), LABELS)),
    ("outcome/not-probabilities", lambda: nn.BCELoss()(scores() - 1, torch.zeros(4, 10))),
    ("outcome/broadcast", lambda: nn.MSELoss()(scores(), LABELS)),
    ("outcome/broadcast", lambda: nn.L1Loss()(scores(), LABELS)),
    ("outcome/broadcast", lambda: nn.BCEWithLogitsLoss()(scores(), LABELS.float())),
    ("outcome/broadcast", lambda: nn.BCELoss()(scores(), LABELS.float())),
    ("outcome/numpy", lambda: scores().numpy()),
]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("hint", "mistake"), MISTAKES)
def test_a_usual_mistake_is_recognised(hint: str, mistake: Callable[[], Any]) -> None:
    """By what torch raises."""
    with pytest.raises((RuntimeError, ValueError, IndexError, NotImplementedError)) as caught:
        mistake()
    assert advice(Raised(type(caught.value).__name__, str(caught.value))) == hint


CUDA = (
    "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU",
    "Torch not compiled with CUDA enabled",
    "No CUDA GPUs are available",
)


@pytest.mark.parametrize("message", CUDA)
def test_a_missing_gpu_is_recognised(message: str) -> None:
    """In the words of torch with CUDA and of torch without."""
    assert advice(Raised("RuntimeError", message)) == "outcome/no-cuda"


def test_other_errors_get_no_advice() -> None:
    """Advice that does not fit is worse than none."""
    for message in ("", "name 'x' is not defined", "train() takes 5 positional arguments but 6 were given"):
        assert advice(Raised("TypeError", message)) is None


def test_an_exception_reads_well_in_a_sentence() -> None:
    """No second full stop, and none of torch's advice for experts."""
    assert said(Raised("ValueError", "")) == "ValueError"
    assert said(Raised("ValueError", "Too late.")) == "ValueError: Too late"
    assert said(Raised("RuntimeError", "It broke. Hint: enable anomaly detection (True).")) == "RuntimeError: It broke"


def test_a_place_is_named() -> None:
    """The innermost line of the submission, or what was called."""
    frames = [Frame("net.py", 3, "forward", "a"), Frame("blocks.py", 7, "forward", "b")]
    error = Raised("ValueError", "no", frames)
    assert where(error) == "blocks.py:7"
    assert told(error, ("net.py", "Net()")) == {"exception": "ValueError: no", "where": "blocks.py:7", "code": "b"}
    assert told(Raised("ValueError", "no"), ("net.py", "Net()"))["where"] == "net.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_advice_is_put_into_words(language: str) -> None:
    """With the exception and the place in it."""
    data = told(Raised("ValueError", "no."), ("net.py", "Net()"))
    for hint in {hint for hint, _ in MISTAKES} | {"outcome/no-cuda", "outcome/devices", "outcome/error-nowhere"}:
        assert hint in messages(language)
        text = translator(language)(hint, data)
        assert "ValueError: no" in text
        assert "net.py" in text
        assert ".." not in text
