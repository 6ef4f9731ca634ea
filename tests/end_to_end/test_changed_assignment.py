"""A new version of the instructor's notebook: what it changes is shown before anything is written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.end_to_end.commands import Done, Server
from tests.end_to_end.comparing import tables, tree
from tests.end_to_end.conftest import (
    ASSIGNMENT,
    COLUMNS,
    MIME_TYPE,
    NOTEBOOK,
    CourseFolder,
    Work,
    own_environment,
)

pytestmark = pytest.mark.timeout(600)

GRADE = ("grade", ASSIGNMENT, "--no-feedback")
AGREE = "Write these points?"
NOT_WRITTEN = "Nothing was written. To write these points, run the command again with --yes."
ANSWER_SECONDS = 120


def cell_of(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name
    )
    return found


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    notebook = json.loads(path.read_text("utf-8"))
    change(notebook)
    path.write_text(json.dumps(notebook), "utf-8")


def source_of(course: CourseFolder) -> Path:
    return course.root / "source" / ASSIGNMENT / NOTEBOOK


def other_test(notebook: dict[str, Any]) -> None:
    """A hidden test that observes what it did before, in other words."""
    cell = cell_of(notebook, "history")
    cell["source"] = "".join(cell["source"]).replace(
        "### BEGIN HIDDEN TESTS", "### BEGIN HIDDEN TESTS\n# again"
    )


def other_points(notebook: dict[str, Any]) -> None:
    cell_of(notebook, "zero_grad")["metadata"]["nbgrader"]["points"] = 5
    cell_of(notebook, "history")["metadata"]["nbgrader"]["points"] = 15


def other_locked_cell(notebook: dict[str, Any]) -> None:
    cell = next(
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and cell["metadata"].get("nbgrader", {}).get("locked")
        and not cell["metadata"]["nbgrader"].get("grade")
    )
    cell["source"] = "".join(cell["source"]) + "\nunused = 1"


def new_test(notebook: dict[str, Any]) -> None:
    twin = json.loads(json.dumps(cell_of(notebook, "history")))
    twin["id"] = twin["metadata"]["nbgrader"]["grade_id"] = "history_again"
    notebook["cells"].append(twin)


def without_test(notebook: dict[str, Any]) -> None:
    notebook["cells"].remove(cell_of(notebook, "history"))


def planted(course: CourseFolder, student: str, name: str) -> None:
    """Take the observations out of the stored evidence of one experiment, which shows when it is judged."""

    def change(notebook: dict[str, Any]) -> None:
        cell = cell_of(notebook, name)
        cell["outputs"] = [one for one in cell["outputs"] if MIME_TYPE in one.get("data", {})]
        data = cell["outputs"][0]["data"]
        evidence = json.loads("".join(data[MIME_TYPE]))
        evidence["error"] = None
        evidence["parts"] = {}
        data[MIME_TYPE] = json.dumps(evidence)

    edit(course.root / "autograded" / student / ASSIGNMENT / NOTEBOOK, change)


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], CourseFolder], work: Work, server: Server) -> CourseFolder:
    made = new_course()
    made.hand_in("fern", work.solved())
    made.hand_in("moss", work.solved(solution_trainer=work.trainer(cleared=False)))
    done = server.run(made.root, *GRADE)
    assert done.status == 0, done.printed
    assert made.scores() == {"fern": 100, "moss": 70}
    return made


@pytest.fixture
def course(graded: CourseFolder, tmp_path: Path) -> CourseFolder:
    shutil.copytree(graded.root, tmp_path / "course")
    return CourseFolder(tmp_path / "course")


def held(course: CourseFolder) -> object:
    """All that a course holds of a class, byte by byte."""
    folders = ("release", "autograded", "submitted")
    return (
        [tree(course.root / name) for name in folders],
        (course.root / "gradebook.db").read_bytes(),
        (course.root / "grades.csv").read_bytes(),
    )


def words(done: Done) -> str:
    return " ".join(done.printed.split())


def test_other_points_are_shown_and_nothing_is_written_where_nobody_can_agree(
    course: CourseFolder, server: Server
) -> None:
    edit(source_of(course), other_points)
    before = held(course)
    done = server.run(course.root, *GRADE)
    assert done.status == 3 and NOT_WRITTEN in words(done), done.printed
    assert "points of 2 of 2 students change" in words(done)
    assert "fern 100 100 zero_grad 15 to 5, history 5 to 15" in words(done)
    assert "moss 70 80 history 5 to 15" in words(done)
    assert held(course) == before


def test_other_points_are_judged_from_stored_evidence_once_agreed_to(
    course: CourseFolder, server: Server
) -> None:
    edit(source_of(course), other_points)
    planted(course, "fern", "modes")
    before = tables(course)
    done = server.run(course.root, *GRADE, "--yes")
    assert done.status == 0, done.printed
    assert course.scores() == {"fern": 90, "moss": 80}
    assert "fern 100 90" in words(done) and "modes 10 to 0" in words(done)
    (most,) = course.sql("select max_score from grade_cells join base_cell using (id) where name = 'history'")
    assert most == (15,)
    assert tables(course).keys() == before.keys()
    assert server.run(course.root, *GRADE).status == 0


def test_points_given_by_hand_count_in_what_is_shown_and_wait_for_a_confirmation_afterwards(
    course: CourseFolder, server: Server
) -> None:
    cell = "(select id from base_cell where name = 'zero_grad' and type = 'GradeCell')"
    course.sql(f"update grade set manual_score = 12 where auto_score = 0 and cell_id = {cell}")
    edit(source_of(course), other_points)
    done = server.run(course.root, *GRADE)
    assert done.status == 3 and "moss 82 92 history 5 to 15" in words(done), done.printed
    done = server.run(course.root, *GRADE, "--yes")
    assert done.status == 0 and course.scores() == {"fern": 100, "moss": 92}, done.printed
    assert "moss: points given by hand in 'zero_grad' wait for your confirmation" in words(done)
    assert "Needs manual grading" not in done.printed


def test_a_changed_hidden_test_is_run_and_the_others_are_judged_from_stored_evidence(
    course: CourseFolder, server: Server
) -> None:
    edit(source_of(course), other_test)
    planted(course, "fern", "modes")
    planted(course, "fern", "history")
    done = server.run(course.root, *GRADE, "--yes")
    assert done.status == 0, done.printed
    assert course.scores() == {"fern": 90, "moss": 70}
    assert course.lost("fern") == {"modes"}, "the changed test is run, and the other one is not"


def test_a_changed_locked_cell_has_all_run_again(course: CourseFolder, server: Server) -> None:
    edit(source_of(course), other_locked_cell)
    planted(course, "fern", "modes")
    done = server.run(course.root, *GRADE)
    assert done.status == 0, done.printed
    assert "points of 0 of 2 students change" in words(done), "where no points change, nobody is asked"
    assert course.scores() == {"fern": 100, "moss": 70} and course.lost("fern") == set()


def test_a_changed_criterion_judges_stored_evidence(course: CourseFolder, server: Server) -> None:
    """A criterion is code of ours: what was graded with another is known by the state's digest."""
    for path in (course.root / ".graders" / "graded" / ASSIGNMENT).iterdir():
        state = json.loads(path.read_text())
        state["version"]["judging"] = "that of another version"
        path.write_text(json.dumps(state))
    planted(course, "fern", "modes")
    before = held(course)
    done = server.run(course.root, *GRADE)
    assert done.status == 3 and "fern 100 90 modes 10 to 0" in words(done), done.printed
    assert held(course) == before
    assert server.run(course.root, *GRADE, "--yes").status == 0
    assert course.scores() == {"fern": 90, "moss": 70}


def test_points_of_whoever_was_graded_in_another_way_are_shown_before_they_change(
    course: CourseFolder, server: Server
) -> None:
    """As after nbgrader's own autograde, or where .graders was cleaned up: there is no state."""
    shutil.rmtree(course.root / ".graders" / "graded")
    edit(source_of(course), other_points)
    before = held(course)
    done = server.run(course.root, *GRADE)
    assert done.status == 3 and "moss 70 80 history 5 to 15" in words(done), done.printed
    assert held(course) == before
    assert server.run(course.root, *GRADE, "--yes").status == 0
    assert course.scores() == {"fern": 100, "moss": 80}


@pytest.mark.parametrize(
    "change", [new_test, lambda notebook: notebook["cells"].remove(cell_of(notebook, "history"))]
)
def test_cells_that_are_new_or_gone_are_refused_with_the_remedy_before_anything_is_written(
    course: CourseFolder, server: Server, change: Callable[[dict[str, Any]], None]
) -> None:
    edit(source_of(course), change)
    before = held(course)
    done = server.run(course.root, *GRADE, "--yes")
    assert done.status == 2 and "Traceback" not in done.printed, done.printed
    assert "history" in words(done) and f"nbgrader db assignment remove {ASSIGNMENT} --force" in words(done)
    assert held(course) == before


def test_cells_may_come_and_go_before_anybody_is_graded(
    new_course: Callable[[], CourseFolder], work: Work, server: Server
) -> None:
    course = new_course()
    assert server.run(course.root, "release", ASSIGNMENT).status == 0
    edit(source_of(course), without_test)
    course.hand_in("fern", work.solved())
    done = server.run(course.root, *GRADE)
    assert done.status == 0, done.printed
    assert course.scores() == {"fern": 95}


@pytest.mark.parametrize("answer", ["y", "n"])
def test_a_terminal_is_asked(course: CourseFolder, answer: str) -> None:
    edit(source_of(course), other_points)
    before = held(course)
    environment = {**os.environ, **own_environment()}
    terminal = pexpect.spawn(
        "graders",
        [*GRADE],
        cwd=str(course.root),
        env=environment,
        encoding="utf-8",
        dimensions=(50, COLUMNS),
        timeout=ANSWER_SECONDS,
    )
    terminal.expect_exact(AGREE)
    assert "points of 2 of 2 students" in terminal.before
    assert held(course) == before
    terminal.sendline(answer)
    terminal.expect_exact("Wrote grades.csv" if answer == "y" else "Nothing was written")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == (0 if answer == "y" else 3)
    if answer == "n":
        assert held(course) == before
    else:
        assert course.scores() == {"fern": 100, "moss": 80}
