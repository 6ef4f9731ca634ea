"""Names of files and students, made fit for terminals, pages and files."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from graders.printable import counted, print_plainly, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("data (1).csv", "data (1).csv"),
        ("Übung 7 größer.csv", "Übung 7 größer.csv"),
        ("a\x1b[2J\r\nb", "a\\x1b[2J\\r\\nb"),
        (b"\xff.csv".decode("utf-8", "surrogateescape"), "\\udcff.csv"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
    ],
)
def test_what_no_terminal_should_get_is_escaped_and_all_else_kept(text: str, shown: str) -> None:
    assert printable(text) == shown
    shown.encode()


@pytest.mark.parametrize(("count", "text"), [(0, "0 findings"), (1, "1 finding"), (2, "2 findings")])
def test_things_are_counted_in_words(count: int, text: str) -> None:
    assert counted(count, "finding") == text


def test_what_looks_like_markup_is_printed_as_it_is_and_in_one_line() -> None:
    text = "[red]grade 1.5 of `10`[/red] " * 8
    console = Console(file=io.StringIO(), width=20, force_terminal=True)
    print_plainly(console, text, None)
    assert console.file.getvalue() == f"{text}\n"  # type: ignore[attr-defined]
