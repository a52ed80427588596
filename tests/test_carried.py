"""Tests of measuring how much data a submission carries.

It is found wherever it hides, and an ordinary program carries little.
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.carried import carried_by, given
from grader.intake import discover
from grader.judge.facts import Carried, Stretch
from grader.model import Said, Verdict
from grader.reading import Origin, Reading
from tests.testing.corpus import samples, submission_of
from tests.testing.handed_in import notebook_bytes
from tests.testing.imports import ROOT
from tests.testing.judging import FACTS, judge_for_all

Files = Mapping[str, bytes]
INTEGRITY = load_assignment().integrity
TEST = "integrity/carries-no-data"
SECRET = random.Random(0).randbytes(24 * 1024)
"""As much data as a small network's weights. Nobody may carry so much."""
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


def spelled(symbols: str) -> str:
    """The secret written with 2, 4, 16 or 64 symbols."""
    bits = len(symbols).bit_length() - 1
    number = int.from_bytes(SECRET, "big")
    return "".join(symbols[number >> shift & len(symbols) - 1] for shift in range(0, 8 * len(SECRET), bits))


def lines(text: str, length: int = 70) -> list[str]:
    """`text` cut into pieces of equal length."""
    return [text[start : start + length] for start in range(0, len(text), length)]


def net(source: str) -> Files:
    """A submission with `net.py` alone."""
    return {"net.py": source.encode()}


def named(text: str) -> str:
    """A function whose parameter names spell `text`."""
    return "def f(\n" + "".join(f"    _{name},\n" for name in lines(text.replace("-", "é"))) + "): ...\n"


HIDDEN: dict[str, Callable[[], Files]] = {
    "a string": lambda: net(f"DATA = '{base64.b85encode(SECRET).decode()}'\n"),
    "short strings": lambda: net(f"DATA = {lines(base64.b64encode(SECRET).decode(), 4)}"),
    "numbers": lambda: net(f"DATA = {list(SECRET)}\n"),
    "names of parameters": lambda: net(named(spelled(LETTERS))),
    "names of one letter": lambda: net(f"DATA = lambda: [{', '.join(spelled(LETTERS[:16]))}]\n"),
    "docstrings": lambda: net(f'"""{spelled(LETTERS)}"""\n'),
    "comments": lambda: net("".join(f"# {line}\n" for line in lines(spelled(LETTERS)))),
    "white space at the ends of lines": lambda: net("".join(f"x = 1{line}\n" for line in lines(spelled(" \t"), 400))),
    "depths of indentation": lambda: net("".join(f"if x:\n{' ' * (1 + byte)}x = 1\n" for byte in SECRET)),
    "chains of operators": lambda: net("".join(f"x = {line}1\n" for line in lines(spelled("+-"), 80))),
    "True and False": lambda: net(f"DATA = [{', '.join('TrueFalse'[4 * (c == '1') :][:5] for c in spelled('01'))}]"),
    "combining marks": lambda: net(f"# x{spelled(''.join(map(chr, range(0x300, 0x310))))}\n"),
    "letters that look alike": lambda: net(f"# {spelled('aаeеoоpрcсyуxхiі')}\n"),
    "empty lines": lambda: net("".join("\n" * (1 + byte % 16) + "x = 1\n" * (1 + byte // 16) for byte in SECRET)),
    "names of files": lambda: {f"{line}.py": b"" for line in lines(spelled("0123456789abcdef"), 230)},
    "a data file": lambda: {"net.py": b"", "weights.csv": "\n".join(map(str, SECRET)).encode()},
    "many files": lambda: {f"{i}.txt": SECRET[128 * i : 128 * (i + 1)] for i in range(192)},
    "what is no Python": lambda: net(f"def ({base64.b64encode(SECRET).decode()}"),
}
"""Ways of writing down the secret in a submission."""


@pytest.mark.parametrize("way", HIDDEN)
def test_it_counts_wherever_it_hides(way: str) -> None:
    """Data counts in full wherever it hides.

    No spelling is measured as smaller, and none of the kit's own text helps.
    """
    assert carried_by(HIDDEN[way]()).bytes >= len(SECRET) > INTEGRITY.max_carried_bytes


def test_right_submissions_carry_little() -> None:
    """Each right submission carries at most a tenth of the bound."""
    carried = {sample.name: carried_by(submission_of(sample).files).bytes for sample in samples("right")}
    assert max(carried.values()) * 10 < INTEGRITY.max_carried_bytes
    assert max(carried.values()) * 3 < INTEGRITY.notable_carried_bytes


def test_what_students_were_given_is_free() -> None:
    """Files that students were given cost nothing. The whole folder and a notebook are tried, and Windows line ends."""
    assert len(given()) > 50_000
    for path in (ROOT / "student", *(ROOT / "student").glob("*.ipynb")):
        (handed_in,) = discover([path])
        assert handed_in.files
        assert carried_by(handed_in.files).bytes < 256
    (folder,) = discover([ROOT / "student"])
    assert carried_by({path: text.replace(b"\n", b"\r\n") for path, text in folder.files.items()}).bytes < 512


def test_line_ends_that_differ_are_information() -> None:
    """Mixed line ends count as data.

    Each could say a bit: only a file whose line ends are all Windows' is read as if they were Unix's.
    """
    draw = random.Random(0)
    mixed = b"".join(draw.choice((b"\n", b"\r\n")) for _ in range(40_000))
    assert carried_by({"net.py": mixed}).bytes > 40_000 / 8
    assert carried_by({"net.py": b"\r\n" * 40_000}).bytes < 64


def test_the_solution_is_little() -> None:
    """The reference solution carries little."""
    (handed_in,) = discover([ROOT / "solutions"])
    assert carried_by(handed_in.files).bytes < INTEGRITY.notable_carried_bytes


def test_outputs_of_a_notebook_are_not_carried(tmp_path: Path) -> None:
    """A notebook's outputs do not count. The submission's process sees only what its cells define."""
    small, large = tmp_path / "small.ipynb", tmp_path / "large.ipynb"
    cell = "class Net: ..."
    small.write_bytes(notebook_bytes(cell))
    picture = base64.b64encode(SECRET).decode()
    output = f'"outputs": [{{"output_type": "display_data", "data": {{"image/png": "{picture}"}}}}], "cell_type"'
    large.write_bytes(small.read_bytes().replace(b'"cell_type"', output.encode(), 1))
    assert len(large.read_bytes()) > len(SECRET)
    measured = [carried_by(handed_in.files).bytes for path in (small, large) for handed_in in discover([path])]
    assert measured[0] == measured[1] < 256


def test_the_same_files_come_to_the_same() -> None:
    """The order of files does not change the measure."""
    files = dict(HIDDEN["many files"]())
    assert carried_by(files) == carried_by(dict(reversed(files.items())))


def test_the_densest_lines_are_named() -> None:
    """The lines with the most data are named. Text of the kit before them weighs nothing."""
    table = "".join(f"# {line}\n" for line in lines(spelled(LETTERS)))
    source = given() + table.encode() + b"x = 1\n" * 400
    carried = carried_by({"net.py": b"x = 1\n", "deep/data.py": source})
    first = given().count(b"\n") + 1
    one = carried.stretches[0]
    assert one.file == "deep/data.py"
    assert first <= one.first < one.last <= first + table.count("\n") + 2
    assert 0.7 * carried.bytes < one.bytes < carried.bytes
    assert carried_by(HIDDEN["names of files"]()).stretches[0].file == ""


@pytest.mark.parametrize("kind", ["random", "two symbols", "one symbol", "short lines"])
def test_time_is_bounded(kind: str) -> None:
    """Any megabyte is measured in a few seconds."""
    rng = random.Random(0)
    made = {
        "random": rng.randbytes(1 << 20),
        "two symbols": bytes(rng.choices(b"ab", k=1 << 20)),
        "one symbol": b"\n" * (1 << 20),
        "short lines": b"".join(b"x%d=1\n" % rng.randrange(10**6) for _ in range(105_000)),
    }[kind]
    begin = time.process_time()
    carried_by({"net.py": made[: 1 << 19], "data.py": made[1 << 19 :]})
    assert time.process_time() - begin < 15


def judged(carried: Carried, reading: Reading | None = None) -> Verdict:
    """The verdict on a submission that carries this."""
    bounds = {"max_carried_bytes": 20_000, "notable_carried_bytes": 6_000}
    facts = replace(FACTS, carried=carried, reading=reading or Reading(), **bounds)  # type: ignore[arg-type]
    (verdict,) = judge_for_all().verdicts([TEST], {}, facts)
    return verdict


PARTS = [Stretch("net.py", 10, 60, 5000), Stretch("", 1, 1, 1500)]


def test_below_the_lower_mark_nothing_is_said() -> None:
    """Below the lower mark nobody is told."""
    verdict = judged(Carried(6_000, PARTS))
    assert (verdict.status, verdict.staff_note) == ("passed", None)


def test_above_the_lower_mark_an_instructor_is_told() -> None:
    """Above the lower mark an instructor is told where to look. The test is passed."""
    verdict = judged(Carried(6_500, PARTS))
    assert (verdict.status, verdict.fraction, verdict.hint) == ("passed", 1.0, None)
    assert verdict.staff_note == (
        "carries 6.3 KB (compressed); most of it in net.py lines 10–60: 4.9 KB; the names of files: 1.5 KB"
    )


def test_above_the_bound_it_fails() -> None:
    """Above the bound the test fails. The student is told where to look first."""
    verdict = judged(Carried(20_001, PARTS))
    assert (verdict.status, verdict.hint) == ("failed", "integrity/carries-data")
    assert verdict.data == {"got": 19.5, "limit": 19, "where": "net.py:10"}
    assert verdict.staff_note is not None
    assert judged(Carried(20_001, PARTS[1:])).data["where"] == Said("integrity/names-of-files")


def test_places_in_a_notebook_are_cells() -> None:
    """Places in a notebook are told as cells. This holds for the student and the instructor."""
    reading = Reading(True, (Origin("net.py", 1, 3, 1), Origin("net.py", 50, 7, 1)))
    verdict = judged(Carried(20_001, PARTS), reading)
    assert verdict.data["where"] == Said("place/cell", {"cell": 3, "line": 10})
    assert "code cells 3–7: 4.9 KB" in str(verdict.staff_note)
