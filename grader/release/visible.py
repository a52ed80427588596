"""Cuts the visible tests out of the hidden ones.

So both are one suite.

A visible test is shipped with its decorator, and with the constants and functions of its module that it uses. What
is hidden leaves no trace: neither a test nor its name, nor a helper that only hidden tests use. What they import of the
grader they find in its copy.
"""

from __future__ import annotations

import ast

_MARK = "visible"
_GRADER, _COPY = "grader.", "student._kit."


def _is_visible(node: ast.stmt) -> bool:
    """Whether a statement defines a visible test."""
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(mark, ast.Name) and mark.id == _MARK for mark in node.decorator_list
    )


def _defines(node: ast.stmt) -> set[str]:
    """The names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names}
    return set()


def _uses(node: ast.AST) -> set[str]:
    """The names that occur in a statement."""
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _wanted_names(body: list[ast.stmt]) -> set[str]:
    """Collect names that the visible tests need. Those that these need in turn are included."""
    definitions = {name: node for node in body for name in _defines(node)}
    wanted: set[str] = set()
    queue = [name for node in body if _is_visible(node) for name in _uses(node)]
    while queue:
        name = queue.pop()
        if name in definitions and name not in wanted:
            wanted.add(name)
            queue += _uses(definitions[name])
    return wanted


def _start(node: ast.stmt) -> int:
    """The index of a statement's first line, decorators included."""
    marks = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return min([node.lineno, *(mark.lineno for mark in marks)]) - 1


def _trimmed_import(node: ast.Import | ast.ImportFrom, wanted: set[str]) -> str:
    """Reduce an import to the wanted names. Those of the grader come from its copy."""
    node.names = [alias for alias in node.names if (alias.asname or alias.name.split(".")[0]) in wanted]
    if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(_GRADER):
        node.module = _COPY + node.module.removeprefix(_GRADER)
    return ast.unparse(node)


def visible_part(source: str) -> str | None:
    """Reduce a test module to its visible tests.

    None where there is none.

    Args:
        source: a module of hidden tests. Its layout (comments inside functions, docstrings) is kept.
    """
    tree = ast.parse(source)
    if not any(_is_visible(node) for node in tree.body):
        return None
    lines = source.splitlines()
    wanted = _wanted_names(tree.body)
    header: list[str] = []
    parts: list[str] = []
    previous_kept = False
    for node in tree.body:
        text = "\n".join(lines[_start(node) : node.end_lineno])
        is_note = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Import | ast.ImportFrom):
            if _defines(node) & wanted:
                header.append(_trimmed_import(node, wanted))
        elif is_note and node is tree.body[0]:
            header.append(text + "\n")
        elif is_note and previous_kept:
            parts[-1] += "\n" + text  # the docstring of a constant
        elif previous_kept := _is_visible(node) or bool(_defines(node) & wanted):
            parts.append(text)
    return "\n".join(header) + "\n\n\n" + "\n\n\n".join(parts) + "\n"
