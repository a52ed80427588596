"""Whatever stands in place of a missing name is found. So its author can be told."""

from __future__ import annotations

import pytest

from grader.source.bounded import SMALL, misplaced, slice_notebook

NET = "class Net: ...\n"
OBJECTIVE = "def make_criterion(): ...\ndef make_optimizer(model): ...\nBATCH_SIZE = N_EPOCHS = 1\n"
TRAINING = "def train(): ...\n"
WHOLE = {"net.py": NET, "objective.py": OBJECTIVE, "training.py": TRAINING}


def told(files: dict[str, str]) -> dict[str, tuple[object, ...]]:
    """Return what stands in place of each missing name.

    That is kind, what was found, file, line and scope. `files` replace those of the whole package.
    """
    found = misplaced({name: text.encode() for name, text in (WHOLE | files).items()})
    return {miss["name"]: tuple(miss[key] for key in ("kind", "found", "file", "line", "scope")) for miss in found}


def test_of_a_whole_package_nothing_is_told() -> None:
    """Of a whole package nothing is told. Its modules may even be no Python."""
    assert told({}) == {}
    assert told({"more.py": "def ("}) == {}


@pytest.mark.parametrize(
    ("files", "name", "expected"),
    [
        (
            {"training.py": f"import torch\nif __name__ == '__main__':\n    {TRAINING}"},
            "train",
            ("main", "train", "training.py", 3, ""),
        ),
        (
            {"training.py": "if '__main__' == __name__: train = print"},
            "train",
            ("main", "train", "training.py", 1, ""),
        ),
        ({"net.py": "def main():\n    class Net: ..."}, "Net", ("function", "Net", "net.py", 2, "main")),
        ({"training.py": "class T:\n    def train(self): ..."}, "train", ("class", "train", "training.py", 2, "T")),
        (
            {"training.py": "class T:\n    def train(self): ...\ndef train_model(): ..."},
            "train",
            ("like", "train_model", "training.py", 3, ""),
        ),
        (
            {"net.py": NET + TRAINING, "training.py": "# train"},
            "train",
            ("elsewhere", "train", "net.py", 2, ""),
        ),
        ({"net.py": "class N\u0435t(nn.Module): ..."}, "Net", ("letters", "N\u0435t", "net.py", 1, "")),
        (
            {"objective.py": OBJECTIVE.replace("BATCH_SIZE", "\u0412ATCH_SIZE")},
            "BATCH_SIZE",
            ("letters", "\u0412ATCH_SIZE", "objective.py", 3, ""),
        ),
        ({"net.py": "class MyNet(nn.Module): ..."}, "Net", ("network", "MyNet", "net.py", 1, "")),
        ({"net.py": "class MLP:\n    def forward(self, x): ..."}, "Net", ("network", "MLP", "net.py", 1, "")),
        (
            {"net.py": "class B(nn.Module): ...\nclass A(Z):\n    def forward(self): B()\nclass C(Y): ..."},
            "Net",
            ("network", "A", "net.py", 2, ""),
        ),
        ({"net.py": "class Config: ..."}, "Net", None),
        ({"net.py": "from .parts import Mlp"}, "Net", None),
        (
            {"objective.py": OBJECTIVE.replace("make_optimizer", "make_optimiser")},
            "make_optimizer",
            ("like", "make_optimiser", "objective.py", 2, ""),
        ),
        (
            {"objective.py": OBJECTIVE.replace("def make_criterion(): ...", "criterion = L()")},
            "make_criterion",
            ("value", "criterion", "objective.py", 1, ""),
        ),
        (
            {"objective.py": OBJECTIVE.replace("make_criterion", "criterion")},
            "make_criterion",
            ("like", "criterion", "objective.py", 1, ""),
        ),
        (
            {"objective.py": OBJECTIVE.replace("N_EPOCHS", "EPOCHS = TEST_EPOCHS")},
            "N_EPOCHS",
            ("like", "EPOCHS", "objective.py", 3, ""),
        ),
        (
            {"objective.py": OBJECTIVE.replace("BATCH_SIZE", "batch_size")},
            "BATCH_SIZE",
            ("like", "batch_size", "objective.py", 3, ""),
        ),
        ({"training.py": "def train_one_epoch(): ...\nclass Trainer: ...\ntrain_loader = 1"}, "train", None),
        ({"training.py": "def test(): ...\ntry:\n    x = 1\nfinally:\n    y = 2"}, "train", None),
    ],
)
def test_what_is_meant_is_found(files: dict[str, str], name: str, expected: tuple[object, ...] | None) -> None:
    """A missing name is found elsewhere, or under another name."""
    assert told(files).get(name) == expected


def test_long_sources_are_treated_alike() -> None:
    """Long sources are treated alike. They are parsed in a child."""
    files = {"net.py": "class MyNet(nn.Module): ..."}
    assert told(files) == told({**files, "filling.py": f"# {'x' * SMALL}"}) != {}


def test_of_a_notebook_the_cell_is_told() -> None:
    """In a notebook the cell of a missing name is told.

    A loop is never run, a guard holds, and every cell stands for every module.
    """
    cells = [
        "if __name__ == '__main__':\n    class Net: ...",
        "for N_EPOCHS in (1, 2):\n    BATCH_SIZE = 3",
        "loss_fn = 1",
    ]
    found = slice_notebook(cells, 100)["near_misses"]
    assert [(miss["name"], miss["kind"], miss["cell"], miss["line"]) for miss in found] == [
        ("make_criterion", "value", 3, 1),
        ("BATCH_SIZE", "loop", 2, 2),
        ("N_EPOCHS", "loop", 2, 1),
    ]
