"""What is read of the gradebook equals what nbgrader's own objects say."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from graders.gradebook import ByHand, ClassGradebook, GradebookError, StoredSubmission
from graders.gradebook.reading import AT_ONCE

if TYPE_CHECKING:
    from conftest import Graded, Open

DUE = datetime(2026, 3, 1, 12)
LATE = DUE + timedelta(days=1)


@pytest.fixture
def touched(open_book: Open, as_nbgrader: Gradebook, graded: Graded) -> ClassGradebook:
    """Two graded students; a human gave the first points, extra credit and a comment, and it is late."""
    config = Config()
    config.LateSubmissionPlugin.penalty_method = "zero"
    book = open_book(config)
    book.save(graded("fern", timestamp=LATE, t1=1.1))
    book.save(graded("moth", t2=None))
    as_nbgrader.find_grade("t1", "p1", "ps1", "fern").manual_score = 4.4
    as_nbgrader.find_grade("t2", "p1", "ps1", "fern").extra_credit = 0.3
    as_nbgrader.find_grade("essay", "p1", "ps1", "fern").extra_credit = 9.0
    as_nbgrader.find_comment("s1", "p1", "ps1", "fern").manual_comment = "A fine try."
    as_nbgrader.db.commit()
    return book


def test_the_frame_is_what_nbgrader_s_overwriting_reads(book: ClassGradebook, as_nbgrader: Gradebook) -> None:
    frame = book.frame()
    assert (frame.assignment, frame.duedate, list(frame.notebooks)) == ("ps1", DUE, ["p1", "p2"])
    for name, notebook in frame.notebooks.items():
        theirs = as_nbgrader.find_notebook(name, "ps1")
        assert notebook.kernelspec == theirs.kernelspec
        assert list(notebook.cells) == [cell.name for cell in theirs.source_cells]
        for cell in theirs.source_cells:
            ours = notebook.cells[cell.name]
            assert (ours.cell_type, ours.locked, ours.source, ours.checksum) == (
                cell.cell_type,
                cell.locked,
                cell.source,
                cell.checksum,
            )
        assert {c for c, cell in notebook.cells.items() if cell.max_score is not None} == {
            cell.name for cell in [*theirs.grade_cells, *theirs.task_cells]
        }
    cells = frame.notebooks["p1"].cells
    assert {name: (set(cell.kinds), cell.max_score) for name, cell in cells.items()} == {
        "t1": ({"grade"}, 5.0),
        "t2": ({"grade"}, 3.0),
        "s1": ({"solution"}, None),
        "essay": ({"grade", "solution"}, 4.0),
        "task": ({"task"}, 2.0),
        "intro": (set(), None),
    }


def test_rows_for_the_feedback_are_what_nbgrader_s_pages_show(
    touched: ClassGradebook, as_nbgrader: Gradebook
) -> None:
    for student in ("fern", "moth"):
        rows = touched.rows(student)
        assert rows.timestamp == as_nbgrader.find_submission("ps1", student).timestamp
        assert set(rows.notebooks) == {"p1", "p2"}
        for name, ours in rows.notebooks.items():
            theirs = as_nbgrader.find_submission_notebook(name, "ps1", student)
            penalty = theirs.late_submission_penalty or 0
            assert (ours.late_penalty, ours.max_score) == (penalty, theirs.max_score)
            assert ours.score == pytest.approx(theirs.score - penalty, abs=1e-12)
            assert {name: (grade.score, grade.max_score) for name, grade in ours.grades.items()} == {
                grade.name: (grade.score, grade.max_score) for grade in theirs.grades
            }
            assert ours.comments == {comment.name: comment.comment for comment in theirs.comments}
    assert touched.rows("fern").notebooks["p1"].comments["s1"] == "A fine try."
    assert touched.rows("fern").notebooks["p1"].late_penalty > 0


def test_a_student_without_a_submission_is_named(book: ClassGradebook) -> None:
    with pytest.raises(GradebookError, match=r"gradebook\.db: .*no submission of ps1 by willow"):
        book.rows("willow")


def test_what_humans_entered_is_listed(touched: ClassGradebook) -> None:
    fern = ByHand(
        {("p1", "t1"): 4.4}, {("p1", "t2"): 0.3, ("p1", "essay"): 9.0}, {("p1", "s1"): "A fine try."}
    )
    assert touched.existing() == touched.existing(["fern", "moth", "willow"]) == {"fern": fern}
    assert touched.existing(["moth"]) == {}


def test_submissions_are_listed_with_their_points(touched: ClassGradebook) -> None:
    points = {"p1": {"t1": 4.4, "t2": 3.3, "essay": None, "task": None}, "p2": {"t1": 1.0, "t2": 0.0}}
    fern = StoredSubmission("fern", LATE, points, late_penalty=1.1 + 3.0 + 1.0)
    found = touched.submissions_with(["fern", "willow"])
    assert list(found) == ["fern"]
    assert found["fern"].points == points and found["fern"].timestamp == LATE
    assert found["fern"].late_penalty == pytest.approx(fern.late_penalty)
    assert touched.submissions_with()["moth"].points["p1"]["t2"] is None
    assert touched.submissions_with([]) == {}


def test_points_by_hand_wait_for_a_confirmation_once_they_were_graded_again(
    touched: ClassGradebook, as_nbgrader: Gradebook, graded: Graded
) -> None:
    before = touched.submissions_with()["fern"]
    assert before.unconfirmed == ()
    assert set(before.waiting) == {("p1", "essay"), ("p1", "task")}
    as_nbgrader.find_grade("essay", "p1", "ps1", "fern").manual_score = 3.0
    as_nbgrader.db.commit()
    touched.save(graded("fern", t1=1.1))
    after = touched.submissions_with()["fern"]
    assert set(after.unconfirmed) == {("p1", "t1"), ("p1", "essay")}
    assert after.waiting == (("p1", "task"),)
    as_nbgrader.db.expire_all()
    flagged = {
        grade.name
        for grade in as_nbgrader.find_submission("ps1", "fern").notebooks[0].grades
        if grade.needs_manual_grade
    }
    assert flagged == {"t1", "essay", "task"}, "as nbgrader's own objects say"


def test_what_counts_is_what_nbgrader_s_own_objects_say(
    touched: ClassGradebook, as_nbgrader: Gradebook
) -> None:
    theirs = {
        grade.name: None if grade.auto_score is None and grade.manual_score is None else grade.score
        for grade in as_nbgrader.find_submission_notebook("p1", "ps1", "fern").grades
    }
    by_hand = touched.existing()["fern"]
    assert by_hand.counted({"t1": 1.1, "t2": 3.0, "essay": None, "task": None}) == theirs


def test_more_students_than_fit_into_one_query_are_all_found(
    touched: ClassGradebook, statements: list[object]
) -> None:
    nobody = [f"nobody{i}" for i in range(AT_ONCE)]
    assert list(touched.submissions_with(["moth", *nobody, "fern"])) == ["fern", "moth"]
    assert len(statements) == 5  # the beginning, and two for each half


def test_records_can_be_sent_to_a_worker(touched: ClassGradebook) -> None:
    for record in (touched.frame(), touched.rows("fern"), touched.existing(), touched.submissions_with()):
        assert pickle.loads(pickle.dumps(record)) == record


def test_rows_of_a_cell_that_the_assignment_no_longer_has_are_left_out(
    touched: ClassGradebook, open_book: Open, as_nbgrader: Gradebook
) -> None:
    cell = as_nbgrader.find_grade_cell("t1", "p1", "ps1")
    as_nbgrader.db.connection().exec_driver_sql(f"delete from base_cell where id = '{cell.id}'")
    as_nbgrader.db.commit()
    book = open_book()
    assert set(book.submissions_with()["fern"].points["p1"]) == {"t2", "essay", "task"}
    assert set(book.rows("fern").notebooks["p1"].grades) == {"t2", "essay", "task"}
    assert book.existing()["fern"].scores == {}
