"""Converts scripts in jupytext's percent format to notebooks. The bytes are the same every time."""

from __future__ import annotations

import hashlib
import json
import sys

from grader.errors import UsageError

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def to_notebook(script: str) -> bytes:
    """The notebook of `script`, without outputs.

    Args:
        script: cells marked by `# %%`, with their metadata behind it.

    Raises:
        UsageError: jupytext is not installed.
    """
    # jsonschema, which jupytext brings, takes two seconds to read its grammars, for formats that no notebook has
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        import jupytext
    except ImportError:
        raise UsageError("notebooks are written with jupytext: pip install 'perceptron-grader[release]'") from None
    notebook = jupytext.reads(script, fmt="py:percent")
    notebook.metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        # jupytext draws random ids; a file that is compared needs the same ones each time
        cell["id"] = hashlib.sha256(f"{number}:{cell['source']}".encode()).hexdigest()[:8]
        cell["metadata"].pop("lines_to_next_cell", None)  # of use to a script only
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
