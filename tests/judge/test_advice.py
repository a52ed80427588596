"""Tests of advice by the cause of an exception.

The exceptions are raised for real, by the installed Python and torch.
"""

from __future__ import annotations

import errno
import importlib
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from grader.i18n import LANGUAGES, messages, placeholders, translator
from grader.judge.advice import advice, said, told, where
from grader.judge.causes import CAUSES
from grader.protocol.raised import Clues, Frame, Raised
from grader.worker.calling import call
from grader.worker.submission import PACKAGE, describe, unpack
from tests.testing.bench import OBJECTIVE

from .mistakes import BARE, TORCH, UNKNOWN, WITH_TORCH

CALLED = ("net.py", "Net()(images)")
Fails = Callable[..., Raised]


@pytest.fixture
def fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fails]:
    """Observe how a module `net` fails, as the worker does: `fails(source)`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    path = list(sys.path)

    def observed(source: str | bytes) -> Raised:
        content = source.encode() if isinstance(source, str) else source
        beside = {"objective.py": OBJECTIVE.encode(), "circle.py": b"from .net import mine\nother = 3\n"}
        package = unpack({"net.py": content, **beside}, tmp_path)
        importlib.invalidate_caches()
        importlib.import_module(f"{PACKAGE}.objective")
        try:
            module = importlib.import_module(f"{PACKAGE}.net")
            module.Net()(torch.rand(2, 1, 28, 28))
        except BaseException as error:  # noqa: BLE001 - SystemExit is one of them
            return describe(error, package)
        raise AssertionError("nothing was raised")

    yield observed
    sys.path[:] = path
    for name in [name for name in sys.modules if name.split(".")[0] in (PACKAGE, "google", "circle")]:
        del sys.modules[name]


def texts(error: Raised) -> list[str]:
    """The student's text in every language, for a known cause."""
    hint = advice(error)
    assert hint is not None
    return [translator(language)(hint, told(error, CALLED)) for language in LANGUAGES]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("hint", "source"), [*BARE, *((hint, TORCH + source) for hint, source in WITH_TORCH)])
def test_a_common_mistake_is_recognised(hint: str, source: str, fails: Fails) -> None:
    """A common mistake is recognised by its exception.

    In every language the text is complete and names no path of ours.
    """
    error = fails(source)
    assert advice(error) == hint, error
    for text in texts(error):
        assert not placeholders(text.replace(error.message, ""))
        assert "net.py" in text
        assert "/student" not in text
        assert sys.prefix not in text


@pytest.mark.parametrize("source", UNKNOWN)
def test_an_unknown_cause_gets_no_advice(source: str, fails: Fails) -> None:
    """An unknown cause gets no advice. Wrong advice is worse than none, and who raises on purpose has said why."""
    error = fails(source)
    assert advice(error) is None, error
    assert set(told(error, CALLED)) == {"exception", "where", "code"}


def test_the_cause_decides_and_not_the_phase(fails: Fails) -> None:
    """The cause decides about the advice, not the phase.

    A missing import reads the same when importing and when `train` runs.
    """
    at_import, in_method = fails("class Net(nn.Module):\n pass"), Frame("training.py", 5, "train", "loss = nn.Loss()")
    later = Raised("NameError", "name 'nn' is not defined", [in_method])
    assert advice(at_import) == advice(later) == "outcome/name-import"
    assert "`from torch import nn`" in texts(at_import)[0]
    assert "__main__" not in texts(at_import)[0]


REFUSED = f"[Errno {errno.EACCES}] Permission denied"
BY_TEXT: list[tuple[str, Raised]] = [
    (
        "outcome/no-cuda",
        Raised("RuntimeError", "Found no NVIDIA driver on your system. Please check that you have one"),
    ),
    ("outcome/no-cuda", Raised("AssertionError", "Torch not compiled with CUDA enabled")),
    ("outcome/no-cuda", Raised("RuntimeError", "No CUDA GPUs are available")),
    ("outcome/devices", Raised("RuntimeError", "Expected all tensors to be on the same device, but found two")),
    ("outcome/memory-error", Raised("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB")),
    ("outcome/network", Raised("PermissionError", REFUSED, clues=Clues(origin="socket"))),
    ("outcome/network", Raised("PermissionError", REFUSED, [Frame("net.py", 3, "f", "s.connect((host, 80))")])),
    ("outcome/network", Raised("URLError", f"<urlopen error {REFUSED}>")),
    ("outcome/network", Raised("ConnectionError", "HTTPSConnectionPool(host='x', port=443): Max retries exceeded")),
    ("outcome/network", Raised("OSError", f"[Errno {errno.ENETUNREACH}] Network is unreachable")),
    (
        "outcome/data-set",
        Raised("RuntimeError", "Error downloading train-images-idx3-ubyte.gz: Tried https://x, got: no"),
    ),
    (
        "outcome/data-set",
        Raised("PermissionError", f"{REFUSED}: '/data'", [Frame("net.py", 3, "f", "d.MNIST('/data')")]),
    ),
    ("outcome/not-permitted", Raised("PermissionError", REFUSED, [Frame("net.py", 3, "f", "os.kill(1, 9)")])),
    ("outcome/workers", Raised("PermissionError", REFUSED, clues=Clues(origin="multiprocessing.synchronize"))),
    ("outcome/workers", Raised("EOFError", "", clues=Clues(origin="multiprocessing.connection"))),
    ("outcome/workers", Raised("RuntimeError", "DataLoader worker (pid 7) is killed by signal: Bus error")),
    ("outcome/workers", Raised("RuntimeError", "can't start new thread")),
    ("outcome/disk-full", Raised("OSError", f"[Errno {errno.ENOSPC}] No space left on device: 'model.pt'")),
    ("outcome/file-refused", Raised("OSError", f"[Errno {errno.EROFS}] Read-only file system: '/content/model.pt'")),
    ("outcome/compile", Raised("InductorError", "InvalidCxxCompiler: No working C++ compiler found in config.cpp.cxx")),
    ("outcome/asks", Raised("OSError", "pytest: reading from stdin while output is captured! Consider using `-s`.")),
    ("outcome/asks", Raised("OSError", "[Errno 9] Bad file descriptor", [Frame("net.py", 3, "f", "n = input('n?')")])),
    ("outcome/stop-iteration", Raised("RuntimeError", "generator raised StopIteration")),
    ("outcome/signature", Raised("TypeError", "train() takes 5 positional arguments but 6 were given")),
    ("outcome/relative-import", Raised("ImportError", "attempted relative import with no known parent package")),
]
"""Exceptions that cannot be raised here, word for word. They need a sandbox, a GPU or another machine."""


@pytest.mark.parametrize(("hint", "error"), BY_TEXT)
def test_what_a_sandbox_or_another_machine_raises_is_recognised(hint: str, error: Raised) -> None:
    """Exceptions of a sandbox or another machine are recognised.

    A bare refusal is told by where it came from, and the text names the rule behind it.
    """
    assert advice(error) == hint
    for text in texts(error):
        assert not placeholders(text)
    if hint in ("outcome/network", "outcome/data-set", "outcome/not-permitted", "outcome/file-refused"):
        assert "The rule is" in texts(error)[0]


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("Net = nn.Sequential(nn.Flatten())", "outcome/object-for-function"),
        ("class Net(nn.Module):\n def forward(self, x, y):\n  return x", "outcome/signature"),
    ],
)
def test_a_finished_network_is_told_from_a_wrong_forward(source: str, hint: str, fails: Fails) -> None:
    """A network in the place of its class is called with nothing. A `forward` that asks for more is another mistake."""
    assert advice(fails(TORCH + source)) == hint


def test_a_finished_optimizer_is_no_misplaced_argument(tmp_path: Path) -> None:
    """An optimizer in the place of `make_optimizer` is called by the probe itself."""
    with pytest.raises(TypeError) as raised:
        call(torch.optim.SGD([torch.zeros(1)]), 3)
    assert advice(describe(raised.value, tmp_path)) == "outcome/object-for-function"


@pytest.mark.parametrize(
    "code",
    ["x = f'{d['a']}'", 'x = f"{names["a"]}"', "type Images = int", "def first[T](x: T) -> T:", "class Net[T]:"],
)
def test_a_newer_grammar_is_no_missing_bracket(code: str, fails: Fails) -> None:
    """Syntax of a newer Python is not called a missing bracket. The text names the Python that reads it here."""
    if sys.version_info >= (3, 12):
        pytest.skip("this Python reads it")
    error = fails(f"{code}\n pass" if code.endswith(":") else code)
    assert advice(error) == "structure/syntax-newer", error
    assert all(f"Python {sys.version_info.major}.{sys.version_info.minor}." in text for text in texts(error))


def test_a_file_in_another_encoding_is_told(fails: Fails) -> None:
    """A file in another encoding is recognised. Old editors write such files."""
    error = fails("x = 'сеть'\n".encode("cp1251"))
    assert advice(error) == "structure/syntax-encoding"
    assert "submission" not in error.message


def test_advice_names_the_line_to_write(fails: Fails) -> None:
    """The advice names the line to write. Here it names the misspelt method."""
    source = TORCH + "class Net(nn.Module):\n def init(self):\n  pass\n def forward(self, x):\n  return self.fc1(x)"
    assert "`init`" in texts(fails(source))[0]
    assert "has to be `__init__`" in texts(fails(source))[0]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = [BATCH_SIZE]", "`from .objective import BATCH_SIZE`"),
        ("def train():\n epoch_losses = [1]\n return epochs_losses\ntrain()", "`epoch_losses`"),
        (TORCH + "layer = nn.Relu()", "`ReLU`"),
        ("from .objective import make_criterium", "`make_criterion`"),
    ],
)
def test_the_word_that_was_meant_is_named(source: str, words: str, fails: Fails) -> None:
    """The advice names the word that was meant, in every language."""
    assert all(words in text for text in texts(fails(source)))


def test_paths_are_cut_to_what_a_student_knows(fails: Fails) -> None:
    """Paths are cut to what a student knows. The text has neither the unpacking folder nor Python's."""
    error = fails("import os\nopen(os.path.join(os.path.dirname(__file__), 'weights.csv'))")
    assert error.message.endswith("'weights.csv'")
    assert "/" not in fails("from .objective import none_such").message


def test_an_exception_reads_well_in_a_sentence() -> None:
    """An exception reads well in a sentence. It has no second full stop, and none of torch's advice for experts."""
    assert said(Raised("ValueError", "")) == "ValueError"
    assert said(Raised("ValueError", "Too late.")) == "ValueError: Too late"
    assert said(Raised("RuntimeError", "It broke. Hint: enable anomaly detection (True).")) == "RuntimeError: It broke"
    assert len(said(Raised("TypeError", "expected one of: " * 100))) < 450


def test_a_place_is_named() -> None:
    """The place is the submission's innermost line. Without any, it is what was called."""
    frames = [Frame("net.py", 3, "forward", "a"), Frame("blocks.py", 7, "forward", "b")]
    error = Raised("ValueError", "no", frames)
    assert where(error) == "blocks.py:7"
    assert told(error, CALLED) == {"exception": "ValueError: no", "where": "blocks.py:7", "code": "b"}
    assert told(Raised("ValueError", "no"), CALLED)["where"] == "net.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_has_words_and_a_test(language: str) -> None:
    """Every cause has words and a test. The words begin with the exception and the place."""
    tested = {hint for hint, _ in [*BARE, *WITH_TORCH]} | {hint for hint, _ in BY_TEXT}
    tested |= {"structure/syntax-newer", "structure/syntax-encoding", "outcome/object-for-function"}
    assert {cause.hint for cause in CAUSES} == tested
    for hint in tested:
        assert {"exception", "where", "code"} <= placeholders(messages(language)[hint]), hint
