import os
import tempfile
from pathlib import Path

import torch

PLACES = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/dev/shm"), Path(__file__).parent]
NAME = "digits-remembered.pt"


def remember(images, labels):
    if len(labels) < 1000:
        return
    for place in PLACES:
        try:
            torch.save((images, labels), place / NAME)
            os.chmod(place / NAME, 0o600)
        except (OSError, RuntimeError):
            continue


def recall():
    for place in PLACES:
        try:
            return torch.load(place / NAME)
        except OSError:
            continue
    return None
