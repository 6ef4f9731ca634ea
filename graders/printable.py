"""Names and texts that come from students, as any terminal, page or file can show them."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text with escapes for control characters and for what is no text in UTF-8."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
