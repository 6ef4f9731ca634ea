"""Names and texts that come from students, as any terminal, page or file can show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most of those who make names printable print none
    from rich.console import Console


def printable(text: str) -> str:
    """Return a text with escapes for control characters and for what is no text in UTF-8."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def counted(count: int, noun: str) -> str:
    """Say how many there are of something, as in 1 grade and 2 grades."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def print_plainly(console: Console, text: str, style: str | None = None) -> None:
    """Print a text as it is: nothing in it is markup, and the terminal alone wraps it."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
