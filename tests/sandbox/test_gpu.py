"""A graphics card is open only to jobs that want it.

There is no card here: files of ours stand for its device files. For root they are real devices, so that it is seen
whether a device can be used inside.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from grader.linux.landlock import READ_FILE
from grader.protocol.limits import Limits
from grader.sandbox import SandboxSpec, visible
from grader.sandbox.backends import bwrap, landlock
from tests.testing.sandbox import attacks
from tests.testing.sandbox.stage import ROOT, Stage

through_the_kernel = pytest.mark.parametrize("backend", ["bwrap", "landlock"])

USE = """
import fcntl, os
card = os.open(NODE, os.O_RDWR)
os.write(card, b'kernel launch')
try:
    fcntl.ioctl(card, 0x4601)
except OSError as error:
    assert error.errno in (22, 25), error  # the device does not know it; a sandbox would say 1 or 13
"""
SHARE = "import os; os.ftruncate(os.memfd_create('pinned'), 1 << 20)"
RESERVE = "import resource; assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY"
LOOK_FOR_CARDS = "import os; os.listdir('/sys/devices')"
WRITE_TO_SYS = "open('/sys/kernel/mm/ksm/run', 'a').close()"


@pytest.fixture
def node(stage: Stage) -> str:
    """Make a file that stands for a card."""
    path = stage.folder / "nvidia0"
    if not path.exists():
        if stage.user.name == ROOT:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
            path.chmod(0o666)
        else:
            path.write_bytes(b"")
            path.chmod(0o666)
    return str(path)


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "none"])
def test_a_card_can_be_used(stage: Stage, backend: str, node: str) -> None:
    """A job can use a card that it wants.

    Its files can be opened, written and controlled, its driver may share and reserve memory, and /sys is only read.
    """
    phases = [f"NODE = {node!r}" + USE, SHARE, RESERVE, LOOK_FOR_CARDS, WRITE_TO_SYS]
    played = stage.run(backend, phases, gpu_nodes=[node])
    assert [played.outcome(number) for number in range(4)] == ["done"] * 4, played.out + played.err
    assert played.outcome(4).startswith("refused") or backend == "none", played.out


@through_the_kernel
def test_without_a_card_nothing_is_opened_for_it(stage: Stage, backend: str, node: str) -> None:
    """A job without a card sees no device file. Its limits are tighter too."""
    played = stage.run(backend, [f"NODE = {node!r}" + USE, SHARE, RESERVE])
    assert all(played.outcome(number).startswith("refused") for number in range(3)), played.out


@through_the_kernel
def test_with_a_card_the_rest_stays_closed(stage: Stage, backend: str, node: str) -> None:
    """A card opens nothing else. Only Landlock then shows the kernel's tables and others' arguments."""
    tried = {name: code for name, code in attacks.ALL.items() if name not in attacks.PRIVILEGES}
    played = stage.run(backend, list(tried.values()), gpu_nodes=[node])
    done = {name for number, name in enumerate(tried) if not played.outcome(number).startswith("refused")}
    assert done - {"read_the_keys"} <= (
        {"read_outsiders_arguments", *attacks.TABLES} if backend == "landlock" else set()
    )
    assert ("read_the_keys" in done) <= (backend == "landlock" and stage.user.name != ROOT)
    assert ("read_outsiders_arguments" in done) == (backend == "landlock")


def test_which_files_are_a_cards(tmp_path: Path) -> None:
    """Only files of NVIDIA's driver and of WSL are a card's."""
    wanted = ["nvidia0", "nvidia15", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset", "dxg"]
    for name in [*wanted, "null", "kvm", "mem", "sda", "nvidia-fs0"]:
        (tmp_path / name).write_text("")
    (tmp_path / "nvidia-caps").mkdir()
    assert {path.name for path in visible.gpu_nodes(tmp_path)} == {*wanted, "nvidia-caps"}


def spec(*, gpu: bool) -> SandboxSpec:
    """Return a specification that is otherwise empty."""
    return SandboxSpec(("/usr/bin/true",), (), limits=Limits(), gpu=gpu)


def test_bubblewraps_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Bubblewrap binds device files after /dev is made.

    It does so before it closes /dev; without a card no option names one.
    """
    nodes = [tmp_path / "nvidia0", tmp_path / "nvidiactl"]
    monkeypatch.setattr(visible, "gpu_nodes", lambda: nodes)
    options = bwrap.arguments(spec(gpu=True), 9, uid=None)
    made, closed = options.index("--dev"), max(i for i, word in enumerate(options) if word == "--remount-ro")
    for node in nodes:
        at = options.index(str(node))
        assert options[at - 1 : at + 2] == ["--dev-bind", str(node), str(node)]
        assert made < at < closed
    assert options[options.index("/sys") - 1 : options.index("/sys") + 2] == ["--ro-bind", "/sys", "/sys"]
    assert not {"--dev-bind", "/sys"} & set(bwrap.arguments(spec(gpu=False), 9, uid=None))


def test_landlocks_rights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Landlock allows everything on device files. It lets /sys and /proc, which describe the driver, only be read."""
    node = tmp_path / "nvidia0"
    monkeypatch.setattr(visible, "gpu_nodes", lambda: [node])
    with_card, without = (landlock._rights(spec(gpu=gpu), str(tmp_path)) for gpu in (True, False))
    assert with_card[str(node)] is None
    assert with_card["/sys"] == landlock._READ
    assert with_card["/proc"] == READ_FILE
    assert not {str(node), "/sys", "/proc"} & set(without)
