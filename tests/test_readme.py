"""What README.md and ARCHITECTURE.md say exists: commands and their options, targets, files, pictures."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest
import typer.main
from nbgrader.apps import NbGraderApp

from graders.audit.snapshot import read as read_snapshot
from graders.cli.app import app
from graders.criteria import CRITERIA
from graders.library import chaffs, wheats

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "ARCHITECTURE.md")

# Made by a run, so not in a clone.
MADE = (
    *("submitted/", "autograded/", "feedback/", "site/", ".graders/", "replaced/"),
    *("gradebook.db", "grades.csv"),
)
FENCE = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMANDS = ("make", "graders", "nbgrader", "pytest", "python")
MAX_PICTURE_BYTES = 150_000


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def commands() -> list[str]:
    """Return each command of a console block or in backquotes, comments left out."""
    found = []
    for page in PAGES:
        text = text_of(page)
        blocks = [body for language, body in FENCE.findall(text) if language == "console"]
        lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
        spans = [" ".join(span.split()) for span in INLINE.findall(FENCE.sub("", text))]
        found += [line for line in (*lines, *spans) if line.split(" ")[0] in COMMANDS]
    return sorted({command for command in found if " " in command})


def of_program(program: str) -> list[list[str]]:
    return [words[1:] for words in map(shlex.split, commands()) if words[0] == program]


def options(words: list[str]) -> list[str]:
    return [word.split("=")[0] for word in words if word.startswith("-")]


@lru_cache
def help_of(*command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("words", of_program("make"), ids=" ".join)
def test_every_make_target_exists(words: list[str]) -> None:
    assert set(words) <= targets()


@pytest.mark.parametrize("words", of_program("graders"), ids=" ".join)
def test_every_graders_command_and_option_exists(words: list[str]) -> None:
    subcommands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert words[0] in subcommands
    known = {name for parameter in subcommands[words[0]].params for name in parameter.opts}
    assert set(options(words)) <= known


@pytest.mark.parametrize("words", of_program("nbgrader"), ids=" ".join)
def test_every_nbgrader_command_and_option_exists(words: list[str]) -> None:
    assert words[0] in NbGraderApp.subcommands
    subcommand = NbGraderApp.subcommands[words[0]][0]
    known = {f"--{name}" for name in (*subcommand.flags, *subcommand.aliases)}
    assert set(options(words)) <= known


@pytest.mark.parametrize("words", of_program("pytest"), ids=" ".join)
def test_every_pytest_option_exists(words: list[str]) -> None:
    assert set(options(words)) <= set(re.findall(r"--[\w-]+", help_of("pytest", "--help")))


def test_commands_name_files_that_exist() -> None:
    named = [word for command in commands() for word in shlex.split(command)[1:] if word.endswith(".py")]
    plain = [word for word in named if re.fullmatch(r"[a-z0-9_/.]+", word)]
    assert plain
    assert [word for word in plain if not (ROOT / word).is_file()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_resolves(page: str) -> None:
    links = [link for link in LINK.findall(FENCE.sub("", text_of(page))) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link.split("#")[0]).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_in_backquotes_exists(page: str) -> None:
    """Paths with capital letters stand for a name of the reader's."""
    paths = [span for span in INLINE.findall(FENCE.sub("", text_of(page))) if "/" in span]
    plain = [path for path in paths if re.fullmatch(r"[a-z0-9_/.]+", path) and not path.startswith(MADE)]
    places = ("", "graders/", "source/07_training/")
    missing = [
        path
        for path in plain
        if not any(
            (ROOT / (place + path)).exists() or list(ROOT.glob(f"{place}{path}.py")) for place in places
        )
    ]
    assert [path for path in missing if path not in ALLOWED] == []


ALLOWED = {
    "tinystack.evidence/1",  # the name of a schema
    "application/vnd.tinystack.evidence",  # a media type
    "release/07_training/",  # made by `make release` where it is not committed
}


def test_pictures_exist_and_are_small() -> None:
    pictures = [link for page in PAGES for link in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text_of(page))]
    assert pictures
    assert all((ROOT / picture).read_bytes().startswith(b"\x89PNG") for picture in pictures)
    assert [picture for picture in pictures if (ROOT / picture).stat().st_size > MAX_PICTURE_BYTES] == []


def test_the_place_of_the_audit_table_is_marked() -> None:
    assert re.search(r"<!-- audit-table -->.*<!-- /audit-table -->", text_of("README.md"), re.DOTALL)


def test_the_points_in_the_readme_are_those_of_the_notebook() -> None:
    from graders.assignment import load

    rows = re.findall(r"^\| [^|]+\| `(\w+)` \| (\d+) \|", text_of("README.md"), re.MULTILINE)
    assert {name: float(points) for name, points in rows} == load(ROOT / "source" / "07_training").points


def test_the_audit_table_of_the_readme_counts_the_library_and_the_pinned_matrix() -> None:
    """Every row says 100 % of the chaffs that there are, and so does the pinned matrix."""
    matrix = read_snapshot()["matrix"]
    text = text_of("README.md").partition("<!-- audit-table -->")[2].partition("<!-- /audit-table -->")[0]
    for name, criterion in CRITERIA.items():
        own = [chaff for chaff in chaffs() if chaff.point == name]
        assert all(name in matrix[chaff.name] for chaff in own), f"a chaff of {name} is not caught"
        row = next(line for line in text.splitlines() if line.startswith(criterion.title))
        assert f"100% ({len(own)} of {len(own)})" in row
    assert f"{len(wheats())} of {len(wheats())}" in text
    assert not any(matrix[wheat.name] for wheat in wheats())


COLUMNS = (
    *("orchestration", "zero_grad", "convergence", "scheduling", "clipping"),
    *("modes", "checkpointing", "accumulation", "history"),
)
"""The points as the table of the class has them."""

EXPECTED = json.loads((ROOT / "examples" / "expected_scores.json").read_text("utf-8"))


def test_the_table_of_the_class_is_that_of_the_sample_class() -> None:
    table = next(text for _, text in FENCE.findall(text_of("README.md")) if "18 submissions" in text)
    rows = [line.split() for line in table.splitlines() if line.split()[:1] and line.split()[0] in EXPECTED]
    assert len(rows) == 8
    for student, *numbers in rows:
        wanted = EXPECTED[student]
        assert [float(number) for number in numbers] == [
            wanted["score"],
            *(wanted["points"][point] for point in COLUMNS),
        ], student
