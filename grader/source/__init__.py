"""Strangers' Python source: sliced and parsed; never run.

Python's own parser is not made for hostile source. A megabyte of `f"{1}{1}…"` takes it hours, a long list half a
gigabyte, and a bug in it would end the grader. So whatever is longer than `bounded.SMALL` is parsed in a process of its
own, which bounds its memory and processor time before it reads a byte, holds nothing of value, and answers in JSON.
Below that size nothing we could think of takes half a second or 100 MB (f-strings, nesting, thousands of statements).

    bounded     what the others call: here where the source is small, else in a child
    child       the child: no packages beside the standard library, so that it starts in a twentieth of a second
    tasks       the jobs of either, from plain data to plain data
    cells, slicing, definitions, contract     how they are done
    package     the package that a slice becomes
    files     the same as three files to be worked on
"""
