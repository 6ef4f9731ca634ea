"""The site: built strictly, from pages that are up to date, and without anything from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it, in a temporary folder."""
    pytest.importorskip("material", reason="the extra docs is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Fetched(HTMLParser):
    """Collects what a browser fetches for a page by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if tag in ("script", "img", "iframe", "source"):
            self.addresses += [found["src"]] if found.get("src") else []
        if tag == "link" and found.get("rel") not in ("canonical", "prev", "next"):
            self.addresses += [found["href"]] if found.get("href") else []


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    built = [path for path in site.rglob("*.html") if path.name != "404.html"]
    assert len(built) >= 20
    for path in built:
        addresses = Fetched(path.read_text("utf-8")).addresses
        assert addresses
        assert [address for address in addresses if re.match(r"\w+:|//", address)] == []
        missing = [a for a in addresses if not (path.parent / a.partition("?")[0]).resolve().exists()]
        assert missing == []


def test_no_style_sheet_fetches_anything_from_elsewhere(site: Path) -> None:
    sheets = list(site.rglob("*.css"))
    assert sheets
    assert [
        sheet.name for sheet in sheets if re.search(r"url\(\s*[\"']?(https?:)?//", sheet.read_text())
    ] == []


def test_scripts_of_this_folder_are_no_part_of_the_site(site: Path) -> None:
    assert list(site.rglob("*.py")) == []


def test_reference_pages_say_what_the_code_says(repository: Path) -> None:
    command = [sys.executable, "docs/make_reference.py", "--check"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
