"""What a suite is run against beside the library: the instructor's solution, and one that does nothing."""

from __future__ import annotations

import ast

from graders.assignment import Assignment, nbgrader_data

DOES_NOTHING = '''\
"""Defines the three names; nothing that is called does anything."""


class CosineSchedule:
    def __init__(self, *args, **kwargs):
        pass

    def get_lr(self, *args, **kwargs):
        pass


def clip_grad_norm(*args, **kwargs):
    pass


class Trainer:
    def __init__(self, *args, **kwargs):
        pass

    def train_epoch(self, *args, **kwargs):
        pass

    def evaluate(self, *args, **kwargs):
        pass

    def save_checkpoint(self, *args, **kwargs):
        pass

    def load_checkpoint(self, *args, **kwargs):
        pass
'''


def reference_code(assignment: Assignment) -> str:
    """The instructor's solution as one module: the solution cells, and those that only import."""
    cells = [cell for cell in assignment.notebook.cells if cell.cell_type == "code"]
    return "\n\n".join(
        cell.source for cell in cells if nbgrader_data(cell).get("solution") or _only_imports(cell.source)
    )


def _only_imports(source: str) -> bool:
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a cell with a line of IPython's
        return False
    return bool(statements) and all(isinstance(node, ast.Import | ast.ImportFrom) for node in statements)
