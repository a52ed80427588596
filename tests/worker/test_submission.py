"""A submission is loaded as a package; its exceptions become data."""

from __future__ import annotations

import sys

import pytest
import torch

from grader.protocol.codec import encode
from grader.worker.bench import Bench, Blocked, Unavailable
from grader.worker.probes.objective import criterion, descent, fit, optimizer
from grader.worker.probes.structure import build, gradients, load, samples, shapes
from grader.worker.submission import describe
from tests.testing.bench import NET, OBJECTIVE, Examine


def test_a_plain_submission_loads(examine: Examine) -> None:
    """A plain submission loads with all its names. The two settings are numbers."""
    seen = load(examine())
    assert [(module.name, module.missing, module.error) for module in seen.modules] == [
        ("net", [], None),
        ("objective", [], None),
        ("training", [], None),
    ]
    assert (seen.batch_size, seen.n_epochs) == (16, 2)


def test_modules_fail_one_by_one(examine: Examine) -> None:
    """A module that fails does not hide the others."""
    seen = load(examine(net="import torch\nraise ValueError('no')\n", objective="BATCH_SIZE = '16'\n"))
    net, objective, training = seen.modules
    assert net.error is not None
    assert (net.error.exception, net.error.message) == ("ValueError", "no")
    assert [(frame.file, frame.line, frame.code) for frame in net.error.frames] == [
        ("net.py", 2, "raise ValueError('no')")
    ]
    assert objective.missing == ["make_criterion", "make_optimizer", "N_EPOCHS"]
    assert (seen.batch_size, seen.batch_size_repr, seen.n_epochs_repr) == (None, "'16'", "missing")
    assert training.missing == []


@pytest.mark.parametrize(
    "statement", ["raise SystemExit(0)", "raise KeyboardInterrupt", "class E(BaseException): pass\nraise E"]
)
def test_leaving_at_import_is_an_exception_like_any_other(statement: str, examine: Examine) -> None:
    """`sys.exit()` at import is an exception like any other. It neither ends the probe nor counts as success."""
    net = load(examine(net=statement)).modules[0]
    assert net.error is not None
    assert net.missing == ["Net"]


@pytest.mark.parametrize("value", ["True", "16.0", "'16'", "None", "[16]"])
def test_a_setting_is_a_whole_number_or_none(value: str, examine: Examine) -> None:
    """A setting is a whole number or none. A value that only looks like a number is shown and not used."""
    seen = load(examine(objective=OBJECTIVE.replace("BATCH_SIZE = 16", f"BATCH_SIZE = {value}")))
    assert (seen.batch_size, seen.batch_size_repr) == (None, value)


def test_a_syntax_error_shows_its_line(examine: Examine) -> None:
    """A syntax error shows its file, its line and the code."""
    error = load(examine(net="import torch\ndef f(:\n")).modules[0].error
    assert error is not None
    assert error.exception == "SyntaxError"
    assert [(frame.file, frame.line, frame.code) for frame in error.frames] == [("net.py", 2, "def f(:")]


def test_only_the_submission_s_own_frames_are_shown(examine: Examine) -> None:
    """An error shows only the submission's own frames. The innermost comes last."""
    bench = examine(net=NET.replace("self.layers(images)", "self.layers(images.flatten(1)[:, :5])"))
    error = shapes(bench).runs[0].error
    assert error is not None
    assert error.exception == "RuntimeError"
    assert [(frame.file, frame.function) for frame in error.frames] == [("net.py", "forward")]


def test_our_copy_in_a_student_s_folder_is_not_theirs(examine: Examine) -> None:
    """What lies below `_kit` runs their code there, and is no place to repair anything."""
    bench = examine(**{"_kit/calling": "def call(function):\n    return function()\n"})
    from student._kit.calling import call  # made by `examine`

    with pytest.raises(ZeroDivisionError) as caught:
        call(lambda: 1 // 0)
    assert describe(caught.value, bench.package).frames == []


def test_a_stub_is_told_from_other_errors(examine: Examine) -> None:
    """A stub's `NotImplementedError` is told from torch's. Only the submission's own means a part not yet written."""
    source = "import torch\ndef f():\n    raise NotImplementedError('later')\ndef g():\n    torch.nn.Module()(1)\n"
    bench = examine(net=source)
    from student import net  # type: ignore[import-not-found]  # made by `examine`

    with pytest.raises(NotImplementedError) as own:
        net.f()
    assert describe(own.value, bench.package).not_implemented
    with pytest.raises(NotImplementedError) as others:
        net.g()
    assert not describe(others.value, bench.package).not_implemented


def test_a_message_that_cannot_be_shown_is_said_so(examine: Examine) -> None:
    """An exception's message that cannot be shown is told so. It may raise itself, or be endless."""

    class Sly(Exception):
        def __str__(self) -> str:
            raise RuntimeError("gotcha")

    bench = examine()
    assert describe(Sly(), bench.package).message == "(its message cannot be shown)"
    long = describe(ValueError("x" * 10_000_000), bench.package)
    assert len(encode(long)) < 4000


@pytest.mark.parametrize("trap", ["def __dir__(self): raise OSError", "__module__ = 3", "__slots__ = ()"])
def test_looking_for_clues_raises_nothing(trap: str, examine: Examine) -> None:
    """Looking for clues raises nothing. A class may refuse to be looked at; its exception is told without clues."""
    bench = examine(net=f"class Net:\n    {trap}\n    def go(self): return self.sppeed\n")
    from student import net  # made by `examine`

    with pytest.raises(AttributeError) as caught:
        net.Net().go()
    seen = describe(caught.value, bench.package)
    assert "sppeed" in seen.message
    assert seen.frames[-1].function == "go"


def test_clues_name_what_was_meant(examine: Examine) -> None:
    """Clues name what was meant.

    It is an attribute or the module that defines a name; and they tell whose line raised.
    """
    bench = examine(training="def train():\n    return BATCH_SIZE\ndef lookup():\n    return torhc\nimport torch\n")
    bench.part("objective", "BATCH_SIZE")
    from student import training  # made by `examine`

    clues = []
    for fails in (training.train, training.lookup, lambda: torch.zeros(3).reshap(3), lambda: torch.load("none.pt")):
        with pytest.raises((NameError, AttributeError, OSError)) as caught:
            fails()
        clues.append(describe(caught.value, bench.package).clues)
    assert [(clue.home, clue.meant) for clue in clues[:3]] == [("objective", ""), ("", "torch"), ("", "reshape")]
    assert clues[3].origin.startswith("torch.serialization")


def test_a_module_of_torch_s_name_shadows_nothing(examine: Examine) -> None:
    """A submission's `torch.py` is never taken for torch. Modules beside `net.py` come last on the path."""
    bench = examine(torch="raise RuntimeError('shadow')\n", extra="VALUE = 3\n", net="from .extra import VALUE\n" + NET)
    assert load(bench).modules[0].error is None
    assert bench.part("net", "VALUE") == 3
    assert "student.torch" not in sys.modules


def test_what_cannot_be_had_names_the_probe_that_knows_why(examine: Examine) -> None:
    """A missing part names the probe that knows why.

    That is `load` for a missing name, `build` for a constructor that raises.
    """
    bench = examine(
        objective="BATCH_SIZE = 1\n", net=NET.replace("super().__init__()", "super().__init__(); raise OSError")
    )
    with pytest.raises(Unavailable):
        bench.part("objective", "make_criterion")
    with pytest.raises(Blocked) as raised:
        bench.net()
    assert raised.value.by == "build"


def test_labels_in_the_place_of_scores_blame_the_shapes(examine: Examine) -> None:
    """Labels in place of scores are told by the shapes. Whole numbers are no scores, and no layer has given any."""
    bench = examine(net=NET.replace("self.layers(images)", "images.flatten(1).argmax(1)"))
    with pytest.raises(Blocked) as raised:
        bench.scores(bench.net(), bench.images[:2])
    assert raised.value.by == "shapes"


def test_every_net_begins_alike(examine: Examine) -> None:
    """Every `Net()` begins with the same weights. So phases that share no memory agree on them."""
    bench = examine()
    first, second = (torch.cat([p.flatten() for p in bench.net().parameters()]) for _ in range(2))
    assert torch.equal(first, second)


PARTLY_REGISTERED = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 16)
        self.unused = nn.Linear(2, 2)
        self.in_a_list = [nn.Linear(16, 10, bias=False)]
    def forward(self, images):
        h = torch.relu(self.hidden(images.flatten(1)))
        return self.in_a_list[0](h) + nn.Linear(16, 1, bias=False)(h)
"""


def test_parameters_and_gradients_are_listed(examine: Examine) -> None:
    """Registered parameters are listed with their gradients. Unregistered and re-created tensors are told apart."""
    bench = examine(net=PARTLY_REGISTERED)
    seen = gradients(bench)
    assert {use.name: use.gradient for use in seen.parameters} == {
        "hidden.weight": "finite",
        "hidden.bias": "finite",
        "unused.weight": "none",
        "unused.bias": "none",
    }
    assert {tuple(tensor.shape): tensor.recreated for tensor in seen.foreign} == {(10, 16): False, (1, 16): True}
    assert build(bench).n_parameters == 784 * 16 + 16 + 4 + 2


def largest_difference(bench: Bench) -> float:
    """Compare the scores of shared images in both batches. Return the largest difference."""
    seen = samples(bench)
    assert seen.first_batch.shape == seen.second_batch.shape
    return float(abs(seen.first_batch[: seen.shared] - seen.second_batch[: seen.shared]).max())


@pytest.mark.parametrize("drop", ["s", "nn.functional.dropout(s, 0.5)"], ids=["plain", "dropout left on"])
def test_samples_in_other_company(drop: str, examine: Examine) -> None:
    """A sample's scores don't depend on its batch. Dropout left on is not taken for such a dependence."""
    source = NET.replace("return self.layers(images)", f"s = self.layers(images)\n        return {drop}")
    assert largest_difference(examine(net=source)) < 1e-5


def test_batch_dependence_is_seen(examine: Examine) -> None:
    """Scores that depend on the batch are seen. Here their mean over the batch is subtracted."""
    source = NET.replace("return self.layers(images)", "s = self.layers(images)\n        return s - s.mean(0)")
    assert largest_difference(examine(net=source)) > 1e-3


def test_criterion_and_optimizer_are_looked_at(examine: Examine) -> None:
    """Criterion and optimizer of a plain submission are right.

    The loss is a scalar with a gradient, and falls with better answers; the optimizer holds all four tensors.
    """
    bench = examine()
    loss = criterion(bench)
    assert (loss.callable, loss.shape, loss.has_graph) == (True, [], True)
    assert loss.gradient is not None
    assert loss.gradient.shape == (16, 10)
    held = optimizer(bench)
    assert (held.type_name, held.missing, held.foreign, held.repeated, held.n_model) == ("SGD", [], 0, [], 4)
    assert held.learning_rates == [0.05]
    losses = fit(bench).losses
    assert losses == sorted(losses, reverse=True)
    steps = descent(bench).losses
    assert steps[-1] < steps[0]


def test_an_optimizer_of_another_model_is_seen(examine: Examine) -> None:
    """An optimizer of another model is seen. Its tensors are foreign, the model's own are missing."""
    source = OBJECTIVE.replace("SGD(model.parameters()", "SGD(nn.Linear(2, 2).parameters()")
    held = optimizer(examine(objective=source))
    assert (len(held.missing), held.foreign) == (4, 2)
