"""The pages of the documentation, and the blocks of code in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code in a page."""

    language: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page in Markdown."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """The text without blocks of code."""
        return FENCE.sub("", self.text)

    @property
    def blocks(self) -> Sequence[Block]:
        return [Block(language, text) for language, text in FENCE.findall(self.text)]


@pytest.fixture(scope="session")
def pages(repository: Path) -> list[Page]:
    """All pages of the documentation."""
    found = [Page(path) for path in sorted((repository / "docs").rglob("*.md"))]
    assert found
    return found


@pytest.fixture(scope="session")
def page(repository: Path) -> Callable[[str], Page]:
    """page(name): one page, by its path below docs/."""
    return lambda name: Page(repository / "docs" / name)
