"""`python -m student look|train|evaluate|predictions` work. Where they cannot, they say why in one line."""

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
    """Train shortly on digits, and return the output folder."""
    out = tmp_path_factory.mktemp("runs")
    assert main(["train", "--dataset", "digits", "--epochs", "4", "--device", "cpu", "--out", str(out)]) == 0
    return out


def test_look_draws_two_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`look` draws sixteen digits, and one with its values. The paths of both figures are printed."""
    assert main(["look", "--dataset", "digits", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digits.png", "pixels.png"]
    assert str(tmp_path / "pixels.png") in capsys.readouterr().out


def test_training_leaves_weights_and_figures(trained: Path) -> None:
    """`train` leaves weights, learning curve and confusion matrix."""
    assert {path.name for path in trained.iterdir()} >= {"weights.pt", "learning_curve.png", "confusion_matrix.png"}


def test_training_says_with_how_many_threads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line of a training tells the threads used."""
    options = ["--dataset", "digits", "--epochs", "1", "--device", "cpu", "--out", str(tmp_path)]
    assert main(["train", *options]) == 0
    first, _, _ = capsys.readouterr().out.partition("\n")
    assert first.endswith(f"1 epochs, cpu, threads: {torch.get_num_threads()}")


def test_evaluate_reports_every_digit(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`evaluate` reports every digit. The trained weights are far better than chance."""
    assert main(["evaluate", "--dataset", "digits", "--device", "cpu", "--out", str(trained)]) == 0
    out = capsys.readouterr().out
    assert all(f"Test Accuracy of {digit}: " in out for digit in range(10))
    overall = next(line for line in out.splitlines() if line.startswith("Test Accuracy (overall)"))
    assert float(overall.split(": ")[1].split("%")[0]) > 50


def test_predictions_are_drawn_with_the_mistakes(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`predictions` draws eight test images and up to eight mistakes."""
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
    """Without weights one line says how to get them."""
    assert main([command, "--dataset", "digits", "--out", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert str(tmp_path / "weights.pt") in message
    assert "train` first" in message


def test_weights_of_another_network_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Weights of another network are told in one line. Net was changed after the training."""
    torch.save({"other.weight": torch.zeros(2)}, tmp_path / "weights.pt")
    assert main(["evaluate", "--dataset", "digits", "--out", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "does not fit Net as it is now" in message


def test_without_data_the_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without MNIST is named in one line."""
    assert main(["look", "--data-root", str(tmp_path / "nowhere"), "--out", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "nowhere" in message


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device that the test asks for in vain")
def test_a_device_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing device is refused in one line. It says how to go on."""
    assert main(["train", "--dataset", "digits", "--device", "cuda", "--out", str(tmp_path)]) == 1
    assert "no device 'cuda'" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-3", "many"])
def test_epochs_are_a_positive_number(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Epochs must be a positive number. Anything else ends with the exit code for wrong usage."""
    with pytest.raises(SystemExit) as caught:
        main(["train", "--epochs", number])
    assert caught.value.code == 2
    assert "--epochs" in capsys.readouterr().err


def test_stubs_are_named_with_file_and_line(tmp_path: Path) -> None:
    """`train` on stubs names the part to be written. It tells file and line, without a traceback."""
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
    """`watch` without tests says so in one line. It does not wait for a save."""
    assert main(["watch"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "no tests to run" in said.err


def test_watch_is_listed_with_the_other_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` lists `watch` with the other commands.

    It is implemented elsewhere, to start while modules cannot be imported.
    """
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "watch" in capsys.readouterr().out


def test_watch_imports_nothing_that_is_heavy_or_yours() -> None:
    """`watch` imports neither torch nor the student's modules.

    It starts at once, even while `net.py` cannot be read.
    """
    code = (
        "import sys, solutions.__main__ as program; program.main(['watch']); "
        "print(sorted({'torch', 'solutions.net', 'solutions.data'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]"
