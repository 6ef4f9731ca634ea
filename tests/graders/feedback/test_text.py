"""Markdown, mathematics and code as HTML."""

from __future__ import annotations

import re

import pytest

from graders.feedback.text import clean, code, console, markdown


def test_mathematics_is_mathml_that_browsers_show_by_themselves() -> None:
    html = markdown("Inline $x^2$, and\n\n$$\\frac{\\texttt{max\\_norm}}{2}$$\n")
    assert '<math display="inline"><mrow><msup>' in html and '<math display="block">' in html
    assert "<mfrac>" in html and "max_norm" in html and "$" not in html


def test_mathematics_that_cannot_be_converted_stays_tex() -> None:
    assert '<span class="tex">\\frac{</span>' in markdown("Broken $\\frac{$ here.")


@pytest.mark.parametrize("gap", ["[2ex]", " [ 0.5em ]", "[-3pt]"])
def test_the_distance_of_a_line_break_is_no_text(gap: str) -> None:
    html = markdown(f"$$f = \\begin{{cases}} a & b \\\\{gap} c & d \\end{{cases}}$$")
    assert html.count("<mtr>") == 2 and "[" not in html
    assert "ex" not in re.sub("<[^>]*>", "", html)


def test_brackets_after_a_line_break_stay() -> None:
    assert "[" in markdown("$$\\begin{matrix} a \\\\ [1] \\end{matrix}$$")


def test_dollars_in_code_are_no_mathematics() -> None:
    assert "<code>$x$</code>" in markdown("`$x$`")


def test_tables_keep_their_alignment_without_a_style() -> None:
    html = markdown("| a | b |\n| --- | ---: |\n| 1 | 2 |\n")
    assert '<td align="right">2</td>' in html and "style" not in html


def test_python_in_markdown_is_highlighted_and_other_languages_are_plain() -> None:
    assert '<span class="k">def</span>' in markdown("```python\ndef f(): pass\n```\n")
    assert "<pre>a &lt;b&gt;" in markdown("```\na <b>\n```\n")


def test_code_with_magics_is_highlighted_and_can_be_scrolled_with_keys() -> None:
    html = code("%matplotlib inline\nx = '<b>'")
    assert html.startswith('<pre class="code" tabindex="0">') and "<b>" not in html


def test_a_cell_in_which_nothing_was_written_says_so() -> None:
    assert "nothing was written here" in code(" \n")


def test_html_keeps_what_shows_something() -> None:
    table = "<table><tr><th>a</th><td>1</td></tr></table>"
    assert re.sub("</?tbody>", "", clean(table)) == table
    assert clean('<b class="points">x</b>') == "<b>x</b>", "no classes of the page for students"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "vbscript:x", "file:///etc/passwd"])
def test_addresses_of_scripts_and_files_are_taken_out(address: str) -> None:
    assert address not in clean(f'<a href="{address}">x</a>')
    assert address not in markdown(f"[x]({address})")


def test_colours_of_terminals_become_classes_and_all_else_is_escaped() -> None:
    assert console("\x1b[31mred\x1b[0m <b>") == '<span class="ansi-red-fg">red</span> &lt;b&gt;'
    assert console("<b>") == "&lt;b&gt;"


@pytest.mark.parametrize("run", ["a.", "*", "._"])
def test_code_that_the_highlighter_takes_hours_for_is_shown_without_colours(run: str) -> None:
    source = f"x = 1\n{run * 500_000}"
    html = code(source)
    assert source in html and "<span" not in html
    assert "<span" in code(f"x = '{run * 100}'")


def test_markdown_with_too_many_tags_is_shown_as_it_was_written() -> None:
    html = markdown("<div>" * 200_000)
    assert html.startswith("<pre") and html.count("&lt;div&gt;") == 200_000
    assert markdown("<b>bold</b> and $x < y$").count("<b>") == 1
