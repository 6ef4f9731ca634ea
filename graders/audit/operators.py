"""Small changes to a syntax tree, as slips of the hand make them.

An operator walks a tree, makes one change in place, yields the node that it changed, and takes the change
back before it makes the next. So whoever iterates sees the tree with exactly one change at a time.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TypeVar

Sites = Iterator[ast.AST]
Operator = Callable[[ast.Module], Sites]
Node = TypeVar("Node", bound=ast.AST)

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.FloorDiv: ast.Div,
}

COPIES = ("list", "dict", "tuple", "float", "int")
"""Functions whose only effect is another object with the same contents."""

COPYING_METHODS = ("copy", "item")


def constants(tree: ast.Module) -> Sites:
    """A number becomes one more or one less, a truth value the other one, a text another text."""
    for node in _all(tree, ast.Constant):
        for value in _neighbours(node.value):
            yield from _with(node, "value", value)


def _neighbours(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 1, value - 1]
    return [value + "_"] if isinstance(value, str) else []


def comparisons(tree: ast.Module) -> Sites:
    """A comparison becomes its nearest neighbour, `and` becomes `or`."""
    for compare in _all(tree, ast.Compare):
        for i, operator in enumerate(compare.ops):
            changed = [*compare.ops[:i], COMPARISONS[type(operator)](), *compare.ops[i + 1 :]]
            yield from _with(compare, "ops", changed)
    for junction in _all(tree, ast.BoolOp):
        yield from _with(junction, "op", ast.Or() if isinstance(junction.op, ast.And) else ast.And())


def arithmetic(tree: ast.Module) -> Sites:
    """An arithmetic operator becomes another one, in `a + b` as in `a += b`; a sign is dropped."""
    nodes: list[ast.BinOp | ast.AugAssign] = [*_all(tree, ast.BinOp), *_all(tree, ast.AugAssign)]
    for node in nodes:
        if type(node.op) in ARITHMETIC:
            yield from _with(node, "op", ARITHMETIC[type(node.op)]())
    for sign in _all(tree, ast.UnaryOp):
        if isinstance(sign.op, ast.USub):
            yield from _with(sign, "op", ast.UAdd())


def conditions(tree: ast.Module) -> Sites:
    """A condition always holds, or never."""
    for node in (*_all(tree, ast.If), *_all(tree, ast.IfExp)):
        for value in (True, False):
            yield from _with(node, "test", ast.Constant(value))


def dropped_statements(tree: ast.Module) -> Sites:
    """A statement is left out: an assignment, a call, a return."""
    droppable = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Continue, ast.Break)
    for body in _bodies(tree):
        for i, statement in enumerate(body):
            if isinstance(statement, droppable):
                yield from _in_place_of(body, [*body[:i], ast.Pass(), *body[i + 1 :]], statement)


def swapped_arguments(tree: ast.Module) -> Sites:
    """Two neighbouring arguments of a call change places, or two operands of `-` and `/`."""
    for call in _all(tree, ast.Call):
        for i in range(len(call.args) - 1):
            swapped = [*call.args[:i], call.args[i + 1], call.args[i], *call.args[i + 2 :]]
            yield from _with(call, "args", swapped)
    for node in _all(tree, ast.BinOp):
        if isinstance(node.op, (ast.Sub, ast.Div)):
            node.left, node.right = node.right, node.left
            yield node
            node.left, node.right = node.right, node.left


def off_by_one(tree: ast.Module) -> Sites:
    """What is compared with, divided by, or given to a method as its only argument, is one more."""
    for compare in _all(tree, ast.Compare):
        if _is_value(compare.comparators[-1]):
            yield from _with(
                compare, "comparators", [*compare.comparators[:-1], _plus_one(compare.comparators[-1])]
            )
    for node in _all(tree, ast.BinOp):
        if isinstance(node.op, ast.Div) and _is_value(node.right):
            yield from _with(node, "right", _plus_one(node.right))
    for call in _all(tree, ast.Call):
        if isinstance(call.func, ast.Attribute) and len(call.args) == 1 and _is_value(call.args[0]):
            yield from _with(call, "args", [_plus_one(call.args[0])])


def _is_value(node: ast.expr) -> bool:
    """Whether a node may be a number that is computed: a name, an attribute, or a call."""
    return isinstance(node, (ast.Name, ast.Attribute, ast.Call))


def _plus_one(node: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Add(), ast.Constant(1))


def moved_statements(tree: ast.Module) -> Sites:
    """Neighbours that need each other change places; statements move into and out of a block."""
    for body in _bodies(tree):
        for i in range(len(body) - 1):
            if _depend(body[i], body[i + 1]):
                swapped = [*body[:i], body[i + 1], body[i], *body[i + 2 :]]
                yield from _in_place_of(body, swapped, body[i])
    for body in _bodies(tree):
        for i, block in enumerate(body):
            if isinstance(block, (ast.For, ast.While, ast.If)):
                yield from _across_an_edge(body, i, block.body)


def _across_an_edge(body: list[ast.stmt], i: int, inner: list[ast.stmt]) -> Sites:
    """Move statements into and out of the block at `i` in `body`, whose statements are `inner`."""
    whole = list(body)
    if len(inner) > 1:
        last = inner.pop()
        yield from _in_place_of(body, [*whole[: i + 1], last, *whole[i + 1 :]], last)
        inner.append(last)
    if i + 1 < len(whole):
        inner.append(whole[i + 1])
        yield from _in_place_of(body, [*whole[: i + 1], *whole[i + 2 :]], whole[i + 1])
        inner.pop()
    if i > 0:
        inner.insert(0, whole[i - 1])
        yield from _in_place_of(body, [*whole[: i - 1], *whole[i:]], whole[i - 1])
        inner.pop(0)


def _depend(one: ast.stmt, other: ast.stmt) -> bool:
    """Whether one statement may change what the other mentions. Only then their order matters."""
    return any(
        _within(changed, mentioned) or _within(mentioned, changed)
        for first, second in ((one, other), (other, one))
        for changed in _changed(first)
        for mentioned in _mentioned(second)
    )


def _within(part: str, whole: str) -> bool:
    return part == whole or part.startswith(whole + ".")


def _mentioned(statement: ast.stmt) -> set[str]:
    """Names and attributes in a statement, dotted, each as long as it is written."""
    nodes = [n for n in ast.walk(statement) if isinstance(n, (ast.Name, ast.Attribute))]
    inner = {id(n.value) for n in nodes if isinstance(n, ast.Attribute)}
    return {ast.unparse(node) for node in nodes if id(node) not in inner}


def _changed(statement: ast.stmt) -> set[str]:
    """What it assigns to, and the objects whose methods it calls; where it returns, all that it mentions."""
    nodes = list(ast.walk(statement))
    stored = {ast.unparse(n) for n in nodes if isinstance(getattr(n, "ctx", None), ast.Store)}
    called = {ast.unparse(n.func.value) for n in nodes if _calls_a_method(n)}  # type: ignore[attr-defined]
    leaves = any(isinstance(node, (ast.Return, ast.Raise, ast.Continue, ast.Break)) for node in nodes)
    return stored | called | (_mentioned(statement) if leaves else set())


def _calls_a_method(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def dropped_copies(tree: ast.Module) -> Sites:
    """A copy or conversion is left out: `list(x)`, `float(x)`, `x.copy()` and `x.item()` become x."""
    for parent in list(ast.walk(tree)):
        for field, value in list(ast.iter_fields(parent)):
            if isinstance(value, list):
                for i, item in enumerate(value):
                    if (kept := _copied(item)) is not None:
                        yield from _with(parent, field, [*value[:i], kept, *value[i + 1 :]])
            elif (kept := _copied(value)) is not None:
                yield from _with(parent, field, kept)


def _copied(node: object) -> ast.expr | None:
    """What a call copies; None where a node is no such call."""
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    if isinstance(node.func, ast.Name) and node.func.id in COPIES and len(node.args) == 1:
        return node.args[0]
    if isinstance(node.func, ast.Attribute) and node.func.attr in COPYING_METHODS and not node.args:
        return node.func.value
    return None


OPERATORS: dict[str, Operator] = {
    "constant": constants,
    "comparison": comparisons,
    "arithmetic": arithmetic,
    "condition": conditions,
    "dropped": dropped_statements,
    "swapped": swapped_arguments,
    "off_by_one": off_by_one,
    "moved": moved_statements,
    "copy": dropped_copies,
}


def _all(tree: ast.Module, kind: type[Node]) -> list[Node]:
    return [node for node in ast.walk(tree) if isinstance(node, kind)]


def _bodies(tree: ast.Module) -> list[list[ast.stmt]]:
    """Every list of statements inside of a function: what stands at the top of a module or class stays."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    nodes = {id(node): node for function in functions for node in ast.walk(function)}
    lists = (getattr(node, name, None) for node in nodes.values() for name in ("body", "orelse", "finalbody"))
    return [body for body in lists if isinstance(body, list) and body]


def _with(node: ast.AST, field: str, value: object) -> Sites:
    before = getattr(node, field)
    setattr(node, field, value)
    yield node
    setattr(node, field, before)


def _in_place_of(body: list[ast.stmt], changed: list[ast.stmt], site: ast.stmt) -> Sites:
    before = list(body)
    body[:] = changed
    yield site
    body[:] = before
