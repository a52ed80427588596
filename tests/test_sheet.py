"""Tables from spreadsheets and platforms are read whatever they were saved as, and written back as they were."""

from __future__ import annotations

import pytest

from grader.errors import UsageError
from grader.sheet import column, read_sheet

FILES = [
    b"id,grade\r\n1,87.5\r\n",
    b"id,grade\n1,87.5\n",
    b"id,grade\n1,87.5",
    "\ufeffid,имя\r\n1,Аня\r\n".encode(),
    "id;имя;балл\r\n1;Аня;87,5\r\n".encode("cp1251"),
    "id\tимя\r\n1\tАня\r\n".encode("utf-16"),
    b'"id","grade"\r\n"1",""\r\n"2","a ""b"", c"\r\n',
    b'id,name\r\n1,"Doe, Jane"\r\n2,"two\nlines"\r\n\r\n3,x\r\n',
    b"",
]


@pytest.mark.parametrize("content", FILES)
def test_what_is_read_is_written_back(content: bytes) -> None:
    """Byte for byte: mark, encoding, delimiter, quotes, ends of lines."""
    assert read_sheet(content, "grades.csv").encode() == content


def test_cells_are_read_whatever_divides_them() -> None:
    """Commas, semicolons, tabs; a comma in quotes is none."""
    assert read_sheet(b'"Doe, Jane";1\r\n', "x").rows == [["Doe, Jane", "1"]]
    assert read_sheet(b"a\tb, c\r\n", "x").rows == [["a", "b, c"]]
    assert read_sheet(b"a,b\r\n", "x").rows == [["a", "b"]]


def test_numbers_are_written_as_the_sheet_writes_them() -> None:
    """With a comma where semicolons divide the cells, or where other cells have one."""
    assert read_sheet(b"a;b\r\n", "x").number(87.5) == "87,5"
    assert read_sheet(b"a\tb\r\n1\t12,5\r\n", "x").number(87.25) == "87,25"
    assert read_sheet(b"a,b\r\n1,12.5\r\n", "x").number(87.0) == "87"


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b'a,"b\r\n', b"\xff\xfea"])
def test_what_is_no_table_is_refused_in_a_line(content: bytes) -> None:
    """A workbook, a quote that does not end, a broken encoding."""
    with pytest.raises(UsageError, match=r"grades\.xlsx.*save it as CSV"):
        read_sheet(content, "grades.xlsx")


def test_a_column_is_found_by_any_of_its_names() -> None:
    """Whatever its case and the space around it."""
    assert column(["ID", " Full  Name "], "name", "full name") == 1
    assert column(["ID"], "name") is None
