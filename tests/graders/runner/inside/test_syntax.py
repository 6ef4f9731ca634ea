"""The quick transformer gives what IPython's own gives, whatever a cell holds."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import HelpEnd, TransformerManager

from graders.runner.inside.syntax import QuickTransformer

PIECES = (
    *("%", "%%", "!", "!!", "?", "??", ",", ";", "/", "=", "==", "ls", "name", "name?", "(", ")", "[", "]"),
    *(
        "'",
        '"',
        '"""',
        "#",
        "\\",
        "\\\n",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\u2028",
        "\ufeff",
    ),
    *(
        " ",
        "    ",
        "\t",
        ":",
        "def f():\n",
        "In [1]: ",
        ">>> ",
        "... ",
        "x = %time 1",
        "x =! ls",
        "a %= 2",
        "%time x",
    ),
)

cells = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


def outcome(transformer: TransformerManager, cell: str) -> str:
    """The cell as it is run, or the error that looking at it ends in."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            transformed: str = transformer.transform_cell(cell)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return transformed


@given(cells)
@settings(max_examples=500, deadline=None, print_blob=True)
def test_every_cell_becomes_what_ipython_makes_of_it(cell: str) -> None:
    assert outcome(QuickTransformer(), cell) == outcome(TransformerManager(), cell)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "cell", ["x = %pwd", "x = (1 +\n2)\n!ls", "  %pwd", "x = \\\n%pwd", "len?", "/f 1", "x =!ls"]
)
def test_ipython_s_own_syntax_is_translated(cell: str) -> None:
    assert "get_ipython()" in QuickTransformer().transform_cell(
        cell
    ) or "f(1)" in QuickTransformer().transform_cell(cell)


def test_plain_python_is_not_searched_token_by_token(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*_: object) -> None:
        raise AssertionError("it was searched")

    monkeypatch.setattr(TransformerManager, "do_token_transforms", searched)
    cell = "def mean(values):\n    '''The mean? Of them.'''\n    return sum(values) / len(values) % 7\n"
    assert QuickTransformer().transform_cell(cell) == cell


def test_a_transformer_that_a_cell_has_added_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shouting(HelpEnd):
        @classmethod
        def find(cls, tokens_by_line: Any) -> Any:
            raise AssertionError("it was asked")

    transformer = QuickTransformer()
    transformer.token_transformers.append(Shouting)
    with pytest.raises(AssertionError, match="it was asked"):
        transformer.transform_cell("x = 1")
