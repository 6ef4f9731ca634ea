"""Text in CSV files that people open in a spreadsheet."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the start of a formula, or skips to find one."""

DELIMITERS = (",", ";", "\t")


def delimiter_of(text: str) -> str:
    """Return what separates a CSV file's columns: of DELIMITERS, what is most often in its first line."""
    return max(DELIMITERS, key=text.partition("\n")[0].count)


def runs_in_a_spreadsheet(text: str) -> bool:
    """Whether a spreadsheet would take a cell's text for a formula; a lone sign and a number are none."""
    return len(text) > 1 and text.startswith(FORMULA_STARTS) and not _is_number(text)


def harmless(text: str) -> str:
    """Return the text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if runs_in_a_spreadsheet(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isprintable()
