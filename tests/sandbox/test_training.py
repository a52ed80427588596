"""An honest training works in every sandbox. It uses threads, loader workers, shared memory and files."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from tests.testing.sandbox.stage import MEBIBYTE, WITH_LIMITS, Stage, kind_of

TRAIN = """
import torch
from torch import nn
torch.set_num_threads(2)
images, labels = torch.rand(64, 1, 28, 28), torch.randint(10, (64,))
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))
first = nn.functional.cross_entropy(net(images), labels)
first.backward()
with torch.no_grad():
    for parameter in net.parameters():
        parameter -= 0.01 * parameter.grad
assert nn.functional.cross_entropy(net(images), labels) < first
"""
LOAD = """
import torch
from torch.utils.data import DataLoader, TensorDataset
data = TensorDataset(torch.arange(64.0))
loader = DataLoader(data, batch_size=16, num_workers=2, persistent_workers=True, shuffle=True)
for epoch in range(2):
    assert sorted(value.item() for (batch,) in loader for value in batch) == list(range(64))
"""
SAVE = """
import os, torch
path = os.environ['TMPDIR'] + '/best.pt'
torch.save({'weight': torch.ones(3)}, path)
assert torch.load(path)['weight'].sum() == 3
"""


LOCK = """
import fcntl, os, sqlite3
with open(os.environ['TMPDIR'] + '/lock', 'w+') as file:
    for lock in (fcntl.flock, fcntl.lockf):
        for operation in (fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_SH, fcntl.LOCK_UN):
            lock(file, operation)
for mode in ('delete', 'wal'):
    one, other = (sqlite3.connect(os.environ['TMPDIR'] + '/' + mode) for _ in range(2))
    assert one.execute(f'pragma journal_mode={mode}').fetchone() == (mode,)
    with one:
        one.execute('create table losses (epoch, loss)')
        one.execute('insert into losses values (1, 2.3)')
    assert other.execute('select * from losses').fetchall() == [(1, 2.3)]
"""


@pytest.mark.parametrize("backend", WITH_LIMITS)
def test_training(stage: Stage, backend: str) -> None:
    """A training learns on two threads in each sandbox.

    A loader with workers yields every sample; a checkpoint and a table of losses are written and read.
    """
    if stage.user.uid != os.getuid():
        pytest.skip("torch is installed for the user who runs the tests")
    torch = importlib.util.find_spec("torch")
    assert torch is not None
    site = str(Path(str(torch.origin)).parents[1])
    played = stage.run(
        backend,
        [TRAIN, LOAD, SAVE, LOCK],
        modules=["torch", "torch.utils.data"],
        packages=[sys.prefix, site],
        environment={"PYTHONPATH": site},
        limits={"memory_bytes": 4096 * MEBIBYTE, "processes": 64, "file_bytes": 64 * MEBIBYTE, "open_files": 512},
        sandbox_limits={"memory_bytes": 4096 * MEBIBYTE, "processes": 64, "scratch_bytes": 64 * MEBIBYTE},
        seconds=200,
    )
    assert [played.outcome(number) for number in range(4)] == ["done"] * 4, played.out + played.err
    assert ("starts no loader workers" in played.err) == (kind_of(backend) == "landlock")
