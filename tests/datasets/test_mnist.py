"""Tests of finding and verifying MNIST. It is never replaced by something else."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.datasets import load, mnist
from grader.datasets.idx import parse_idx
from grader.datasets.mnist import FILES, cache_root, download, load_mnist, raw_folder, read_root
from grader.errors import DataError
from tests.testing.published import write_root

TEST_IMAGES = "t10k-images-idx3-ubyte"
COUNTS_OF_TEST_LABELS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def damage(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.usefixtures("small_set")
@pytest.mark.parametrize(("packed", "plain"), [(True, False), (False, True), (True, True)])
def test_either_form_will_do(tmp_path: Path, notes: list[str], *, packed: bool, plain: bool) -> None:
    """Packed and unpacked files are both read, without a note. A root may also hold both."""
    dataset = load_mnist(write_root(tmp_path / "root", packed=packed, plain=plain), notes.append)
    assert dataset.train_images.shape == (20, 28, 28)
    assert dataset.test_labels.shape == (10,)
    assert not dataset.test_images.flags.writeable
    assert notes == []


@pytest.mark.usefixtures("small_set")
def test_each_array_is_the_one_its_name_says(tmp_path: Path) -> None:
    """Images and labels of both parts are not mixed up."""
    root = write_root(tmp_path / "root", plain=True)
    dataset = read_root(root, print)
    arrays = (dataset.train_images, dataset.train_labels, dataset.test_images, dataset.test_labels)
    for file, array in zip(FILES, arrays, strict=True):
        assert np.array_equal(array, parse_idx((raw_folder(root) / file.name).read_bytes())), file.name


@pytest.mark.usefixtures("small_set")
def test_a_read_only_root_is_left_as_it_is(tmp_path: Path) -> None:
    """Reading writes nothing into the root."""
    root = write_root(tmp_path / "root")
    for path in (root, *root.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(root.rglob("*"))
    read_root(root, print)
    assert sorted(root.rglob("*")) == before


@pytest.mark.usefixtures("small_set")
def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """A damaged packed file is named in one line. One wrong bit is enough."""
    root = write_root(tmp_path / "root")
    path = raw_folder(root) / f"{TEST_IMAGES}.gz"
    damage(path)
    with pytest.raises(DataError, match="is damaged: its MD5") as error:
        load_mnist(root, print)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("small_set")
def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    """A file that is cut short is named with its size."""
    path = raw_folder(write_root(tmp_path / "root", packed=False, plain=True)) / TEST_IMAGES
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match=f"{TEST_IMAGES} is damaged: .* bytes instead of"):
        load_mnist(tmp_path / "root", print)


@pytest.mark.usefixtures("small_set")
def test_an_intact_form_beside_a_damaged_one_is_read_and_said(tmp_path: Path, notes: list[str]) -> None:
    """An intact file is read where its other form is damaged.

    A note says so; an interrupted unpacking leaves such a pair.
    """
    root = write_root(tmp_path / "root", plain=True)
    expected = read_root(root, print).test_images
    damage(raw_folder(root) / TEST_IMAGES)
    assert np.array_equal(load_mnist(root, notes.append).test_images, expected)
    (note,) = notes
    assert "is damaged" in note
    assert f"{TEST_IMAGES}.gz" in note


@pytest.mark.usefixtures("small_set")
def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A missing file is named."""
    root = write_root(tmp_path / "root")
    (raw_folder(root) / f"{TEST_IMAGES}.gz").unlink()
    with pytest.raises(DataError, match=rf"{TEST_IMAGES}\.gz is missing"):
        load_mnist(root, print)


@pytest.mark.usefixtures("small_set")
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_not_opened(tmp_path: Path, make: object) -> None:
    """What is no regular file is refused, unopened. It may be a folder or a pipe, and nothing waits for it."""
    root = write_root(tmp_path / "root")
    path = raw_folder(root) / f"{TEST_IMAGES}.gz"
    path.unlink()
    assert callable(make)
    make(path)
    with pytest.raises(DataError, match="is not a file"):
        load_mnist(root, print)


@pytest.mark.usefixtures("small_set")
def test_a_named_root_is_the_only_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A root named by --data-root is the only place searched. Good files elsewhere do not help."""
    monkeypatch.setenv(mnist.ROOT_VARIABLE, str(write_root(tmp_path / "good")))
    write_root(cache_root())
    with pytest.raises(DataError, match="no MNIST in"):
        load_mnist(tmp_path / "empty", print)


@pytest.mark.usefixtures("small_set")
def test_the_environment_goes_before_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """$GRADER_DATA_ROOT goes before the cache. The cache is read where the variable is unset or empty."""
    write_root(cache_root())
    assert load_mnist(None, print).source == str(cache_root())
    monkeypatch.setenv(mnist.ROOT_VARIABLE, "")
    assert load_mnist(None, print).source == str(cache_root())
    monkeypatch.setenv(mnist.ROOT_VARIABLE, str(write_root(tmp_path / "good")))
    assert load_mnist(None, print).source == str(tmp_path / "good")


@pytest.mark.usefixtures("small_set")
def test_an_empty_environment_root_is_passed_over_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]
) -> None:
    """A $GRADER_DATA_ROOT without MNIST is passed over with a note. The cache is read then."""
    write_root(cache_root())
    monkeypatch.setenv(mnist.ROOT_VARIABLE, str(tmp_path / "empty"))
    assert load_mnist(None, notes.append).source == str(cache_root())
    (note,) = notes
    assert str(tmp_path / "empty") in note


@pytest.mark.usefixtures("small_set")
def test_a_damaged_environment_root_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged $GRADER_DATA_ROOT is an error. The cache does not silently replace it."""
    write_root(cache_root())
    damage(raw_folder(write_root(tmp_path / "bad")) / f"{TEST_IMAGES}.gz")
    monkeypatch.setenv(mnist.ROOT_VARIABLE, str(tmp_path / "bad"))
    with pytest.raises(DataError, match="is damaged"):
        load_mnist(None, print)


def test_without_files_and_network_three_ways_out_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]
) -> None:
    """Without files and network, one line names every way out.

    They are the option, the variable, the network and the embedded set.
    """
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nothing listens at this address, which acts as no network
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv(mnist.ROOT_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataError) as error:
        load("mnist", notify=notes.append)
    message = str(error.value)
    assert "\n" not in message
    for way in ("--data-root", "$GRADER_DATA_ROOT", "network", "--dataset digits"):
        assert way in message
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list(cache_root().glob("download-*")) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A cache that cannot be written is named. The error is one line, before anything is downloaded."""
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(DataError, match="cache cannot be written"):
        download(tmp_path / "cache", print)


@pytest.fixture(scope="module")
def real_root() -> Path:
    """A root with the real MNIST. Tests are skipped where this machine has none."""
    for root in (os.environ.get(mnist.ROOT_VARIABLE), cache_root()):
        if root and all((raw_folder(Path(root)) / f"{file.name}.gz").is_file() for file in FILES):
            return Path(root)
    pytest.skip(f"needs the packed files of MNIST in ${mnist.ROOT_VARIABLE} or the cache")


@pytest.fixture
def mirror(real_root: Path) -> Iterator[str]:
    """Address of a local server with the packed files."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(raw_folder(real_root)))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_the_real_files_have_the_published_checksums(real_root: Path, tmp_path: Path) -> None:
    """The real files are read, packed and unpacked.

    They have the published checksums, sizes and numbers of each digit.
    """
    dataset = read_root(real_root, pytest.fail)
    assert dataset.train_images.shape == (60_000, 28, 28)
    assert np.bincount(dataset.test_labels).tolist() == COUNTS_OF_TEST_LABELS
    assert round(float(dataset.train_images.mean()) / 255, 4) == 0.1307
    raw_folder(tmp_path).mkdir(parents=True)
    for file in FILES:
        unpacked = mnist.gzip.decompress((raw_folder(real_root) / f"{file.name}.gz").read_bytes())
        (raw_folder(tmp_path) / file.name).write_bytes(unpacked)
    assert np.array_equal(read_root(tmp_path, pytest.fail).train_labels, dataset.train_labels)


def test_a_download_fills_and_repairs_the_cache(mirror: str, tmp_path: Path, notes: list[str]) -> None:
    """A download fills and repairs the cache.

    Damaged files are replaced by verified packed ones, and nothing else is left.
    """
    damaged = raw_folder(tmp_path) / TEST_IMAGES
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"half a file")
    download(tmp_path, notes.append, mirrors=[mirror])
    assert len(notes) == 1
    assert sorted(path.name for path in damaged.parent.iterdir()) == sorted(f"{file.name}.gz" for file in FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["MNIST"]
    assert len(read_root(tmp_path, pytest.fail).test_labels) == 10_000
