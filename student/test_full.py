"""Trains for real, with `pytest student --full`: on MNIST, or on the small digits where MNIST cannot be had."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch.utils.data import DataLoader

from student._kit.worker.loader import BatchLoader, DigitSet
from student.data import EPOCHS_FACTOR, Data, DataError, load_digits, load_mnist
from student.evaluation import Evaluation, evaluate, wilson_interval

TARGETS = {"mnist": 0.99, "digits": 0.97}
WORDS = {
    "en": {
        "instead": "training on the small digits instead: it shows that everything works, not 99 %",
        "result": "{data}: accuracy {share} % ({correct} of {total}), 95 % interval {low} to {high} %",
        "short": "the goal is {goal} %",
        "decimal mark": ".",
    },
    "ru": {
        "instead": "вместо этого обучаем на маленьких цифрах: видно, что всё работает, но не 99 %",
        "result": "{data}: точность {share} % ({correct} из {total}), интервал 95 %: {low}–{high} %",
        "short": "цель — {goal} %",
        "decimal mark": ",",
    },
}


def _data(words: Mapping[str, str]) -> tuple[str, Data]:
    try:
        return "mnist", load_mnist()
    except DataError as error:
        print(f"\n{error}\n{words['instead']}")
        return "digits", load_digits()


def _device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _trained(name: str, data: Data) -> Evaluation:
    from student.net import Net
    from student.objective import BATCH_SIZE, N_EPOCHS, make_criterion, make_optimizer
    from student.training import train

    device = _device()
    torch.manual_seed(0)
    net = Net().to(device)
    criterion, optimizer = make_criterion(), make_optimizer(net)
    loader = BatchLoader(DigitSet(data.train.images, data.train.labels), BATCH_SIZE)
    train(net, loader, criterion, optimizer, N_EPOCHS * EPOCHS_FACTOR[name], device)
    return evaluate(net, DataLoader(data.test, batch_size=500), criterion, device)


@pytest.mark.timeout(3600)
def test_full_training(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    """Your network, trained by your `train`, reads 99 % of the test digits."""
    if not request.config.getoption("--full"):
        pytest.skip("trains for minutes: ask for it with --full")
    words = WORDS[request.config.pluginmanager.get_plugin("student-tests").language]
    with capsys.disabled():
        name, data = _data(words)
        result = _trained(name, data)
        low, high = wilson_interval(result.correct, result.total)
        shares = {"share": result.accuracy, "low": low, "high": high}
        numbers = {key: f"{100 * share:.2f}".replace(".", words["decimal mark"]) for key, share in shares.items()}
        text = words["result"].format(data=name, correct=result.correct, total=result.total, **numbers)
        print(f"\n{text}")
    if result.accuracy < TARGETS[name]:
        pytest.fail(f"{text}: {words['short'].format(goal=round(100 * TARGETS[name]))}", pytrace=False)
