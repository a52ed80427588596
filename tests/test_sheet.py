"""A table is written back unchanged but for its changes."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.sheet import Sheet, column, read_sheet

PHP = (  # PHP's fputcsv quotes every cell with a space, and no other
    'Identifier,"Full name",Grade,"Maximum Grade"\n"Participant 7","Ann ""A"" Lee",,100.00\n"Participant 8",Bob,5,"1"\n'
)
RUBY = 'Student,ID,Hw (1)\n    Points Possible,,10\n"Lee, Ann",7,\n'
ROUND_TRIPS = {
    "php": PHP.encode(),
    "ruby": RUBY.encode(),
    "all-quoted": b'"a","b"\r\n"1",""\r\n',
    "mark": b"\xef\xbb\xbfa;b\r\n1,5;x\r\n",
    "utf-16-le": b"\xff\xfe" + "Имя\tx\r\nУм\t1,5\r\n".encode("utf-16-le"),
    "utf-16-be": b"\xfe\xff" + "Имя\tx\r\nУм\t1,5\r\n".encode("utf-16-be"),
    "utf-16-unmarked": "Name\tGrade\r\nAnn\t1\r\n".encode("utf-16-le"),
    "code-page": "Имя;Оценка\r\nУм;5\r\n".encode("cp1251"),
    "no-last-newline": b"a,b\n1,2",
    "mixed-newlines": b"a,b\r\n1,2\n3,4\r",
    "blank-lines": b"a,b\n\n1,2\n\n",
    "ragged": b'a,b,c\n1\n1,2,3,4\n"",\n',
    "lines-in-a-cell": b'a,b\r\n"one\r\ntwo\nthree",2\r\n',
    "a-quote-inside": b'a,b\n5" disk,2\n',
    "old-mac": b"a,b\r1,2\r",
    "empty": b"",
    "trailing-comma": b"a,",
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_what_was_not_changed_comes_back_byte_by_byte(name: str) -> None:
    """An unchanged table is written back byte by byte. Encoding, mark, delimiter, quotes and line ends stay."""
    assert read_sheet(ROUND_TRIPS[name], "t.csv").encode() == ROUND_TRIPS[name]


@pytest.mark.parametrize("name", [name for name, content in ROUND_TRIPS.items() if "utf-16" not in name and content])
def test_cells_are_those_that_the_csv_module_reads(name: str) -> None:
    """Cells are those that Python's csv module reads."""
    sheet = read_sheet(ROUND_TRIPS[name], "t.csv")
    text = ROUND_TRIPS[name].decode("cp1251" if name == "code-page" else "utf-8-sig")
    assert sheet.rows == list(csv.reader(io.StringIO(text, newline=""), delimiter=sheet.delimiter, strict=True))


def test_only_a_changed_cell_is_written_anew() -> None:
    """Only a changed cell is written anew. It has quotes where it needs them; the cells beside it keep theirs."""
    sheet = read_sheet(ROUND_TRIPS["php"], "t.csv")
    sheet.rows[1][2] = "87.5"
    sheet.rows[2][2] = 'so, "so"'
    changed = PHP.replace('Lee",,', 'Lee",87.5,').replace("Bob,5,", 'Bob,"so, ""so""",')
    assert sheet.encode().decode() == changed


def test_where_all_is_quoted_new_cells_are() -> None:
    """Where everything is quoted, new cells are too. Blackboard does that."""
    sheet = read_sheet(ROUND_TRIPS["all-quoted"], "t.csv")
    sheet.rows[1][1] = "87.5"
    assert sheet.encode() == b'"a","b"\r\n"1","87.5"\r\n'


def test_rows_may_come_and_go() -> None:
    """Rows may be removed and added. A removed row takes nothing with it, and a new one ends as the others do."""
    sheet = read_sheet(ROUND_TRIPS["php"], "t.csv")
    del sheet.rows[1]
    sheet.rows.append(["Participant 9", "Eve", "", "100.00"])
    lines = sheet.encode().decode().split("\n")
    assert lines[1:] == ['"Participant 8",Bob,5,"1"', "Participant 9,Eve,,100.00", ""]
    assert Sheet([["a", "b c"], ["1;2", "3"]], delimiter=";").encode() == b'a;b c\r\n"1;2";3\r\n'


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a,b\n1.5,2\n", "87.5"),
        ('a,b\n"1,5",2\n', "87,5"),
        ("a;b\n1;2\n", "87,5"),
        ("a;b\n1.50;2\n", "87.5"),
        ("a,b\n1,2\n", "87.5"),
        ("a\tb\n1,5\t2\n", "87,5"),
    ],
)
def test_numbers_are_written_as_those_that_are_there(text: str, number: str) -> None:
    """Numbers are written like those of the table. Without any, a semicolon means a decimal comma."""
    assert read_sheet(text.encode(), "t.csv").number(87.5) == number
    assert read_sheet(text.encode(), "t.csv").number(100.0) == "100"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'a,b\n"open,2\n', "t.csv is no table: the quotes do not match in row 2, column 1"),
        (b'a,b\n1,"x"y\n', "row 2, column 2"),
        (b"PK\x03\x04rest", "t.csv is no text: save it as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "t.csv is no text: save it as CSV"),
        (b"name,grade\0\n", "t.csv is no text"),
        (b"\xff\xfea", "t.csv is in no encoding"),
    ],
)
def test_what_is_no_table_is_said(content: bytes, said: str) -> None:
    """A file that is no table is refused in one line. It says which file, where, and what to do."""
    with pytest.raises(UsageError) as raised:
        read_sheet(content, "t.csv")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_long_table_is_read_in_time_that_grows_with_it() -> None:
    """A long table is read in time that grows with it. An open quote is found without reading again."""
    with pytest.raises(UsageError, match="row 2, column 1"):
        read_sheet(b'a,b\n"' + b'""' * 500_000 + b"x", "t.csv")


def test_a_column_is_found_whatever_its_case() -> None:
    """A column is found in any case. The first of the names that is there counts, not the first heading."""
    assert column(["Grade", " SIS  Login id ", "email"], "EMAIL", "sis login ID") == 2
    assert column(["Grade", " SIS  Login id "], "email", "sis login ID") == 1
    assert column([], "email") is None


def test_a_comma_in_a_heading_is_none_that_divides() -> None:
    """A comma in a heading is no delimiter.

    Where two delimiters are as frequent, the one that is rarer in text counts.
    """
    assert read_sheet(b"a\tb, c\r\n", "t.csv").rows == [["a", "b, c"]]
    assert read_sheet(b'"Doe, Jane";1\r\n', "t.csv").rows == [["Doe, Jane", "1"]]


@given(st.binary(max_size=60) | st.text(alphabet=',;\t"\r\n aЯ1.\0', max_size=40).map(str.encode))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_whatever_is_taken_for_a_table_comes_back(content: bytes) -> None:
    """Whatever is read as a table is written back unchanged. Anything else is refused."""
    try:
        sheet = read_sheet(content, "t.csv")
    except UsageError:
        return
    assert sheet.encode() == content
