"""Look at the digits, train the network, see results. `python -m student look|train|evaluate|predictions`."""

import argparse
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import torch
from torch import nn

from . import data, evaluation, threads
from .net import Net
from .objective import BATCH_SIZE, N_EPOCHS, make_criterion, make_optimizer
from .training import train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WEIGHTS = "weights.pt"
TEST_BATCH = 500


class UsageError(Exception):
    """A command cannot do what it was asked. The message says why and what to do."""


def _device(name: str) -> torch.device:
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if available[kind]))
    if not available[name]:
        raise UsageError(f"this machine has no device {name!r}: leave --device out to use what it has")
    return torch.device(name)


def _trained(options: argparse.Namespace, device: torch.device) -> nn.Module:
    """`Net` with the weights that `train` has written.

    Raises:
        UsageError: there are none, or they are of another network.
    """
    path = options.out / WEIGHTS
    if not path.is_file():
        raise UsageError(f"there are no weights in {path}: run `python -m {__package__} train` first")
    net = Net()
    try:
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises whatever a damaged or foreign file makes it stumble over
        raise UsageError(f"{path} does not fit Net as it is now: run `python -m {__package__} train` again") from error
    return net.to(device)


def _plots() -> ModuleType:
    """Import the module `plots` late. Everything else here works without matplotlib."""
    try:
        from . import plots
    except ImportError as error:
        raise UsageError(f"figures are drawn with matplotlib ({error}): pip install matplotlib") from error
    return plots


def _save(figure: "Figure", path: Path) -> None:
    _plots().save(figure, path)
    print(path)


def look(options: argparse.Namespace) -> None:
    """Draw 16 training images, and one with its numbers."""
    images, labels = data.load(options.dataset, options.data_root).train.batch(range(16))
    _save(_plots().digits(images, labels), options.out / "digits.png")
    _save(_plots().pixels(images[0], int(labels[0])), options.out / "pixels.png")


def train_network(options: argparse.Namespace) -> None:
    """Train Net, save its weights, and test it. The learning curve is drawn, too."""
    device, plots = _device(options.device), _plots()
    sets = data.load(options.dataset, options.data_root)
    batch_size = options.batch_size or BATCH_SIZE
    where = str(device)
    if device.type == "cpu":
        where += f", threads: {threads.choose_for_training(sets.train, batch_size)}"
    torch.manual_seed(options.seed)
    loader = data.make_loader(sets.train, batch_size, shuffle=True, num_workers=options.num_workers)
    net = Net().to(device)
    n_epochs = options.epochs or N_EPOCHS * data.EPOCHS_FACTOR[options.dataset]
    print(f"{len(sets.train)} images of {options.dataset}, batches of {batch_size}, {n_epochs} epochs, {where}")
    losses = train(net, loader, make_criterion(), make_optimizer(net), n_epochs, device)
    torch.save(net.state_dict(), options.out / WEIGHTS)
    print(options.out / WEIGHTS)
    _save(plots.learning_curve(losses), options.out / "learning_curve.png")
    evaluate(options)


def evaluate(options: argparse.Namespace) -> None:
    """Test the trained network. Shows the loss, the accuracy of each digit and overall; draws the confusion matrix."""
    device = _device(options.device)
    net = _trained(options, device)
    loader = data.make_loader(data.load(options.dataset, options.data_root).test, TEST_BATCH, shuffle=False)
    result = evaluation.evaluate(net, loader, make_criterion(), device)
    print("\n".join(result.lines()))
    _save(_plots().confusion_matrix(result.confusion), options.out / "confusion_matrix.png")


def predictions(options: argparse.Namespace) -> None:
    """Draw eight test images and the eight worst mistakes. Their titles are "predicted (true)", in green or red."""
    device = _device(options.device)
    net = _trained(options, device)
    test = data.load(options.dataset, options.data_root).test
    scores, truth = evaluation.score(net, data.make_loader(test, TEST_BATCH, shuffle=False), device)
    generator = torch.Generator().manual_seed(options.seed)
    some = torch.randperm(len(test), generator=generator)[:8].tolist()
    chosen = some + evaluation.worst_mistakes(scores, truth, 8)
    images, labels = test.batch(chosen)
    _save(_plots().predictions(images, labels, scores.argmax(dim=1)[chosen]), options.out / "predictions.png")


COMMANDS = {"look": look, "train": train_network, "evaluate": evaluate, "predictions": predictions}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--dataset", choices=tuple(data.EPOCHS_FACTOR), default="mnist")
    common.add_argument("--data-root", type=Path, help=f"folder with MNIST/raw/ (else ${data.ROOT_VARIABLE}, a cache)")
    common.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    common.add_argument("--out", type=Path, default=Path("runs"), help="folder for weights and figures (runs)")
    common.add_argument("--seed", type=int, default=0, help="of initial weights, order and choice of images (0)")
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description="The perceptron homework.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("watch", help="Run the tests whenever a file is saved, and show what to do first.")
    commands.add_parser("from-notebook", help="Write what a notebook defines to the three files.")
    for name, command in COMMANDS.items():
        about = (command.__doc__ or "").strip()
        added = commands.add_parser(name, parents=[common], help=about, description=about)
        if name == "train":
            added.add_argument("--epochs", type=_positive, help="instead of N_EPOCHS")
            added.add_argument("--batch-size", type=_positive, help="instead of BATCH_SIZE")
            added.add_argument("--num-workers", type=int, default=0, help="processes that load images (0)")
    return parser


def _run(options: argparse.Namespace) -> None:
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"nothing can be written to {options.out} ({error.strerror}): choose another --out") from error
    try:
        COMMANDS[options.command](options)
    except NotImplementedError as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        if Path(place.filename).parent != Path(__file__).parent:  # torch says it too, of what a device cannot do
            raise
        where = f"{Path(place.filename).name}:{place.lineno}"
        raise UsageError(f"{where}: `{place.name}` is not written yet ({error})") from error


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns 0 where it worked, 1 where a line on stderr says why not."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except (UsageError, data.DataError) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    else:
        return 0
    return 1
