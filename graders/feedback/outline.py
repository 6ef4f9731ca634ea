"""Headings of the notebook, below those of the page, in order; and the table of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markupsafe import Markup

HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")

TOP = 2
"""Level of the page's heading above the notebook."""

LOWEST = 6
IN_CONTENTS = 4
"""Deepest level that the table of contents shows."""


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents."""

    level: int
    anchor: str
    text: Markup


@dataclass
class Outline:
    """Gives headings their level and an anchor, one after the other.

    A notebook may begin with any level and skip some; here each is one below the heading it belongs to.
    """

    entries: list[Entry] = field(default_factory=list)
    _above: list[int] = field(default_factory=list)

    def place(self, html: Markup) -> Markup:
        """Return a cell's HTML with its headings in place."""
        return Markup(HEADING.sub(self._heading, html)) if "<h" in html else html

    def _heading(self, match: re.Match[str]) -> str:
        level, text = int(match[1]), match[2]
        while self._above and self._above[-1] >= level:
            self._above.pop()
        self._above.append(level)
        placed = min(TOP + len(self._above), LOWEST)
        anchor = f"heading-{len(self.entries) + 1}"
        self.entries.append(Entry(placed, anchor, Markup(TAG.sub("", text).strip())))
        return f'<h{placed} id="{anchor}">{text}</h{placed}>'

    def contents(self) -> list[Entry]:
        """Return the lines of the table of contents."""
        return [entry for entry in self.entries if entry.level <= IN_CONTENTS and entry.text]
