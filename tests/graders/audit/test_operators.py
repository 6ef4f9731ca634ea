"""Each operator makes the slips that it names, one at a time, and takes them back."""

from __future__ import annotations

import ast
import textwrap

import pytest

from graders.audit.mutants import changes
from graders.audit.operators import OPERATORS


def made(operator: str, source: str) -> list[str]:
    """What an operator makes of some code, each as text."""
    tree = ast.parse(textwrap.dedent(source))
    return [ast.unparse(ast.fix_missing_locations(tree)) for _ in OPERATORS[operator](tree)]


@pytest.mark.parametrize(
    ("operator", "source", "expected"),
    [
        ("constant", "x = 3", ["x = 4", "x = 2"]),
        ("constant", "x = True", ["x = False"]),
        ("constant", "x = 'rb'", ["x = 'rb_'"]),
        ("constant", "x = None", []),
        ("comparison", "a < b", ["a <= b"]),
        ("comparison", "a == b", ["a != b"]),
        ("comparison", "a is not None", ["a is None"]),
        ("comparison", "a and b", ["a or b"]),
        ("arithmetic", "a + b", ["a - b"]),
        ("arithmetic", "a / b", ["a * b"]),
        ("arithmetic", "a += b", ["a -= b"]),
        ("arithmetic", "-a", ["+a"]),
        ("condition", "x if a else y", ["x if True else y", "x if False else y"]),
        ("swapped", "f(a, b, c)", ["f(b, a, c)", "f(a, c, b)"]),
        ("swapped", "a - b", ["b - a"]),
        ("swapped", "a + b", []),
        ("off_by_one", "i < n", ["i < n + 1"]),
        ("off_by_one", "a / n", ["a / (n + 1)"]),
        ("off_by_one", "s.get_lr(self.epoch)", ["s.get_lr(self.epoch + 1)"]),
        ("copy", "x = list(y)", ["x = y"]),
        ("copy", "x = y.copy()", ["x = y"]),
        ("copy", "f(loss.item())", ["f(loss)"]),
        ("copy", "x = sorted(y)", []),
    ],
)
def test_operator_makes_the_slip_that_it_names(operator: str, source: str, expected: list[str]) -> None:
    assert made(operator, source) == expected


FUNCTION = """
def f(self):
    self.zero_grad()
    for x in y:
        a = g(x)
        self.step(a)
    return a
"""


def test_statements_are_dropped_one_at_a_time() -> None:
    texts = made("dropped", FUNCTION)
    assert len(texts) == 4
    assert sum("zero_grad" not in text for text in texts) == 1
    assert sum("return" not in text for text in texts) == 1


def test_statements_move_across_each_other_and_into_and_out_of_a_block() -> None:
    texts = made("moved", FUNCTION)
    assert any(text.index("self.step") < text.index("a = g") for text in texts)  # across each other
    assert any("    self.step(a)\n    return" in text and "        self.step" not in text for text in texts)
    assert any("        self.zero_grad" in text for text in texts)  # into the loop
    assert any("        return a" in text for text in texts)


def test_statements_that_do_not_need_each_other_stay_where_they_are() -> None:
    assert made("moved", "def f(self, a, b):\n    self.a = a\n    self.b = b") == []


@pytest.mark.parametrize("operator", OPERATORS)
def test_the_tree_is_as_before_when_an_operator_is_done(operator: str) -> None:
    source = FUNCTION + "    if a < 3 and not b:\n        c = list(d) + f(1, -a)\n        return c / 2\n"
    tree = ast.parse(source)
    for _ in OPERATORS[operator](tree):
        pass
    assert ast.unparse(tree) == ast.unparse(ast.parse(source))


def test_a_change_is_named_by_its_function_and_operator_and_told_in_a_line() -> None:
    found = {name: change for name, change, _ in changes(FUNCTION)}
    dropped = [change for name, change in found.items() if name.startswith("f.dropped.")]
    assert "-self.zero_grad()  +pass" in dropped
    assert len(found) == len(list(changes(FUNCTION)))


def test_names_stay_the_same_when_other_lines_change() -> None:
    names = {name for name, change, _ in changes(FUNCTION) if "zero_grad" in change and ".dropped." in name}
    longer = FUNCTION.replace("    return a", "    print(a)\n    return a")
    assert names
    assert names <= {name for name, _, _ in changes(longer)}


def test_docstrings_are_not_changed() -> None:
    found = list(changes('def f(x):\n    """A text."""\n    return 1\n'))
    assert found and not [text for _, _, text in found if "text" in text]
