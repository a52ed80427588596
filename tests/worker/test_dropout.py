"""The tracer finds and measures every random mask. It does so however the mask is written."""

from __future__ import annotations

import math
from textwrap import indent

import pytest

from grader.protocol.masks import Site
from grader.worker.probes.dropout import masks, modes
from tests.testing.bench import Examine

NET = """
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 5, stride=3)
        self.hidden = nn.Linear(784, 256)
        self.out = nn.Linear(256, 10)
        self.channels_out = nn.Linear(512, 10)
        self.drop = nn.Dropout(0.25)
        self.drop2d = nn.Dropout2d(0.25)
        self.alpha = nn.AlphaDropout(0.25)
        self.norm = nn.BatchNorm1d(256)
    def forward(self, x):
"""
HIDDEN = "h = F.relu(self.hidden(x.flatten(1))) + 0.01\n"
"""A hidden layer without any zero in its 64 x 256 values."""
N_VALUES = 64 * 256


def net(body: str, before: str = HIDDEN, after: str = "return self.out(h)\n") -> str:
    """Make a network with `body` between hidden layer and scores."""
    return NET + indent(before + body + "\n" + after, " " * 8)


RIGHT = {
    "module": "h = self.drop(h)",
    "function": "h = F.dropout(h, 0.25, self.training)",
    "function in place": "h = F.dropout(h, 0.25, self.training, inplace=True)",
    "torch.dropout": "h = torch.dropout(h, 0.25, self.training)",
    "bernoulli mask": "if self.training:\n    h = h * torch.bernoulli(torch.full_like(h, 0.75)) / 0.75",
    "scaled mask": "if self.training:\n    h = h * (torch.bernoulli(torch.full_like(h, 0.75)) / 0.75)",
    "scaled before": "if self.training:\n    h = (h / 0.75) * torch.bernoulli(torch.full_like(h, 0.75))",
    "rand compared": "if self.training:\n    h = h * (torch.rand_like(h) > 0.25) / (1 - 0.25)",
    "rand compared, as float": "if self.training:\n    h = h * (torch.rand(h.shape) > 0.25).float() * (1 / 0.75)",
    "where": "if self.training:\n    h = torch.where(torch.rand_like(h) < 0.25, torch.zeros_like(h), h) / 0.75",
    "where with a number": "if self.training:\n    h = torch.where(torch.rand_like(h) < 0.25, 0.0, h / 0.75)",
    "masked_fill": "if self.training:\n    h = h.masked_fill(torch.rand_like(h) < 0.25, 0.0) / 0.75",
    "masked_fill in place": "if self.training:\n    h.masked_fill_(torch.rand_like(h) < 0.25, 0.0).div_(0.75)",
    "indexing": "if self.training:\n    h[torch.rand_like(h) < 0.25] = 0\n    h = h / 0.75",
    "multiplied in place": "if self.training:\n    h *= (torch.rand_like(h) > 0.25) / 0.75",
    "NumPy mask": "if self.training:\n    m = np.random.rand(*h.shape) > 0.25\n    h = h * torch.from_numpy(m) / 0.75",
    "NumPy binomial": (
        "if self.training:\n    m = np.random.binomial(1, 0.75, h.shape)\n    h = h * torch.tensor(m).float() / 0.75"
    ),
    "uniform_": "if self.training:\n    h = h * torch.empty_like(h).uniform_().gt(0.25) / 0.75",
    "distribution": ("if self.training:\n    h = h * torch.distributions.Bernoulli(0.75).sample(h.shape) / 0.75"),
}


@pytest.mark.parametrize("body", RIGHT.values(), ids=RIGHT.keys())
def test_dropout_is_measured_however_it_is_written(body: str, examine: Examine) -> None:
    """Dropout is measured however it is written.

    Here a quarter of the values is zeroed, the rest multiplied by 4/3; in eval mode nothing is.
    """
    seen = masks(examine(net=net(body)))
    (site,) = seen.train
    assert site.zeroed == pytest.approx(0.25, abs=6 * math.sqrt(0.25 * 0.75 / N_VALUES))
    factor = site.ratio * site.scaled_before * site.scaled_after
    assert factor == pytest.approx(4 / 3, rel=1e-4)
    assert site.used
    assert site.spread < 1e-4
    assert site.masks == site.values == N_VALUES
    assert not site.on_scores
    assert seen.eval == []


WRONG = {
    "not scaled": ("if self.training:\n    h = h * (torch.rand_like(h) > 0.25)", 0.25, 1.0),
    "scaled the wrong way": ("if self.training:\n    h = h * (torch.rand_like(h) > 0.25) * 0.75", 0.25, 0.75),
    "p is kept": ("if self.training:\n    h = h * (torch.rand_like(h) < 0.25) / 0.75", 0.75, 4 / 3),
    "everything": ("if self.training:\n    h = h * (torch.rand_like(h) > 1.5)", 1.0, math.nan),
}


@pytest.mark.parametrize(("body", "zeroed", "ratio"), WRONG.values(), ids=WRONG.keys())
def test_wrong_dropout_is_measured_as_it_is(body: str, zeroed: float, ratio: float, examine: Examine) -> None:
    """Wrong dropout is measured as it is. Share and factor are what the code does, not what it should."""
    (site,) = masks(examine(net=net(body))).train
    assert site.zeroed == pytest.approx(zeroed, abs=0.03)
    assert site.ratio * site.scaled_after == pytest.approx(ratio, rel=1e-3, nan_ok=True)


def test_uneven_scaling_is_seen(examine: Examine) -> None:
    """Uneven scaling of the kept values shows in the spread."""
    body = "if self.training:\n    h = h * ((torch.rand_like(h) > 0.25) * (1 + torch.rand_like(h)))"
    (site,) = masks(examine(net=net(body))).train
    assert site.spread > 0.1


NONE = {
    "no dropout": "pass",
    "p = 0": "h = F.dropout(h, 0.0, self.training)",
    "batch norm": "h = self.norm(h)",
    "noise": "if self.training:\n    h = h + 0.1 * torch.randn_like(h)",
    "a constant mask": "h = h * (torch.arange(256) % 2)",
    "values moved about": "if self.training:\n    h = h[:, torch.randperm(256)].clamp(min=0.2) - 0.2",
    "a random shift": "if self.training:\n    h = F.relu(h - 0.3).gather(1, torch.randint(256, h.shape))",
    "a fixed NumPy mask of ones": "h = h * torch.from_numpy(np.ones(256, dtype=np.float32))",
}


@pytest.mark.parametrize("body", NONE.values(), ids=NONE.keys())
def test_what_is_no_dropout_is_no_site(body: str, examine: Examine) -> None:
    """Arithmetic, noise and zeros of ReLU are no dropout."""
    seen = masks(examine(net=net(body)))
    assert (seen.train, seen.eval) == ([], [])


def test_whole_channels_are_counted_as_one_mask_each(examine: Examine) -> None:
    """Whole channels count as one mask each. `Dropout2d` draws one number for each of 8 channels of 64 images."""
    source = net("h = self.drop2d(h)", "h = self.conv(x) + 5\n", "return self.channels_out(h.flatten(1))\n")
    (site,) = masks(examine(net=source)).train
    assert site.masks == 64 * 8
    assert site.values == 64 * 8 * 8 * 8
    assert site.ratio == pytest.approx(4 / 3, rel=1e-4)
    assert site.zeroed == pytest.approx(0.25, abs=6 * math.sqrt(0.25 * 0.75 / 512))


def test_dropout_1d_draws_one_number_a_row(examine: Examine) -> None:
    """`F.dropout1d` draws one number for each row of 16."""
    body = "h = F.dropout1d(h.view(-1, 16, 16), 0.25, self.training).flatten(1)"
    (site,) = masks(examine(net=net(body))).train
    assert (site.masks, site.values) == (64 * 16, N_VALUES)


def test_several_dropouts_are_several_sites(examine: Examine) -> None:
    """Several dropouts are several sites, each with its p. They come in the order in which they are met."""
    source = net("h = F.dropout(h, 0.5, self.training)", "x = F.dropout(x + 1, 0.1, self.training)\n" + HIDDEN)
    first, second = masks(examine(net=source)).train
    assert (first.ratio, second.ratio) == pytest.approx((1 / 0.9, 2.0), rel=1e-4)


def test_alpha_dropout_is_no_plain_mask(examine: Examine) -> None:
    """Alpha dropout is no plain mask. It replaces what it drops with one negative number."""
    bench = examine(net=net("h = self.alpha(h)"))
    (site,) = masks(bench).train
    assert site.filled_with < -1
    assert all(run.spread > 0 for run in modes(bench).runs if run.mode == "train")


def test_one_coin_for_all_is_one_mask(examine: Examine) -> None:
    """One random number for the whole batch is one mask. It may skip a branch."""
    body = "if self.training:\n    h = h * (torch.rand(1, 1) > 1.5)"
    (site,) = masks(examine(net=net(body))).train
    assert (site.zeroed, site.masks) == (1.0, 1)


def test_channels_weigh_as_much_as_their_values(examine: Examine) -> None:
    """Channels count by the number of their values.

    Where most are dark, the share of zeros depends on the few others.
    """
    source = net(
        "h = self.drop2d(h)",
        "h = self.conv(x) + 5\nh[:, 1:] *= (torch.arange(64) == 9).view(8, 8)\n",
        "return self.channels_out(h.flatten(1))\n",
    )
    (site,) = masks(examine(net=source)).train
    assert site.masks < 80


def test_pixels_are_told_from_hidden_values(examine: Examine) -> None:
    """Dropout of pixels is told from dropout of hidden values. Pixels end at the first layer with weights."""
    source = net("h = self.drop(h)", "x = F.dropout((x + 1) / 2, 0.1, self.training)\n" + HIDDEN)
    assert [site.on_pixels for site in masks(examine(net=source)).train] == [True, False]


READOUTS = {
    "written out": "return (h[:, None, :] * self.out.weight).sum(-1)\n",
    "distances": "return torch.cdist(h, self.out.weight)\n",
    "squared distances": "return (h.unsqueeze(1) - self.out.weight).square().sum(-1)\n",
    "bilinear": "return F.bilinear(h, h, self.out.weight[:, :, None].expand(-1, -1, 256))\n",
    "einsum": "return torch.einsum('ni,oi->no', h, self.out.weight)\n",
}


@pytest.mark.parametrize("end", READOUTS.values(), ids=READOUTS.keys())
def test_a_readout_is_one_however_it_is_written(end: str, examine: Examine) -> None:
    """The last layer is found however it is written. Dropout before it is that of a hidden layer."""
    (site,) = masks(examine(net=net("h = self.drop(h)", after=end))).train
    assert not site.on_scores
    assert site.used


def test_plain_scalings_are_noted_with_their_mode(examine: Examine) -> None:
    """A plain scaling is noted with its mode. Its factor is told, and the number of values."""
    seen = masks(examine(net=net("h = self.drop(h) if self.training else h * 0.75")))
    assert seen.train_scalings == []
    (scaling,) = seen.eval_scalings
    assert (scaling.factor, scaling.size) == (pytest.approx(0.75), N_VALUES)


def on_scores(sites: list[Site]) -> list[bool]:
    """Tell for each site whether it lies on the scores."""
    return [site.on_scores for site in sites]


@pytest.mark.parametrize(
    "end",
    [
        "return self.drop(self.out(h))\n",
        "return F.log_softmax(F.dropout(self.out(h), 0.25, self.training), 1)\n",
        "s = self.out(h)\nreturn s * (torch.rand_like(s) > 0.25) / 0.75 if self.training else s\n",
    ],
    ids=["module", "before log-softmax", "by hand"],
)
def test_dropped_scores_are_told_from_a_dropped_hidden_layer(end: str, examine: Examine) -> None:
    """Dropped scores are told from a dropped hidden layer. No layer lies between them and the scores."""
    seen = masks(examine(net=net("h = self.drop(h)", after=end)))
    assert on_scores(seen.train) == [False, True]


def test_dropout_that_stays_on_is_seen_in_eval(examine: Examine) -> None:
    """Dropout that stays on in eval mode is seen. `F.dropout(x, p)` forgets `self.training`."""
    seen = masks(examine(net=net("h = F.dropout(h, 0.25)")))
    assert (len(seen.train), len(seen.eval)) == (1, 1)


MODES = {
    "right": ("h = self.drop(h)", [True, False, True, False]),
    "none": ("pass", [False] * 4),
    "always on": ("h = F.dropout(h, 0.25)", [True] * 4),
    "swapped": ("h = F.dropout(h, 0.25, not self.training)", [False, True, False, True]),
    "the same mask every time": (
        "if self.training:\n    g = torch.Generator().manual_seed(0)\n"
        "    h = h * (torch.rand(h.shape, generator=g) > 0.25) / 0.75",
        [False] * 4,
    ),
    "off for ever once off": (
        "self.dead = getattr(self, 'dead', False) or not self.training\nh = F.dropout(h, 0.25, not self.dead)",
        [True, False, False, False],
    ),
}


@pytest.mark.parametrize(("body", "random"), MODES.values(), ids=MODES.keys())
def test_modes_are_switched_back_and_forth(body: str, random: list[bool], examine: Examine) -> None:
    """Train and eval mode are switched back and forth. In each, two passes over the same images may differ or not."""
    seen = modes(examine(net=net(body)))
    assert [run.mode for run in seen.runs] == ["train", "eval", "train", "eval"]
    assert [run.spread > 0 for run in seen.runs] == random
    assert [run.training_flag for run in seen.runs] == [True, False, True, False]


RESEEDED = {
    "off": ("h = self.drop(h)", True),
    "left on": ("h = F.dropout(h, 0.25)", True),
    "drawn from elsewhere": ("h = h * torch.from_numpy(np.random.default_rng().random(256) > 0.25)", False),
    "a memory": ("h = h + getattr(self, 'last', 0.0)\nself.last = h.mean().detach()", False),
}


@pytest.mark.parametrize(("body", "same"), RESEEDED.values(), ids=RESEEDED.keys())
def test_the_same_random_numbers_give_the_same_scores(body: str, same: bool, examine: Examine) -> None:
    """The same random numbers give the same scores. In eval mode, what still differs is no mask that was left on."""
    assert (modes(examine(net=net(body))).reseeded == 0) is same
