"""How much data a Python source carries."""

from __future__ import annotations

import ast
import io
import tokenize

_LONG_NAME_BYTES = 80
_PARTS_OF_STRINGS = tuple(getattr(tokenize, name) for name in ("FSTRING_MIDDLE",) if hasattr(tokenize, name))


def data_and_documentation(source: bytes) -> tuple[int, int]:
    """Bytes of the numbers, strings and overlong names in a Python source, and of its docstrings and comments."""
    try:
        tree = ast.parse(source)
        tokens = list(tokenize.tokenize(io.BytesIO(source).readline))
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError):
        return len(source), 0  # what cannot be read might be anything
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    texts = [ast.get_docstring(node, clean=False) or "" for node in ast.walk(tree) if isinstance(node, documented)]
    docstrings = sum(len(text.encode()) for text in texts)
    sizes: dict[int, int] = {}
    for token in tokens:
        size = len(token.string.encode())
        if token.type != tokenize.NAME or size > _LONG_NAME_BYTES:
            sizes[token.type] = sizes.get(token.type, 0) + size
    data = sum(sizes.get(kind, 0) for kind in (tokenize.STRING, tokenize.NUMBER, tokenize.NAME, *_PARTS_OF_STRINGS))
    return max(0, data - docstrings), docstrings + sizes.get(tokenize.COMMENT, 0)
