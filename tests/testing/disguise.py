"""Disguise programs as somebody who copies another's work would. It is done by machine, from a seed."""

from __future__ import annotations

import ast
import builtins
import random
import re
from collections.abc import Mapping

_CONTRACT = frozenset("Net train make_criterion make_optimizer BATCH_SIZE N_EPOCHS forward self super".split())


class _Disguise(ast.NodeTransformer):
    """Change names, numbers, docstrings and the order of methods."""

    def __init__(self, trees: list[ast.Module], rng: random.Random) -> None:
        self.rng = rng
        self.names: dict[str, str] = {}
        self.attributes: set[str] = set()
        imported = set()
        for node in (node for tree in trees for node in ast.walk(tree)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._rename(node.id)
            elif isinstance(node, ast.arg):
                self._rename(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                self._rename(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                self.attributes.add(node.attr)
                self._rename(node.attr)
        for name in imported:
            self.names.pop(name, None)

    def _rename(self, name: str) -> None:
        if name not in _CONTRACT and name not in dir(builtins) and not name.startswith("__"):
            self.names.setdefault(name, "".join(self.rng.choices("abcdefgh", k=8)))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg, node.annotation = self.names.get(node.arg, node.arg), None
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if node.attr in self.attributes:
            node.attr = self.names.get(node.attr, node.attr)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        if ast.get_docstring(node) is not None and len(node.body) > 1:
            del node.body[0]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        node.body = self._reordered(node.body)
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self.generic_visit(node)
        node.body = self._reordered(node.body)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) in (int, float) and self.rng.random() < 0.3:
            node.value += 1
        return node

    def _reordered(self, body: list[ast.stmt]) -> list[ast.stmt]:
        functions = [statement for statement in body if isinstance(statement, ast.FunctionDef)]
        self.rng.shuffle(functions)
        return [statement for statement in body if not isinstance(statement, ast.FunctionDef)] + functions


def disguised(files: Mapping[str, str], seed: int) -> dict[str, str]:
    """Return `files`, by path, in a disguise chosen by `seed`.

    Names, numbers, comments, layout and the order of functions are others. The program does the same but for the
    numbers, as long as no name is used as text.
    """
    trees = {path: ast.parse(text) for path, text in files.items()}
    disguise = _Disguise(list(trees.values()), random.Random(seed))
    return {
        path: f"# version {seed}\n\n" + ast.unparse(ast.fix_missing_locations(disguise.visit(tree)))
        for path, tree in trees.items()
    }


def padded(files: Mapping[str, str], seed: int) -> dict[str, str]:
    """Return `files` with lines that do nothing. One stands before about every fourth statement in a function."""
    rng = random.Random(seed)

    def pad(line: str) -> str:
        indent = line[: len(line) - len(line.lstrip())]
        begins = indent and re.match(r"[\w., ]+ = |return |optimizer|loss", line.lstrip())
        junk = f"{indent}unused_{rng.randrange(99)} = [{rng.randrange(9)}, len(str({rng.randrange(99)}))]\n"
        return (junk if begins and rng.random() < 0.25 else "") + line

    return {path: "\n".join(map(pad, text.split("\n"))) for path, text in files.items()}
