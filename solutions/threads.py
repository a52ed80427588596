"""Lets torch's threads sleep while they wait. Import this before torch.

A step of a small network takes a millisecond or two. Several threads then wait for each other more than they compute,
and as they come they wait at full speed: beside any other program the training takes several times as long. So they are
told to sleep, which torch reads when it is imported, and `choose` measures how many of them pay.

Whoever sets OMP_NUM_THREADS or OMP_WAIT_POLICY is obeyed.
"""

import contextlib
import io
import os
import statistics
import time
from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .data import Digits

ASLEEP = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "3000"}
"""Variables that let waiting threads sleep. The first is for every library of threads; with the second, GNU's looks
round for a moment before it sleeps."""
_WAITING = (*ASLEEP, "KMP_BLOCKTIME")
_NUMBER = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
_WORTH = 0.85
"""Share of time below which more threads pay. They are taken from other programs."""
_ROUNDS = 5
_AT_LEAST_SECONDS, _AT_MOST_SECONDS = 0.01, 1.0
"""Bounds on the time of measuring. The first is for one measurement, so that it tells something, the second for all of
them about."""


def let_sleep(environment: MutableMapping[str, str]) -> None:
    """Add what lets waiting threads sleep.

    Args:
        environment: where nothing is changed if it says already how threads wait.
    """
    if not any(name in environment for name in _WAITING):
        environment.update(ASLEEP)


let_sleep(os.environ)


def are_given() -> bool:
    """Whether the environment names a number of threads."""
    return any(os.environ.get(name) for name in _NUMBER)


@contextlib.contextmanager
def one() -> Iterator[None]:
    """Compute with one thread meanwhile. The environment may say otherwise."""
    import torch

    before = torch.get_num_threads()
    if not are_given():
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _seconds(step: Callable[[], object], times: int) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        step()
    return (time.perf_counter() - begin) / times


def choose(step: Callable[[], object]) -> int:
    """Take as many threads as pay in `step`.

    One, two, four and so on are tried in turns, up to as many as torch has now. It takes about a second at most, or a
    few steps where these are long.

    Args:
        step: is called a few times. What it raises is passed on, and the threads stay as they were.

    Returns:
        The number of threads that torch has now.
    """
    import torch

    most = torch.get_num_threads()
    if are_given() or most == 1:
        return most
    numbers = [*(2**k for k in range(most.bit_length()) if 2**k < most), most]
    taken: dict[int, list[float]] = {number: [] for number in numbers}
    begin, chosen = time.monotonic(), most
    try:
        step()  # the first one also makes what later ones find
        times = max(1, round(_AT_LEAST_SECONDS / max(_seconds(step, 1), 1e-6)))
        for _ in range(_ROUNDS):
            for number in numbers:
                torch.set_num_threads(number)
                step()  # the first one wakes them
                taken[number].append(_seconds(step, times))
            if time.monotonic() - begin > _AT_MOST_SECONDS:
                break
        chosen = 1
        for number in numbers:
            if statistics.median(taken[number]) < _WORTH * statistics.median(taken[chosen]):
                chosen = number
    finally:
        torch.set_num_threads(chosen)
    return chosen


def choose_for_training(digits: "Digits", batch_size: int) -> int:
    """Choose the threads for training `Net`.

    As many are taken as pay in a step with its criterion and its optimizer.

    A network of its own is trained for a few steps. Nothing is chosen where one fails: the training itself will say
    why. Random numbers are drawn afterwards as if nothing had been.

    Args:
        digits: what is trained on.
        batch_size: images per step.

    Returns:
        The number of threads that torch has now.
    """
    import torch

    def step() -> None:
        optimizer.zero_grad()
        criterion(net(images), labels).backward()
        optimizer.step()

    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()), torch.random.fork_rng(devices=[]):
        from .net import Net
        from .objective import make_criterion, make_optimizer

        images, labels = digits.batch(range(min(batch_size, len(digits))))
        net = Net().train()
        criterion, optimizer = make_criterion(), make_optimizer(net)
        choose(step)
    return torch.get_num_threads()
