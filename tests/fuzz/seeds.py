"""Valid inputs for each target, from which a fuzzer starts."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable

import numpy as np

from grader.protocol import messages
from grader.protocol.codec import encode, frame
from grader.protocol.observations import Criterion, Predictions, Training
from grader.protocol.raised import Frame, Raised
from tests.fuzz.targets import ENDINGS, EXPECTED, OBSERVATIONS
from tests.testing.handed_in import IN_STUDENT, notebook_bytes, tar_bytes
from tests.testing.largest import Size, largest


def _decoder() -> list[bytes]:
    values = [
        Predictions(np.zeros((2, 10), np.float32)),
        Training(b"weights", b"initial", b"scrambled", [2.3, 0.1], "list", 2, 1.5),
        *(largest(cls, Size(0.002, inner=3, text=9)) for cls in OBSERVATIONS),
        Criterion(True, "Tensor", [], 2.3, True, np.ones((4, 10), np.float32)),
        messages.ProbeRaised("load", error=Raised("ValueError", "no", [Frame("net.py", 3, "f", "x = 1")], False)),
        messages.Progress(1, 2, 3, 4, 5.0),
        messages.Position(Frame("training.py", 31, "train", "while True:")),
        messages.Observed("load", b"payload"),
    ]
    return [bytes([EXPECTED.index(type(value))]) + encode(value) for value in values]


def _frames() -> list[bytes]:
    return [frame(32, b"one") + frame(33, b"") + frame(34, bytes(300)), frame(35, b"cut")[:-1]]


def _intake() -> list[bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in IN_STUDENT.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    tar = tar_bytes(IN_STUDENT)
    notebook = notebook_bytes("%time x\nclass Net(x): ...\nN_EPOCHS = {a: 1 for a in 'b'}")
    contents = {".zip": packed.getvalue(), ".tgz": gzip.compress(tar, mtime=0), ".tar": tar, ".ipynb": notebook}
    return [bytes([number]) + contents[ending] for number, ending in enumerate(ENDINGS)]


SEEDS: dict[str, Callable[[], list[bytes]]] = {"decoder": _decoder, "frames": _frames, "intake": _intake}
