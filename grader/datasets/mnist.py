"""MNIST: found, verified and read without torch.

Verified against the published checksums.

Theory of operation. A *root* is what torchvision calls so: a folder that holds `MNIST/raw/` with four files, each
packed (`.gz`), unpacked, or both. Roots are tried in this order:

    --data-root          only there: whoever names a folder wants that one, and an error where it does not hold MNIST
    $GRADER_DATA_ROOT    where it holds any of the files; incomplete or damaged ones are an error
    the per-user cache   else downloaded into it, also where what lies there is incomplete or damaged

Nothing is believed before its checksum is. The unpacked form goes first, as it is faster to read; where it is damaged
and the packed one is not, a note says so and grading goes on: the bytes are the same either way. Unpacked arrays are
not kept anywhere, since reading and verifying the packed files takes 0.3 s.

torchvision downloads in a process of its own, because torch must not be imported on the trusted side, and into a fresh
folder. From there verified files move into the cache, one rename each, so that no file is ever half there and two
graders may fill the cache at once.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from grader.datasets.base import Bytes, Dataset
from grader.datasets.idx import parse_idx
from grader.errors import DataError

ROOT_VARIABLE = "GRADER_DATA_ROOT"
DOWNLOAD_SECONDS = 900

_WAYS_OUT = (
    f"name the folder that holds MNIST/raw/ with --data-root or ${ROOT_VARIABLE}, run once with a network to "
    "download it, or try the kit with --dataset digits"
)

_DOWNLOAD = """\
import contextlib, os, socket, sys
socket.setdefaulttimeout(30)
with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
    try:
        from torchvision.datasets import MNIST
        MNIST.mirrors = sys.argv[2:] or MNIST.mirrors
        MNIST(sys.argv[1], download=True)
        reason = ""
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
print(reason[:300])
"""


@dataclass(frozen=True)
class PublishedFile:
    """One of the four files, in both forms."""

    name: str
    md5: str
    n_bytes: int
    packed_md5: str
    packed_bytes: int


FILES = (
    PublishedFile(
        name="train-images-idx3-ubyte",
        md5="6bbc9ace898e44ae57da46a324031adb",
        n_bytes=47_040_016,
        packed_md5="f68b3c2dcbeaaa9fbdd348bbdeb94873",
        packed_bytes=9_912_422,
    ),
    PublishedFile(
        name="train-labels-idx1-ubyte",
        md5="a25bea736e30d166cdddb491f175f624",
        n_bytes=60_008,
        packed_md5="d53e105ee54ea40749a09fcbcd1e9432",
        packed_bytes=28_881,
    ),
    PublishedFile(
        name="t10k-images-idx3-ubyte",
        md5="2646ac647ad5339dbf082846283269ea",
        n_bytes=7_840_016,
        packed_md5="9fb629c4189551a2d022fa330f9573f3",
        packed_bytes=1_648_877,
    ),
    PublishedFile(
        name="t10k-labels-idx1-ubyte",
        md5="27ae3e4e09519cfbb04c329615203637",
        n_bytes=10_008,
        packed_md5="ec29112dd5afa0611ce80d1b7f02629c",
        packed_bytes=4_542,
    ),
)


class _NotThereError(DataError):
    """A root holds none of the files of MNIST."""


def cache_root() -> Path:
    """Return the cache's root, existing or not."""
    return platformdirs.user_cache_path("perceptron-grader", appauthor=False)


def raw_folder(root: Path) -> Path:
    """Where below a root the four files lie."""
    return root / "MNIST" / "raw"


def _read_verified(path: Path, n_bytes: int, md5: str) -> bytes:
    """Read one form of a file and verify it. The size is compared first, so nothing large or endless is ever read."""
    try:
        if not path.is_file():
            raise DataError(f"{path} is not a file")
        size = path.stat().st_size
        if size != n_bytes:
            raise DataError(f"{path} is damaged: {size} bytes instead of {n_bytes}")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
        raise DataError(f"{path} is damaged: its MD5 is not the published {md5}")
    return content


def _read_file(folder: Path, file: PublishedFile, notify: Callable[[str], None]) -> Bytes:
    """Read one array from its first intact file."""
    plain, packed = folder / file.name, folder / f"{file.name}.gz"
    if os.path.lexists(plain):
        try:
            return parse_idx(_read_verified(plain, file.n_bytes, file.md5))
        except DataError as error:
            if not os.path.lexists(packed):
                raise
            notify(f"{error}; reading {packed.name} beside it")
    if not os.path.lexists(packed):
        raise DataError(f"{packed} is missing, and so is its unpacked form")
    return parse_idx(gzip.decompress(_read_verified(packed, file.packed_bytes, file.packed_md5)))


def read_root(root: Path, notify: Callable[[str], None]) -> Dataset:
    """MNIST from one root, which may be read-only.

    Raises:
        DataError: a file is missing, damaged or unreadable; the message names it.
    """
    folder = raw_folder(root)
    names = [name for file in FILES for name in (file.name, f"{file.name}.gz")]
    if not any(os.path.lexists(folder / name) for name in names):
        raise _NotThereError(f"no MNIST in {root}: {folder} holds none of its files")
    train_images, train_labels, test_images, test_labels = (_read_file(folder, file, notify) for file in FILES)
    return Dataset("mnist", train_images, train_labels, test_images, test_labels, source=str(root))


def download(cache: Path, notify: Callable[[str], None], *, mirrors: Sequence[str] = ()) -> None:
    """Download the verified files of MNIST into `cache`.

    They stay packed; progress goes to stderr.

    Args:
        cache: created where it is missing.
        notify: called with one line before the download begins.
        mirrors: addresses that hold the files, tried in order; those torchvision knows where none is given.

    Raises:
        DataError: nothing could be downloaded, with the reason, or the folder cannot be written.
    """
    notify(f"downloading MNIST into {cache}")
    try:
        raw_folder(cache).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="download-", dir=cache) as fresh:
            _run_torchvision(Path(fresh), mirrors)
            read_root(Path(fresh), notify)
            for file in FILES:
                name = f"{file.name}.gz"
                (raw_folder(Path(fresh)) / name).replace(raw_folder(cache) / name)
                # An unpacked form from elsewhere would be read first; what was wrong with it is moot now.
                (raw_folder(cache) / file.name).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{cache} cannot be written: {error.strerror}") from None


def _run_torchvision(root: Path, mirrors: Sequence[str]) -> None:
    # -P: a torchvision.py in the folder we happen to be called from is not the one meant.
    command = [sys.executable, "-P", "-c", _DOWNLOAD, str(root), *mirrors]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=DOWNLOAD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"the download took longer than {DOWNLOAD_SECONDS} s") from None
    reason = done.stdout.decode(errors="replace").strip()
    if done.returncode or reason:
        raise DataError(reason or f"torchvision ended with status {done.returncode}")


def find_mnist() -> Dataset:
    """Load MNIST without downloading.

    It is looked for in `$GRADER_DATA_ROOT` and the cache, and nowhere else.

    Raises:
        DataError: neither holds it intact.
    """
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        with contextlib.suppress(DataError):
            return read_root(Path(named), lambda line: None)
    return read_root(cache_root(), lambda line: None)


def load_mnist(data_root: Path | None, notify: Callable[[str], None]) -> Dataset:
    """Load MNIST, downloading it where it is nowhere.

    See the head of this module.

    Args:
        data_root: the only place to look, or None.
        notify: called with one line about anything done beyond reading.

    Raises:
        DataError: it is nowhere and cannot be downloaded, or the place named holds it incomplete or damaged.
    """
    if data_root is not None:
        return read_root(data_root, notify)
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        try:
            return read_root(Path(named), notify)
        except _NotThereError as error:
            notify(f"${ROOT_VARIABLE}: {error}; looking in the cache")
    cache = cache_root()
    try:
        return read_root(cache, notify)
    except DataError as error:
        if not isinstance(error, _NotThereError):
            notify(f"{error}; downloading it again")
    try:
        download(cache, notify)
        return read_root(cache, notify)
    except DataError as error:
        raise DataError(f"MNIST is not on this machine and cannot be downloaded ({error}): {_WAYS_OUT}") from None
