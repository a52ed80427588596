"""A notebook as a submission: its slice as one module, and the contract's three modules that re-export from it."""

from __future__ import annotations

import warnings

from grader.intake.cells import read_cells
from grader.intake.limits import KIBIBYTE, IntakeLimits, Refused
from grader.intake.slicing import CONTRACT, MODULES, Statement, slice_cells

_SLICE = "notebook_cells"


def _module(statements: list[Statement]) -> str:
    """The slice as source; every statement says which cell it comes from, so that a traceback can be read."""
    ordered = sorted(statements, key=lambda statement: not statement.is_future_import)
    return "\n\n".join(f"# In[{statement.cell}]\n{statement.text}" for statement in ordered) + "\n"


def _reexport(names: tuple[str, ...], defined: frozenset[str]) -> str:
    present = ", ".join(name for name in names if name in defined)
    return f"from .{_SLICE} import {present}\n" if present else "# The notebook defines none of these names.\n"


def read_notebook(data: bytes, limits: IntakeLimits) -> dict[str, bytes]:
    """The files of a package that defines what the notebook does, without running its other cells.

    Args:
        data: the `.ipynb` file, or its first `limits.notebook_bytes + 1` bytes.
        limits: the bounds.

    Raises:
        Refused: it is no notebook, is too large, or defines none of the contract's names.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python remarks on a student's source is not for the grader's stderr
        statements = slice_cells(read_cells(data, limits))
    defined = frozenset(name for statement in statements for name in statement.binds)
    if not defined & CONTRACT:
        raise Refused("intake/notebook-no-names", names=", ".join(sorted(CONTRACT)))
    module = _module(statements).encode()
    if len(module) > limits.file_bytes:
        raise Refused("intake/file-too-large", file=f"{_SLICE}.py", limit_kb=limits.file_bytes // KIBIBYTE)
    files = {f"{name}.py": _reexport(names, defined).encode() for name, names in MODULES.items()}
    return {f"{_SLICE}.py": module, **files}
