"""`graders doctor`: findings in words and as JSON, and an exit code to rely on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from graders.cli import doctor as command
from graders.course import Course
from graders.doctor import examination
from graders.doctor.findings import Finding, ok, problem, warning

app = typer.Typer()
app.command()(command.doctor)

FINE = ok("disk", "there is room")
RISKY = warning("database", "there is no backup", "make one")
BAD = problem("kernel", "there is none [at all]", "install one")


def run(
    monkeypatch: pytest.MonkeyPatch,
    found: list[Finding],
    *arguments: str,
    seen: list[Course | None] | None = None,
) -> Result:
    def examine(course: Course | None) -> Iterator[Finding]:
        if seen is not None:
            seen.append(course)
        yield from found

    monkeypatch.setattr(examination, "examine", examine)
    return CliRunner().invoke(app, [*arguments])


def test_a_finding_has_its_level_in_words_and_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    output = run(monkeypatch, [FINE, RISKY, BAD]).output
    lines = output.splitlines()
    assert lines[0].split() == ["ok", "disk:", "there", "is", "room"]
    assert lines[1].split() == ["warning", "database:", "there", "is", "no", "backup"]
    assert lines[2].strip() == "→ make one"
    assert lines[3].split() == ["problem", "kernel:", "there", "is", "none", "[at", "all]"]
    assert "1 problem, 1 warning;" in output


def test_several_findings_and_none_are_counted_in_the_plural(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "2 problems, 0 warnings;" in run(monkeypatch, [BAD, BAD]).output


@pytest.mark.parametrize(("found", "code"), [([], 0), ([FINE, RISKY], 0), ([BAD, FINE], 1)])
def test_only_a_problem_ends_with_1(monkeypatch: pytest.MonkeyPatch, found: list[Finding], code: int) -> None:
    assert run(monkeypatch, found).exit_code == code
    assert run(monkeypatch, found, "--json").exit_code == code


def test_as_json_it_is_one_record_per_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run(monkeypatch, [FINE, BAD], "--json").output.splitlines()
    assert [json.loads(line)["level"] for line in lines] == ["ok", "problem"]
    assert json.loads(lines[1]) == {
        "level": "problem",
        "area": "kernel",
        "what": "there is none [at all]",
        "remedy": "install one",
    }


def test_outside_of_a_course_the_machine_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[Course | None] = []
    result = run(monkeypatch, [FINE], seen=seen)
    assert seen == [None] and "name one with --course" in result.output


def test_a_folder_that_was_named_and_is_no_course_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = run(monkeypatch, [FINE], "--course", str(tmp_path))
    assert result.exit_code == 2 and "is in no course" in result.output
