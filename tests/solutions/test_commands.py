"""`python -m student look|train|evaluate|predictions`, and what they say where they cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from torch import Tensor

from solutions import plots
from solutions.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a short training on digits."""
    out = tmp_path_factory.mktemp("runs")
    assert main(["train", "--dataset", "digits", "--epochs", "4", "--device", "cpu", "--out", str(out)]) == 0
    return out


def test_look_draws_two_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sixteen digits, and one with its values; the paths are printed."""
    assert main(["look", "--dataset", "digits", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digits.png", "pixels.png"]
    assert str(tmp_path / "pixels.png") in capsys.readouterr().out


def test_training_leaves_weights_and_figures(trained: Path) -> None:
    """The weights, the learning curve, and the confusion matrix of the test that follows."""
    assert {path.name for path in trained.iterdir()} >= {"weights.pt", "learning_curve.png", "confusion_matrix.png"}


def test_training_says_with_how_many_threads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was measured stands in the first line."""
    options = ["--dataset", "digits", "--epochs", "1", "--device", "cpu", "--out", str(tmp_path)]
    assert main(["train", *options]) == 0
    first, _, _ = capsys.readouterr().out.partition("\n")
    assert first.endswith(f"1 epochs, cpu, threads: {torch.get_num_threads()}")


def test_evaluate_reports_every_digit(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The trained weights are loaded: far better than chance."""
    assert main(["evaluate", "--dataset", "digits", "--device", "cpu", "--out", str(trained)]) == 0
    out = capsys.readouterr().out
    assert all(f"Test Accuracy of {digit}: " in out for digit in range(10))
    overall = next(line for line in out.splitlines() if line.startswith("Test Accuracy (overall)"))
    assert float(overall.split(": ")[1].split("%")[0]) > 50


def test_predictions_are_drawn_with_the_mistakes(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight test images with the network's answers, and up to eight more that are wrong."""
    drawn: list[tuple[Tensor, Tensor]] = []
    draw = plots.predictions

    def noted(images: Tensor, labels: Tensor, predicted: Tensor) -> Figure:
        drawn.append((labels, predicted))
        return draw(images, labels, predicted)

    monkeypatch.setattr(plots, "predictions", noted)
    assert main(["predictions", "--dataset", "digits", "--device", "cpu", "--out", str(trained)]) == 0
    assert (trained / "predictions.png").stat().st_size > 1000
    ((labels, predicted),) = drawn
    assert 8 < len(labels) <= 16
    assert not (labels == predicted)[8:].any()


@pytest.mark.parametrize("command", ["evaluate", "predictions"])
def test_without_weights_the_way_to_them_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr, exit code 1."""
    assert main([command, "--dataset", "digits", "--out", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert str(tmp_path / "weights.pt") in message
    assert "train` first" in message


def test_weights_of_another_network_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Net was changed after the training: no traceback of torch."""
    torch.save({"other.weight": torch.zeros(2)}, tmp_path / "weights.pt")
    assert main(["evaluate", "--dataset", "digits", "--out", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "does not fit Net as it is now" in message


def test_without_data_the_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data root without MNIST in it is named, in one line."""
    assert main(["look", "--data-root", str(tmp_path / "nowhere"), "--out", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "nowhere" in message


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device that the test asks for in vain")
def test_a_device_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CUDA on a machine without it is one line, and says how to go on."""
    assert main(["train", "--dataset", "digits", "--device", "cuda", "--out", str(tmp_path)]) == 1
    assert "no device 'cuda'" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-3", "many"])
def test_epochs_are_a_positive_number(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What argparse refuses ends with its exit code for usage."""
    with pytest.raises(SystemExit) as caught:
        main(["train", "--epochs", number])
    assert caught.value.code == 2
    assert "--epochs" in capsys.readouterr().err


def test_stubs_are_named_with_file_and_line(tmp_path: Path) -> None:
    """`train` on the released stubs says which part is to be written, and shows no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "student", "train", "--dataset", "digits", "--out", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("net.py:")
    assert "`__init__` is not written yet" in done.stderr
    assert "Traceback" not in done.stderr


def test_watch_needs_the_tests_of_the_released_folder(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there are none one line says so, without waiting for a save."""
    assert main(["watch"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "no tests to run" in said.err


def test_watch_is_listed_with_the_other_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """It is carried out elsewhere, so that it starts while modules cannot be imported."""
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "watch" in capsys.readouterr().out


def test_watch_imports_nothing_that_is_heavy_or_yours() -> None:
    """It starts at once, and while `net.py` cannot be read."""
    code = (
        "import sys, solutions.__main__ as program; program.main(['watch']); "
        "print(sorted({'torch', 'solutions.net', 'solutions.data'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]"
