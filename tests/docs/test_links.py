"""Links, anchors, pictures, commands and code blocks of the documentation."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer.main
from nbgrader.apps import NbGraderApp

from graders.cli.app import app

if TYPE_CHECKING:
    from conftest import Page

LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
CONSOLE = ("console", "sh")
MAX_PICTURE_BYTES = 200_000
EXTERNAL = ("https", "http")


def anchors_of(text: str) -> set[str]:
    """The anchors that MkDocs gives to headings."""
    plain = [re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in HEADING.findall(text)]
    return {re.sub(r"[-\s]+", "-", heading) for heading in plain}


def links(pages: list[Page]) -> list[tuple[Page, str, str]]:
    return [(page, mark, link) for page in pages for mark, link in LINK.findall(page.prose)]


def commands(pages: list[Page]) -> list[list[str]]:
    """Each command of a block or in backquotes, as words; continued lines are joined."""
    lines: list[str] = []
    for page in pages:
        blocks = [block.text for block in page.blocks if block.language in CONSOLE]
        lines += [line for text in blocks for line in text.replace("\\\n", " ").splitlines()]
        lines += [" ".join(span.split()) for span in INLINE.findall(page.prose)]
    starts = ("graders ", "nbgrader ", "make ", "python ")
    return [shlex.split(line, comments=True) for line in lines if line.startswith(starts)]


def test_every_link_within_the_site_leads_to_a_page_and_a_heading(pages: list[Page]) -> None:
    broken = []
    for page, _, link in links(pages):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.path.parent / parts.path).resolve() if parts.path else page.path
        found = target.is_file()
        if found and parts.fragment:
            found = parts.fragment in anchors_of(target.read_text("utf-8"))
        broken += [] if found else [f"{page.path.name}: {link}"]
    assert broken == []


def test_links_to_other_sites_are_well_formed(pages: list[Page]) -> None:
    external = [urlsplit(link) for _, _, link in links(pages) if urlsplit(link).scheme]
    assert external
    assert [parts for parts in external if parts.scheme not in EXTERNAL or "." not in parts.netloc] == []


def test_every_picture_has_words_and_is_small(pages: list[Page]) -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", "".join(page.prose for page in pages))
    assert pictures
    assert [link for alt, link in pictures if len(alt.split()) < 4] == []
    files = {path for page, mark, link in links(pages) if mark for path in [page.path.parent / link]}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in files)
    assert [path.name for path in files if path.stat().st_size > MAX_PICTURE_BYTES] == []


def test_every_page_is_in_the_navigation(pages: list[Page], repository: Path) -> None:
    navigation = (repository / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    listed = set(re.findall(r"[\w/-]+\.md", navigation))
    assert {page.path.relative_to(repository / "docs").as_posix() for page in pages} == listed


def test_python_blocks_are_python(pages: list[Page]) -> None:
    blocks = [
        (page.path.name, block.text) for page in pages for block in page.blocks if block.language == "python"
    ]
    assert blocks
    for name, text in blocks:
        ast.parse(text, name)


def test_every_graders_command_and_option_exists(pages: list[Page]) -> None:
    subcommands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    used = [words[1:] for words in commands(pages) if words[0] == "graders" and words[1].islower()]
    assert used
    unknown = []
    for words in used:
        if words[0] not in subcommands:
            unknown.append(words[0])
            continue
        parameters = subcommands[words[0]].params
        known = {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)}
        options = [word.partition("=")[0] for word in words if word.startswith("-")]
        unknown += [f"{words[0]} {option}" for option in options if option not in known]
    assert unknown == []


def test_every_nbgrader_command_and_option_exists(pages: list[Page]) -> None:
    used = [words[1:] for words in commands(pages) if words[0] == "nbgrader"]
    assert used
    unknown = []
    for words in used:
        if words[0] not in NbGraderApp.subcommands:
            unknown.append(words[0])
            continue
        subcommand = NbGraderApp.subcommands[words[0]][0]
        known = {f"--{name}" for name in (*subcommand.flags, *subcommand.aliases)}
        options = [word.partition("=")[0] for word in words if word.startswith("--")]
        unknown += [
            option for option in options if option not in known and not re.match(r"--[A-Z]\w+\.\w+$", option)
        ]
    assert unknown == []


def test_every_make_target_exists(pages: list[Page], repository: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (repository / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {words[1] for words in commands(pages) if words[0] == "make"}
    assert named and named <= targets


def test_anchors_are_those_of_mkdocs() -> None:
    assert anchors_of("# Grades that are not ready\n## `a` and b: c (d)") == {
        "grades-that-are-not-ready",
        "a-and-b-c-d",
    }
