"""A network's mistake is told once; everything else is tested."""

from __future__ import annotations

from textwrap import indent

import pytest

from grader.hidden import test_structure as hidden
from grader.judge.marks import Misconception
from grader.worker.bench import Blocked
from grader.worker.probes import dropout, objective, structure
from tests.testing.bench import NET, Examine

DROPPING = NET.replace("nn.ReLU(),", "nn.ReLU(), nn.Dropout(0.5),")
OTHERWISE = {
    "another name": DROPPING.replace("class Net", "class Perceptron"),
    "init not called": DROPPING.replace("        super().__init__()\n", ""),
    "no module": DROPPING.replace("(nn.Module)", "").replace("        super().__init__()\n", ""),
    "forward misspelt": DROPPING.replace("def forward", "def foward"),
    "flat images": DROPPING.replace("nn.Flatten(), ", ""),
    "images without a channel": DROPPING.replace(
        "self.layers(images)", "self.layers(images[:, :28, :28].view(len(images), 784))"
    ),
    "a pair": DROPPING.replace("return self.layers(images)", "return self.layers(images), images"),
    "a dictionary": DROPPING.replace("return self.layers(images)", 'return {"scores": self.layers(images)}'),
    "nothing returned": DROPPING.replace("return self.layers(images)", "self.layers(images)"),
    "digits": DROPPING.replace("return self.layers(images)", "return self.layers(images).argmax(1)"),
    "digits as floats": DROPPING.replace("return self.layers(images)", "return self.layers(images).argmax(1).float()"),
    "digits in a column": DROPPING.replace(
        "return self.layers(images)", "return self.layers(images).max(1, keepdim=True).indices + 0.0"
    ),
    "digits as floats in eval mode": DROPPING.replace(
        "return self.layers(images)",
        "scores = self.layers(images)\n        return scores if self.training else scores.argmax(1).float()",
    ),
    "inside a function": "from torch import nn\ndef main():\n" + indent(DROPPING.partition("nn\n")[2], "    "),
    "one batch size": DROPPING.replace("self.layers(images)", "self.layers(images.view(16, 784))"),
    "eleven scores": DROPPING.replace("nn.Linear(32, 10)", "nn.Linear(32, 11)"),
    "one score": DROPPING.replace("nn.Linear(32, 10)", "nn.Linear(32, 1)"),
    "fails in eval mode": DROPPING.replace(
        "        return", "        if not self.training:\n            raise ValueError\n        return"
    ),
    "its own train": DROPPING + "    def train(self):\n        self.training = True\n",
    "torch not imported": DROPPING.replace("from torch import nn\n", ""),
    "a file that is not there": 'open("weights.txt").read()\n' + DROPPING,
}


@pytest.mark.parametrize("net", OTHERWISE.values(), ids=OTHERWISE.keys())
def test_dropout_and_gradients_are_seen_all_the_same(net: str, examine: Examine) -> None:
    """Dropout and gradients of a network with a mistake are seen."""
    bench = examine(net=net)
    sites = [site for site in dropout.masks(bench).train if site.used]
    assert [round(site.ratio) for site in sites] == [2]
    assert {use.gradient for use in structure.gradients(bench).parameters} == {"finite"}
    assert objective.optimizer(bench).missing == []
    assert min(objective.descent(bench).losses[1:]) < 3


@pytest.mark.parametrize(
    ("name", "hint"),
    {
        "eleven scores": "structure/number-of-scores",
        "one score": "structure/one-output",
        "a pair": "structure/not-a-tensor",
        "digits as floats": "structure/returns-labels",
        "digits in a column": "structure/returns-labels",
        "digits as floats in eval mode": "structure/returns-labels",
    }.items(),
)
def test_the_mistake_itself_is_told(name: str, hint: str, examine: Examine) -> None:
    """The test of shapes tells the mistake in its own message."""
    with pytest.raises(Misconception) as found:
        hidden.test_output_shape(structure.shapes(examine(net=OTHERWISE[name])))
    assert found.value.hint == hint


def test_a_misspelt_forward_is_none_to_the_test_of_shapes(examine: Examine) -> None:
    """The test of shapes tells of a misspelt forward. Other probes pass over it."""
    bench = examine(net=OTHERWISE["forward misspelt"])
    dropout.masks(bench)
    assert all(run.error is not None for run in structure.shapes(bench).runs)


def test_two_networks_are_not_guessed_at(examine: Examine) -> None:
    """Where two classes may be the network, none is taken."""
    two = DROPPING.replace("class Net", "class First") + DROPPING.replace("class Net", "class Second")
    with pytest.raises(Blocked):
        examine(net=two).net()


def test_a_dead_activation_is_not_taken_for_digits(examine: Examine) -> None:
    """One score of 0 for all images is no digit."""
    net = OTHERWISE["one score"].replace("return self.layers(images)", "return self.layers(images).clamp(max=0) * 0")
    with pytest.raises(Misconception) as found:
        hidden.test_output_shape(structure.shapes(examine(net=net)))
    assert found.value.hint == "structure/one-output"


@pytest.mark.parametrize("row", ["self.layers(one[None])", "self.layers(one[None])[0]"])
def test_a_list_of_rows_is_one_mistake(row: str, examine: Examine) -> None:
    """A list with the scores of each image is told. The other tests join its rows."""
    forward = f"return [{row} for one in images]"
    bench = examine(net=DROPPING.replace("return self.layers(images)", forward))
    with pytest.raises(Misconception) as found:
        hidden.test_output_shape(structure.shapes(bench))
    assert (found.value.hint, found.value.data) == ("structure/not-a-tensor", {"got": "list"})
    hidden.test_sample_independence(structure.samples(bench), structure.shapes(bench))
    hidden.test_nonlinear(structure.linearity(bench))
    assert {use.gradient for use in structure.gradients(bench).parameters} == {"finite"}
