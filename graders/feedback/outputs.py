"""What a cell showed, as HTML: of each output the richest form that needs no script."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup, escape
from nbformat import NotebookNode

from graders.evidence import MIME_TYPE
from graders.feedback.text import clean, console, is_showable, markdown

NO_WORDS = "a picture without a description"
NEEDS_SCRIPT = "What this cell showed needs a running notebook."
LARGEST_SIDE = 10_000
"""CSS pixels."""

LONGEST_ALT = 600
"""Characters of a picture's description."""


def shown(output: NotebookNode, *, judged: bool) -> Markup:
    """Return an output as HTML; empty where it is nothing for readers.

    judged: the cell holds a verdict. Its number is for nbgrader, and its message brings the page's classes.
    """
    if output.output_type == "stream":
        return _text(
            _joined(output.get("text", "")), "stderr" if output.get("name") == "stderr" else "stdout"
        )
    if output.output_type == "error":
        lines = output.get("traceback") or [f"{output.get('ename')}: {output.get('evalue')}"]
        return _text("\n".join(map(str, lines)), "error")
    if output.output_type == "execute_result" and judged:
        return Markup()
    return _data(_mapping(output.get("data")), _mapping(output.get("metadata")), judged)


def _data(data: Mapping[str, Any], metadata: Mapping[str, Any], judged: bool) -> Markup:
    if MIME_TYPE in data:
        return Markup()
    if "text/html" in data and is_showable(html := _joined(data["text/html"])):
        return Markup('<div class="html">{}</div>').format(clean(html, classes=judged))
    for kind, show in FORMS.items():
        if kind in data:
            return show(_joined(data[kind]), kind, data, metadata)
    return Markup('<p class="note">{}</p>').format(NEEDS_SCRIPT) if data else Markup()


def _mapping(value: Any) -> Mapping[str, Any]:
    """What a student's code displays may be of any type."""
    return value if isinstance(value, Mapping) else {}


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _text(text: str, kind: str) -> Markup:
    return Markup('<pre class="{}" tabindex="0">{}</pre>').format(kind, console(text.rstrip("\n")))


def _plain(text: str, kind: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Markup:
    return _text(text, "result")


def _markdown(text: str, kind: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Markup:
    return Markup('<div class="html">{}</div>').format(markdown(text))


def _picture(text: str, kind: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Markup:
    encoded = base64.b64encode(text.encode()).decode() if kind == "image/svg+xml" else "".join(text.split())
    about = _mapping(metadata.get(kind))
    size = Markup("").join(
        Markup(' {}="{}"').format(name, int(about[name]))
        for name in ("width", "height")
        if isinstance(about.get(name), int | float) and 0 < about[name] < LARGEST_SIDE
    )
    address = escape(f"data:{kind};base64,{encoded}")
    return Markup('<p class="picture"><img src="{}" alt="{}"{}></p>').format(
        address, _words(about, data), size
    )


def _words(about: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Return a picture's description: its own, or its plain text unless that only names the object."""
    plain = _joined(data.get("text/plain", ""))
    told = about.get("alt") or ("" if plain.startswith("<") else plain)
    return " ".join(str(told).split())[:LONGEST_ALT] or NO_WORDS


Show = Callable[[str, str, Mapping[str, Any], Mapping[str, Any]], Markup]

FORMS: Mapping[str, Show] = {
    "text/markdown": _markdown,
    "image/svg+xml": _picture,
    "image/png": _picture,
    "image/jpeg": _picture,
    "image/gif": _picture,
    "text/latex": _markdown,
    "text/plain": _plain,
}
"""Forms in the order of preference, after HTML."""
