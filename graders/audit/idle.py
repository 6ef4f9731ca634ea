"""The forced failure of any assignment: its reference solution, in which no function does anything."""

from __future__ import annotations

import ast

CONSTRUCTORS = ("__init__", "__new__", "__post_init__")


def idle(source: str) -> str:
    """Return a cell's code with functions and methods that return None; constructors stay as they are."""
    return ast.unparse(ast.fix_missing_locations(_Idle().visit(ast.parse(source))))


class _Idle(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Empty a function that is no constructor."""
        if node.name not in CONSTRUCTORS:
            node.body = [ast.Pass()]
        return node
