"""Is `Net` the kind of network asked for?"""

import re
from typing import NoReturn
import numpy as np
from student._kit.judge.advice import advice, told, unwritten
from student._kit.judge.marks import after, fail, visible, wait_for
from student._kit.judge.places import place_of, refuse_without_effect, unread
from student._kit.judge.rules import Rules
from student._kit.protocol.observations import Build, Gradients, Layers, Linearity, Load, Module, Samples, ShapeRun, Shapes
from student._kit.protocol.raised import Raised
from student._kit.reading import Reading
from student._kit.verdict import Filling, Said


MOST_MODULES = 3


MOST_NAMES = 4
"""Names that one message lists at most. They are modules, or names of a module, that the assignment asks for."""


MOST_CELLS = 3
"""Unreadable cells of which the error is told."""


CALLS = {"make_criterion": "make_criterion()", "make_optimizer": "make_optimizer(model)"}
"""How the assignment calls its functions that return objects."""


WITH_PLACES = ("max", "min", "topk", "sort")
"""Functions of torch that return a pair, the values and where they stand."""


ACTIVATIONS = "relu|elu|silu|swish|mish|tanh|sigmoid|softplus|activ|^act"
"""Names of activations. They tell what a line without effect was meant for."""


TOLERANCE = 1e-4
"""Relative to the spread of the scores. A sum of n float32 products depends on their order by about n·6e-8; batch
normalisation and softmax multiply that a few times. Real dependence on other samples is of the order of 1."""


def _unimported(module: Module, raised: Raised, reading: Reading) -> Said:
    """Why a module of the submission cannot be imported."""
    file = f"{module.name}.py"
    data: dict[str, Filling] = {**told(raised, (file, f"import {module.name}"))}
    if raised.exception == "ModuleNotFoundError" and f"No module named 'student.{module.name}'" in raised.message:
        alike = next((miss.found for miss in reading.near_misses if miss.name == file), None)
        if alike is not None:
            return Said("structure/module-miscalled", {"module": file, "found": alike})
        return Said("structure/module-missing", {"module": file, "names": ", ".join(module.missing[:MOST_NAMES])})
    if raised.exception == "ModuleNotFoundError" and reading.is_notebook:
        return Said("structure/cell-imports", data | {"module": file})
    unknown = "structure/cell-fails" if reading.is_notebook else "structure/import-fails"
    return Said(advice(raised) or unknown, data | {"module": file})


def _missing(name: str, module: str, reading: Reading) -> Said:
    """Describe a missing name. The message tells what its author may have meant to be it."""
    data: dict[str, Filling] = {"name": name, "module": module}
    miss = next((miss for miss in reading.near_misses if miss.name == name), None)
    if miss is None:
        return Said("missing/in-cells" if reading.is_notebook else "missing/in-module", data)
    data |= {"where": place_of(miss.place), "found": miss.found, "scope": miss.scope, "call": CALLS.get(name, name)}
    return Said(f"missing/{miss.kind}", data)


def _faults(load: Load, reading: Reading) -> list[Said]:
    """List everything that keeps names from being found. These are the names of the assignment."""
    faults: dict[object, Said] = {}
    missing: list[Said] = []
    cells = sorted(reading.unreadable, key=lambda cell: not cell.names)[:MOST_CELLS]
    told_with_cells = {name for cell in cells for name in cell.names}
    for module in load.modules[:MOST_MODULES]:
        if module.error is not None:  # of a notebook, the same for all three
            fault = _unimported(module, module.error, reading)
            faults.setdefault((fault.hint, fault.data.get("where")), fault)
        else:
            names = (name for name in module.missing[:MOST_NAMES] if name not in told_with_cells)
            missing += [_missing(name, f"{module.name}.py", reading) for name in names]
    if not faults and not any(module.missing for module in load.modules):
        return []
    hint = "structure/cell-names-missing" if reading.is_notebook else "structure/name-missing"
    return [*map(unread, cells), *faults.values(), *([Said(hint, {"names": tuple(missing)})] if missing else [])]


@visible
def test_loads(load: Load, reading: Reading) -> None:
    """The three modules import and define their names. The assignment says which."""
    faults = _faults(load, reading)
    if len(faults) > 1:
        fail("structure/faults", faults=tuple(faults), n=len(faults))
    if faults:
        fail(faults[0].hint, None, **faults[0].data)
    for name, value, shown in (
        ("BATCH_SIZE", load.batch_size, load.batch_size_repr),
        ("N_EPOCHS", load.n_epochs, load.n_epochs_repr),
    ):
        if value is None or value < 1:
            fail("structure/bad-setting", name=name, got=shown)


@visible
def test_builds(build: Build) -> None:
    """`Net()` gives an `nn.Module`."""
    if not build.is_module:
        fail("structure/not-a-module", got=build.type_name)


def _fails_on(run: ShapeRun, *, everywhere: bool) -> NoReturn:
    """Fail with the reason `Net` stops on a batch. `everywhere`: it is not the size that it stops on."""
    error = run.error
    assert error is not None
    stub = unwritten(error)
    if stub is not None:
        fail("outcome/not-implemented", **stub)
    known = advice(error)
    data = told(error, ("net.py", "Net()(images)"))
    if known == "outcome/batch-norm-alone" and run.mode == "eval":
        fail("structure/batch-norm-in-eval", n=run.n, **data)
    if not everywhere and known != "outcome/train-overridden":
        fail("structure/fixed-batch-size", n=run.n, **data)
    fail(known or "structure/forward-fails", n=run.n, mode=run.mode, **data)


def _shape_hint(run: ShapeRun, *, digits: bool) -> str:
    """The message about an output of the wrong shape. `digits`: it seems to be the digits themselves."""
    if not run.floating or digits:
        return "structure/returns-labels"
    if run.shape in ([run.n], [run.n, 1]):
        return "structure/one-output"
    return "structure/number-of-scores" if len(run.shape) == 2 and run.shape[0] == run.n else "structure/output-shape"


@visible
def test_output_shape(shapes: Shapes) -> None:
    """Images (N, 1, 28, 28) give scores (N, 10). The scores are floating numbers, for any N."""
    broken = [run for run in shapes.runs if run.error is not None]
    if broken:
        works = {run.n for run in shapes.runs if run.error is None}
        _fails_on(broken[0], everywhere=not works or broken[0].n in works)
    numbers = [run.n_digits for run in shapes.runs if run.shape != [run.n, 10]]
    digits = all(numbers) and max(numbers, default=0) > 1  # a dead ReLU gives the same whole number for all images
    for run in shapes.runs:
        expected = [run.n, 10]
        if run.kind in WITH_PLACES:
            fail("structure/returns-labels", got=f"torch.{run.kind}(…)", expected=str(tuple(expected)))
        if run.kind != "Tensor":
            fail("structure/not-a-tensor", got=run.kind)
        if run.shape != expected:
            fail(_shape_hint(run, digits=digits), n=run.n, got=str(tuple(run.shape)), expected=str(tuple(expected)))
        if not run.floating:
            fail("structure/returns-labels", n=run.n, got=run.dtype, expected="float32")


@visible
def test_sample_independence(samples: Samples, shapes: Shapes) -> None:
    """In eval mode samples do not affect each other.

    The scores of one do not depend on the other samples of its batch.
    """
    if any(run.mode == "eval" and run.error and advice(run.error) == "outcome/batch-norm-alone" for run in shapes.runs):
        wait_for("structure/output-shape")  # what fails on a single image depends on company, and was told there
    one, other = samples.first_batch, samples.second_batch
    if samples.input_changed > 0:
        fail("structure/input-changed", staff_note=f"by up to {samples.input_changed:.3g}")
    if not np.isfinite(one).all():
        fail("structure/scores-not-finite")
    scale = float(np.abs(one - one.mean()).max()) or 1.0
    difference = float(np.abs(one[: samples.shared] - other[: samples.shared]).max()) / scale
    forgetful = float(np.abs(one - samples.first_batch_again).max()) / scale
    # where the same batch again has other scores, that is not for its company: `dropout/off-in-eval` tells why
    if difference <= TOLERANCE or forgetful > TOLERANCE:
        return
    note = f"relative difference in other company {difference:.2g}"
    columns = one if (one >= 0).all() else np.exp(np.minimum(one, 1))
    if np.allclose(columns.sum(axis=0), 1, atol=1e-3):
        fail("structure/softmax-over-batch", staff_note=note)
    fail("structure/batch-dependent", staff_note=note)


def _logits(scores: np.ndarray) -> np.ndarray:
    """Undo a final softmax or log-softmax.

    Scores are known up to a constant per sample; a single score stays as it is.
    """
    rows = scores.astype(np.float64)
    if rows.shape[1] == 1:
        return rows
    if (rows >= 0).all() and np.allclose(rows.sum(axis=1), 1, atol=1e-3):
        rows = np.log(np.maximum(rows, 1e-30))
    centred: np.ndarray = rows - rows.mean(axis=1, keepdims=True)
    return centred


@visible
def test_layers(layers: Layers, rules: Rules) -> None:
    """The network has the hidden layers asked for. There are as many, of the kind that the assignment names."""
    hidden = layers.weight_tensors - 1
    if hidden < 1 == rules.min_hidden_layers:
        fail("structure/no-hidden-layer")
    if hidden < rules.min_hidden_layers:
        fail("structure/too-few-layers", got=hidden, wanted=rules.min_hidden_layers)
    if rules.forbid_convolutions and layers.convolutions:
        fail("structure/convolutions-forbidden", n=layers.convolutions)


@after("structure/layers")
@visible
def test_nonlinear(linearity: Linearity) -> None:
    """A non-linearity works between the layers. Scores do not follow straight lines between images."""
    a, b = _logits(linearity.at_a), _logits(linearity.at_b)
    apart = float(np.abs(b - a).max())
    if apart < 1e-5 * float(np.abs(linearity.at_b - linearity.at_a).max()):
        fail("structure/scores-move-together", staff_note=f"from image to image classes differ by {apart:.2g}")
    scale = apart or 1.0
    bends = [
        float(np.abs(_logits(middle) - (a + t * (b - a))).max()) / (scale * max(1.0, t))
        for middle, t in zip(linearity.between, linearity.t, strict=True)
    ]
    # a straight line is followed to rounding (1e-5 or so); a hidden layer of ReLUs bends by several per cent
    if np.max(bends) < 1e-3:  # false where one is not a number, as far from all images it may be
        refuse_without_effect(linearity.idle, ACTIVATIONS)
        fail("structure/linear-stack", staff_note=f"largest relative bend {np.max(bends):.2g}")


@visible
def test_registered(gradients: Gradients) -> None:
    """`parameters()` lists every trainable tensor in use. `forward` uses them, and creates none."""
    recreated = [tensor for tensor in gradients.foreign if tensor.recreated]
    if recreated:
        fail("structure/layer-created-in-forward", shape=str(tuple(recreated[0].shape)))
    if gradients.foreign:
        fail("structure/layer-not-registered", shape=str(tuple(gradients.foreign[0].shape)), n=len(gradients.foreign))


@after("structure/registered")
@visible
def test_gradients(gradients: Gradients) -> None:
    """Every parameter is trainable and receives a gradient."""
    if gradients.error is not None:
        known = advice(gradients.error) or "structure/backward-fails"
        hint = "structure/changed-in-place" if known == "outcome/in-place" else known
        fail(hint, **told(gradients.error, ("net.py", "Net()(images).sum().backward()")))
    if not gradients.scores_have_graph:
        fail("structure/no-graph")
    for use in gradients.parameters:
        if not use.trainable:
            fail("structure/frozen-parameter", name=use.name)
    silent = [use for use in gradients.parameters if use.gradient in ("none", "zero")]
    if silent:
        layer = silent[0].name.rpartition(".")[0].rpartition(".")[2]
        refuse_without_effect(gradients.idle, f"^{re.escape(layer)}$")
        hint = "structure/unused-parameter" if silent[0].gradient == "none" else "structure/zero-gradient"
        fail(hint, name=silent[0].name, n=len(silent))
    bad = [use for use in gradients.parameters if use.gradient == "not finite"]
    if bad and not gradients.scores_finite:
        fail("structure/scores-not-finite")
    if bad:
        fail("structure/gradient-not-finite", name=bad[0].name)


@visible
def test_budget(build: Build, rules: Rules) -> None:
    """The network is no larger than the assignment allows."""
    if build.is_module and build.n_parameters > rules.max_parameters:
        fail("structure/too-many-parameters", got=build.n_parameters, limit=rules.max_parameters)
