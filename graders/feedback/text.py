"""Text as HTML: Markdown, code and students' own HTML, made safe, and kept.

Most cells of a class are the same, so what was made of a source once is used again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import latex2mathml.converter
import nh3
from IPython.lib.lexers import IPython3Lexer
from markupsafe import Markup, escape
from nbconvert.filters import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

_coloured: Callable[[str], str] = ansi2html  # which has no annotations

KEPT = 4096
"""Texts that are kept: the cells of a lesson, and the solutions and messages of some hundred students."""

MOST_TAGS = 5_000
"""Tags of a text that is shown as HTML: nested ones take time by their square, minutes for a megabyte."""

LONG_RUN = re.compile(r"[\w.*]{1000}")
"""IPython's lexer looks through such a run again for each name in it, hours for a megabyte of `a.a.a.`."""

MATHML = {
    "math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup",
    "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose",
}  # fmt: skip
TAGS = nh3.ALLOWED_TAGS | MATHML | {"input"}
ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "math": {"display"},
    "mo": {"stretchy", "fence", "form", "separator", "lspace", "rspace", "minsize", "maxsize"},
    "mi": {"mathvariant"},
    "mtext": {"mathvariant"},
    "mspace": {"width"},
    "mtable": {"columnalign", "rowspacing"},
    "mtd": {"columnalign"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mfrac": {"linethickness"},
    "input": {"type", "checked", "disabled"},  # the boxes of task lists
    "th": {"colspan", "rowspan", "align"},
    "td": {"colspan", "rowspan", "align"},
}
ROW_GAP = re.compile(r"\\\\\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]")
"""A line break of TeX with a distance, such as `\\\\[2ex]`, which the converter takes for text."""

ALIGNED = re.compile(r' style="text-align: ?(left|right|center);?"')
LEXER, FORMATTER = IPython3Lexer(), HtmlFormatter(nowrap=True)
OWN_CLASSES = {name: {"class"} for name in ("div", "span", "p", "table", "pre", "dl")}


@lru_cache(KEPT)
def code(source: str) -> Markup:
    """Highlight Python, with IPython's magics; code that takes too long for that stays as it is."""
    if not source.strip():
        return Markup('<pre class="empty">nothing was written here</pre>')
    highlighted = escape(source) if LONG_RUN.search(source) else highlight(source, LEXER, FORMATTER)
    return Markup(f'<pre class="code" tabindex="0"><code>{highlighted}</code></pre>')


@lru_cache(KEPT)
def markdown(source: str, attachments: tuple[tuple[str, str], ...] = ()) -> Markup:
    """Make HTML of Markdown: mathematics as MathML, HTML in it cleaned, headings without links.

    What has too many tags stays as it is. attachments: names and data addresses of pictures that come with
    the cell.
    """
    if not is_showable(source):
        return Markup('<pre tabindex="0">{}</pre>').format(source)
    text = MarkdownWithMath(renderer=Renderer(dict(attachments))).render(source)
    return clean(ALIGNED.sub(r' align="\1"', text), classes=True)


def is_showable(text: str) -> bool:
    """Whether the HTML in a text has so few tags that they can be cleaned in no time, however they nest."""
    return text.count("<") <= MOST_TAGS


@lru_cache(KEPT)
def clean(text: str, *, classes: bool = False) -> Markup:
    """Leave of HTML what shows something, and no script, style, form, frame or address of a script.

    To be asked of what is_showable alone. classes: keep the classes, which are those of the page's own style
    sheet.
    """
    attributes = {**ATTRIBUTES}
    if classes:
        attributes |= {name: {*ATTRIBUTES.get(name, ()), "class"} for name in OWN_CLASSES}
    return Markup(
        nh3.clean(
            text,
            tags=TAGS,
            attributes=attributes,
            url_schemes={"http", "https", "mailto", "data"},
            link_rel="noopener noreferrer",
        )
    )


def console(text: str) -> Markup:
    """Make HTML of what a terminal would show: colours as classes, everything else escaped."""
    return Markup(_coloured(text)) if "\x1b" in text else escape(text)


class Renderer(IPythonRenderer):
    """nbconvert's renderer, with mathematics that browsers show by themselves."""

    def __init__(self, pictures: Mapping[str, str]) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self._pictures = pictures

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return a picture; one that should be attached to the cell and is not has only its words."""
        kind, colon, name = url.partition(":")
        if (kind, colon) == ("attachment", ":"):
            url = self._pictures.get(name, "data:,")
        return super().image(text, url, title)

    def block_math(self, body: str) -> str:
        """Return displayed mathematics."""
        return f'<div class="math">{mathml(body, "block")}</div>'

    def inline_math(self, body: str) -> str:
        """Return mathematics within a line."""
        return mathml(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        """Return mathematics that stands in an environment, such as align."""
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def block_code(self, code: str, info: str | None = None) -> str:
        """Return code of Markdown's; Python is highlighted like that of cells."""
        language = (info or "").split()[:1]
        if language in (["python"], ["py"]):
            return str(highlighted(code))
        return f"<pre>{escape(code)}</pre>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        """Return a cell of a table, aligned without a style, which would not be let through."""
        tag, aligned = "th" if head else "td", f' align="{align}"' if align else ""
        return f"<{tag}{aligned}>{text}</{tag}>\n"


highlighted = code


def mathml(tex: str, display: str) -> str:
    """Make MathML of TeX; where that fails, the TeX itself, which can be read too."""
    try:
        made: str = latex2mathml.converter.convert(ROW_GAP.sub(r"\\\\", tex.strip()), display=display)
    except Exception:  # the converter raises errors of many kinds on what it does not know
        return f'<span class="tex">{escape(tex)}</span>'
    return made.replace(r"\_", "_")
