"""What is written of a student: nbgrader's rules for points, comments and what humans entered."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from nbgrader.api import Gradebook

from graders.gradebook import ClassGradebook, GradebookError
from graders.graded import GradedNotebook, GradedSubmission

if TYPE_CHECKING:
    from conftest import Graded

Notebook = Callable[..., GradedNotebook]
Content = Callable[[], list[str]]
Sql = Callable[..., list[tuple[Any, ...]]]

HANDED_IN = datetime(2026, 2, 27, 9, 30)


def grades(book: Gradebook, student: str = "fern", notebook: str = "p1") -> dict[str, tuple[Any, ...]]:
    """By cell, as nbgrader sees it: automatic and manual points, and whether a human must look."""
    found = book.find_submission_notebook(notebook, "ps1", student).grades
    return {grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade) for grade in found}


def comments(book: Gradebook, student: str = "fern", notebook: str = "p1") -> dict[str, tuple[Any, ...]]:
    found = book.find_submission_notebook(notebook, "ps1", student).comments
    return {comment.name: (comment.auto_comment, comment.manual_comment) for comment in found}


def test_a_new_student_gets_all_rows_that_nbgrader_makes(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    book.save(graded(timestamp=HANDED_IN))
    assert as_nbgrader.find_submission("ps1", "fern").timestamp == HANDED_IN
    assert grades(as_nbgrader) == {
        "t1": (5.0, None, False),
        "t2": (3.0, None, False),
        "essay": (None, None, True),
        "task": (None, None, True),
    }
    assert grades(as_nbgrader, notebook="p2") == {"t1": (1.0, None, False), "t2": (0.0, None, False)}
    assert comments(as_nbgrader) == {
        "s1": ("No response.", None),
        "essay": (None, None),
        "task": (None, None),
    }
    notebook = as_nbgrader.find_submission_notebook("p1", "ps1", "fern")
    assert (notebook.flagged, notebook.late_submission_penalty, notebook.score) == (False, None, 8.0)


def test_the_rows_of_a_new_student_are_those_of_nbgrader_s_add_submission(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    as_nbgrader.add_student("moth")
    as_nbgrader.add_submission("ps1", "moth")
    book.save(graded("fern", notebooks=()))
    for notebook in ("p1", "p2"):
        assert grades(as_nbgrader, "fern", notebook) == grades(as_nbgrader, "moth", notebook)
        assert comments(as_nbgrader, "fern", notebook) == comments(as_nbgrader, "moth", notebook)


def test_saving_again_changes_nothing(book: ClassGradebook, content: Content, graded: Graded) -> None:
    book.save(graded(timestamp=HANDED_IN))
    before = content()
    book.save(graded(timestamp=HANDED_IN))
    assert content() == before and len(before) > 20


def test_other_points_change_the_points_and_no_key(book: ClassGradebook, sql: Sql, graded: Graded) -> None:
    keys = "select id from {} order by id"
    tables = ("submitted_assignment", "submitted_notebook", "grade", "comment")
    book.save(graded())
    before = [sql(keys.format(table)) for table in tables]
    book.save(graded(t1=0.5))
    assert [sql(keys.format(table)) for table in tables] == before
    assert sql("select auto_score from grade where auto_score = 0.5") == [(0.5,)]


def test_what_humans_entered_stays(book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded) -> None:
    book.save(graded())
    as_nbgrader.find_grade("t1", "p1", "ps1", "fern").manual_score = 4.5
    as_nbgrader.find_grade("t2", "p1", "ps1", "fern").extra_credit = 1.5
    as_nbgrader.find_comment("s1", "p1", "ps1", "fern").manual_comment = "A fine try."
    as_nbgrader.find_submission_notebook("p1", "ps1", "fern").flagged = True
    as_nbgrader.db.commit()
    book.save(graded(t1=1.0, t2=2.0))
    as_nbgrader.db.expire_all()
    assert grades(as_nbgrader)["t1"] == (1.0, 4.5, True)
    assert grades(as_nbgrader)["t2"] == (2.0, None, False)
    assert comments(as_nbgrader)["s1"] == ("No response.", "A fine try.")
    notebook = as_nbgrader.find_submission_notebook("p1", "ps1", "fern")
    assert notebook.flagged and notebook.score == 4.5 + 2.0 + 1.5


def test_what_was_not_judged_waits_for_a_human(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    book.save(graded())
    book.save(graded(t1=None))
    assert grades(as_nbgrader)["t1"] == (None, None, True)


def test_a_student_who_is_there_keeps_name_and_address(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    as_nbgrader.add_student("fern", first_name="Fern", email="fern@school.example", lms_user_id="7")
    book.save(graded())
    as_nbgrader.db.expire_all()
    student = as_nbgrader.find_student("fern")
    assert (student.first_name, student.email, student.lms_user_id) == ("Fern", "fern@school.example", "7")


def test_a_missing_notebook_gets_zero_and_no_human_must_look(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    book.save(graded())
    as_nbgrader.find_grade("t1", "p1", "ps1", "fern").manual_score = 4.5
    as_nbgrader.db.commit()
    book.save(graded(notebooks=(GradedNotebook("p1", b"", {}, {}, missing=True),)))
    as_nbgrader.db.expire_all()
    assert grades(as_nbgrader) == {
        "t1": (0.0, 4.5, False),
        "t2": (0.0, None, False),
        "essay": (0.0, None, False),
        "task": (0.0, None, False),
    }
    assert comments(as_nbgrader)["s1"] == ("No response.", None)


def test_a_missing_notebook_with_another_in_its_place_gets_that_one_s_points(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    stand_in = GradedNotebook("p1", b"{}", {"t1": 0.0, "t2": None}, {"s1": None}, missing=True)
    book.save(graded(notebooks=(stand_in,)))
    assert grades(as_nbgrader)["t1"] == (0.0, None, False)
    assert grades(as_nbgrader)["t2"] == (None, None, True)
    assert grades(as_nbgrader)["essay"] == (0.0, None, False)


def test_a_notebook_that_was_not_graded_keeps_its_rows(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded, p1: Notebook
) -> None:
    book.save(graded())
    before = grades(as_nbgrader, notebook="p2")
    book.save(graded(notebooks=(p1(t1=0.0),)))
    as_nbgrader.db.expire_all()
    assert grades(as_nbgrader, notebook="p2") == before
    assert grades(as_nbgrader)["t1"] == (0.0, None, False)


def test_a_submission_that_could_not_be_graded_waits_for_a_human(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    book.save(graded(notebooks=()))
    assert set(grades(as_nbgrader).values()) == {(None, None, True)}


def test_a_timestamp_that_is_gone_is_not_forgotten(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    book.save(graded(timestamp=HANDED_IN))
    book.save(graded(timestamp=None))
    assert as_nbgrader.find_submission("ps1", "fern").timestamp == HANDED_IN


def test_a_timestamp_with_a_zone_is_kept_in_utc(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    east = timezone(timedelta(hours=5))
    book.save(graded(timestamp=(HANDED_IN + timedelta(hours=5)).replace(tzinfo=east)))
    assert as_nbgrader.find_submission("ps1", "fern").timestamp == HANDED_IN


def test_rows_that_a_submission_lacks_are_added(book: ClassGradebook, sql: Sql, graded: Graded) -> None:
    book.save(graded())
    count = "select (select count(*) from grade), (select count(*) from comment)"
    before = sql(count)
    sql("delete from grade where auto_score = 5.0")
    sql("delete from comment where auto_comment is not null")
    book.save(graded())
    assert sql(count) == before == [(6, 4)]


def test_an_unknown_notebook_is_left_out_beside_known_ones(
    book: ClassGradebook, as_nbgrader: Gradebook, graded: Graded, p1: Notebook
) -> None:
    book.save(graded(notebooks=(p1(), GradedNotebook("scratch", b"{}", {"t9": 1.0}, {}))))
    assert grades(as_nbgrader)["t1"] == (5.0, None, False)


@pytest.mark.parametrize("points", [math.nan, math.inf, -math.inf, -0.5, 5.1])
def test_points_out_of_range_are_refused_and_nothing_is_written(
    book: ClassGradebook, content: Content, graded: Graded, points: float
) -> None:
    before = content()
    with pytest.raises(GradebookError, match=r"gradebook\.db: fern: .* points for 't1' in p1\.ipynb"):
        book.save(graded(t1=points))
    assert content() == before


def test_records_that_do_not_fit_the_assignment_are_refused(
    book: ClassGradebook, content: Content, graded: Graded, p1: Notebook
) -> None:
    before = content()
    with pytest.raises(GradebookError, match=r"no cell 't9' in p1\.ipynb: run `nbgrader generate_assignment"):
        book.save(graded(t9=1.0))
    with pytest.raises(GradebookError, match=r"ps1 has no scratch\.ipynb: run"):
        book.save(graded(notebooks=(GradedNotebook("scratch", b"{}", {}, {}),)))
    with pytest.raises(GradebookError, match="this is ps2, not ps1"):
        book.save(GradedSubmission("ps2", "fern", (p1(),)))
    assert content() == before


def test_an_assignment_that_was_removed_meanwhile_is_named(
    book: ClassGradebook, sql: Sql, graded: Graded
) -> None:
    sql("delete from assignment")
    with pytest.raises(
        GradebookError, match="ps1 is no longer in it: run `nbgrader generate_assignment ps1`"
    ):
        book.save(graded())


def test_cells_are_found_by_index_so_that_a_large_class_is_not_slow(
    book: ClassGradebook, statements: list[tuple[str, Any]], sql: Sql, graded: Graded
) -> None:
    book.save(graded(timestamp=datetime(2027, 1, 1)))
    book.save(graded(timestamp=datetime(2027, 1, 2)))
    book.rows("fern")
    plans = [
        (statement, step)
        for statement, values in statements
        if not statement.startswith(("BEGIN", "PRAGMA"))
        for *_, step in sql(f"explain query plan {statement}", *values)
    ]
    assert len(plans) > 10
    assert [(statement, step) for statement, step in plans if step.startswith("SCAN")] == []
