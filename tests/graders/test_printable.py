"""Names of files and students, made fit for terminals, pages and files."""

from __future__ import annotations

import pytest

from graders.printable import printable


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
