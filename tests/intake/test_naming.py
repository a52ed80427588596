"""Tests of names that are safe in folders and messages. Strangers may call their work anything."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.intake import safe_name
from grader.intake.limits import Refused
from grader.intake.naming import shown, shown_list, unique_names

DETERMINED = settings(derandomize=True, deadline=None, database=None, max_examples=300)
ANY_NAME = st.text(st.characters(exclude_categories=()), max_size=300)
WINDOWS_RESERVED = {"con", "prn", "aux", "nul", *(f"{kind}{digit}" for kind in ("com", "lpt") for digit in range(10))}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("alice", "alice"),
        ("bob.smith", "bob.smith"),
        ("Иванова Мария_123", "Иванова Мария_123"),
        ("हिन्दी", "हिन्दी"),
        ("李雷", "李雷"),
        ("cafe\u0301", "caf\u00e9"),
        ("two\nlines\ttabs", "two_lines_tabs"),
        ("\x1b[31mred", "[31mred".replace("[", "_")[1:]),
        ("<b>bold</b>", "b_bold_b_"),
        ("a/b\\c:d*e?f|g", "a_b_c_d_e_f_g"),
        ("--help", "help"),
        (".hidden", "hidden"),
        ("..", "submission"),
        ("=1+1", "1+1"),
        ("@sum", "sum"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u200bb\ufeff", "ab"),
        ("bad\udcff", "bad_"),
        ("trailing. . ", "trailing"),
        ("many     spaces", "many spaces"),
        ("CON", "CON_"),
        ("nul.zip", "nul_.zip"),
        ("con.tar.gz", "con_.tar.gz"),
        ("aux .csv", "aux_ .csv_"),
        ("COM²", "COM²_"),
        ("com1", "com1_"),
        ("grades.csv", "grades.csv_"),
        ("", "submission"),
        ("🔥", "submission"),
        ("x" * 300, "x" * 100),
        ("д" * 300, "д" * 100),
        ("李" * 300, "李" * 66),
    ],
)
def test_names_are_made_safe_and_stay_readable(raw: str, expected: str) -> None:
    """Names are made safe and stay readable.

    Letters of every script stay; what could upset a terminal, shell, spreadsheet, page or file system goes.
    """
    assert safe_name(raw) == expected


@DETERMINED
@example("e\u0301" * 150)
@example("\u0345" * 120)
@example("ﬃ" * 99 + "\u0301")
@given(ANY_NAME)
def test_every_safe_name_works_everywhere(raw: str) -> None:
    """Every safe name works everywhere.

    It is NFC, bounded and one visible part of a path, and a safe name stays as it is.
    """
    name = safe_name(raw)
    assert 1 <= len(name) <= 100
    assert len(name.encode()) <= 255
    assert name == unicodedata.normalize("NFC", name)
    assert not set(name) & set('/\\<>:"|?*&;`$\0')
    assert all(unicodedata.category(character)[0] not in "C" for character in name)
    assert name[0] not in ".-=+@ "
    assert name[-1] not in " ."
    assert name.split(".")[0].casefold() not in WINDOWS_RESERVED
    assert safe_name(name) == name


@DETERMINED
@example(["a", "A", "a-2", "a"])
@example(["x" * 100] * 12)
@example(["ß", "ss", "SS"])
@given(st.lists(st.one_of(st.sampled_from(["a", "A", "a-2", "<", ""]), ANY_NAME), max_size=12))
def test_names_differ_on_every_file_system(raw: list[str]) -> None:
    """Names differ on every file system. Each has one, case does not count, and every run gives the same."""
    names = unique_names(raw)
    assert len(names) == len(raw)
    assert len({name.casefold() for name in names}) == len(raw)
    assert all(len(name) <= 100 and len(name.encode()) <= 255 for name in names)
    assert names == unique_names(raw)


def test_the_first_of_equal_names_keeps_it() -> None:
    """The first of equal names keeps it. Later ones count up, past names that exist already."""
    assert unique_names(["hw", "hw-2", "HW", "hw"]) == ["hw", "hw-2", "HW-3", "hw-4"]


@DETERMINED
@given(ANY_NAME)
def test_what_is_shown_is_one_plain_line(text: str) -> None:
    """Shown text is one plain line.

    It has no control characters, direction marks or lone surrogates, and at most 80 characters.
    """
    line = shown(text)
    assert len(line) <= 80
    assert len(line.splitlines()) <= 1
    assert all(unicodedata.category(character)[0] != "C" for character in line)
    line.encode()


def test_a_list_is_shown_in_part() -> None:
    """A long list is shown in part, with an ellipsis."""
    assert shown_list(["a", "b"]) == "a, b"
    assert shown_list("abcdefgh") == "a, b, c, d, e, f, …"
    assert shown("x" * 90) == "x" * 79 + "…"


def test_what_a_refusal_tells_is_fit_to_be_shown() -> None:
    """A refusal's data is fit to be shown. Names may come as they were found, one or several; numbers stay numbers."""
    problem = Refused("intake/several", file="a\n\x1b[31mb", found=(f"{n}\x00" for n in range(8)), limit=3).problem
    assert problem.data == {
        "file": "a \ufffd[31mb",
        "found": "0\ufffd, 1\ufffd, 2\ufffd, 3\ufffd, 4\ufffd, 5\ufffd, …",
        "limit": 3,
    }
    assert len(str(Refused("intake/bad-name", file="x" * 1000).problem.data["file"])) == 80
