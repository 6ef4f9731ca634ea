"""nbgrader's own commands, one after another, as an instructor types them."""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import CourseFolder, Work

pytestmark = pytest.mark.timeout(900)

CSV_COLUMNS = [
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
]

SCORES = {"perfect": 100, "broken": 70, "untouched": 0}

RELEASE = "release/07_training/07_training.ipynb"
SOURCE = "source/07_training/07_training.ipynb"


@pytest.fixture(scope="module")
def course(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A course in which each of nbgrader's commands was given once; students filled in the release."""
    made = new_course()
    made.nbgrader("generate_assignment", "07_training", "--create")
    answers = {
        "perfect": {name: work.of(name) for name in work.solutions()},
        "broken": {name: work.of(name) for name in work.solutions()}
        | {"solution_trainer": work.trainer(cleared=False)},
        "untouched": {},
    }
    for student, cells in answers.items():
        notebook = nbformat.read(made.root / RELEASE, as_version=4)
        for cell in notebook.cells:
            cell.source = cells.get(cell.id, cell.source)
        made.hand_in(student, notebook)
    made.nbgrader("autograde", "07_training", "--create")
    made.nbgrader("generate_feedback", "07_training")
    made.nbgrader("export")
    return made


def files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts):
            yield path.relative_to(folder)


def test_the_committed_release_is_what_generate_assignment_makes(
    course: CourseFolder, repository: Path
) -> None:
    made, committed = course.root / "release" / "07_training", repository / "release" / "07_training"
    names = list(files_below(made))
    assert names and list(files_below(committed)) == names, "run `make release`"
    different = [str(name) for name in names if not filecmp.cmp(made / name, committed / name, shallow=False)]
    assert different == [], "run `make release`"


def test_the_release_has_no_solution_and_no_hidden_test(course: CourseFolder, work: Work) -> None:
    text = (course.root / RELEASE).read_text()
    assert "BEGIN HIDDEN" not in text and "BEGIN SOLUTION" not in text
    cells = {cell.id: cell.source for cell in nbformat.read(course.root / RELEASE, as_version=4).cells}
    everything = "\n".join(cells.values())
    for name in work.tests():
        assert f"def {name}_experiment" not in everything and "lab.experiment" not in cells[name]
        assert "selfcheck." in cells[name]
    for name in work.solutions():
        assert "raise NotImplementedError()" in cells[name]
        for line in work.of(name).splitlines():
            if len(line.strip()) > 25 and not line.strip().startswith(("#", '"""', "@")):
                assert line.strip() not in cells[name]


def test_autograde_and_export_give_the_expected_scores(course: CourseFolder) -> None:
    assert course.scores() == SCORES
    for row in course.rows():
        assert list(row) == CSV_COLUMNS
        assert (row["assignment"], row["max_score"]) == ("07_training", "100.0")
        assert float(row["raw_score"]) == float(row["score"])


def test_the_broken_trainer_loses_its_own_point_and_what_that_explains(course: CourseFolder) -> None:
    assert course.lost("broken") == {"zero_grad", "convergence"}
    assert (
        course.verdicts("broken")["zero_grad"]["cause"] == "no_zero_grad"
        or course.verdicts("broken")["convergence"]["explained_by"] == "zero_grad"
    )


def test_an_untouched_notebook_is_told_what_is_unfinished(course: CourseFolder) -> None:
    causes = {verdict["cause"] for verdict in course.verdicts("untouched").values()}
    assert causes <= {"unfinished", "not_defined"}


def test_feedback_shows_the_student_s_messages_points_and_pictures(course: CourseFolder) -> None:
    page = course.feedback("broken")
    assert "zero_grad() requirement: 0 of 15 points" in page and "missing zero_grad()" in page
    assert "<strong>70</strong> of 100 points" in page and 'alt="' in page
    assert "HIDDEN TESTS" not in page


def test_nbgrader_validate_passes_on_the_source(course: CourseFolder) -> None:
    done = course.nbgrader("validate", SOURCE)
    assert "Success! Your notebook passes all the tests." in done.stdout


def test_validating_a_broken_notebook_fails_in_its_text_and_with_graders_in_its_exit_code(
    course: CourseFolder,
) -> None:
    path = "submitted/broken/07_training/07_training.ipynb"
    (course.submitted("broken") / "tinystack").symlink_to(
        course.root / "source" / "07_training" / "tinystack"
    )
    done = course.nbgrader("validate", path)
    assert "VALIDATION FAILED ON" in done.stdout and "missing zero_grad()" in done.stdout
    own = course.run("graders", "validate", path)
    assert own.returncode == 1 and "VALIDATION FAILED ON" in own.stdout


def test_graders_validate_ends_with_0_where_all_passed(course: CourseFolder) -> None:
    done = course.run("graders", "validate", SOURCE)
    assert done.returncode == 0 and "Success!" in done.stdout


def test_graders_validate_ends_with_2_where_a_file_cannot_be_read(course: CourseFolder) -> None:
    done = course.run("graders", "validate", "nowhere.ipynb")
    assert done.returncode == 2 and "nowhere.ipynb does not exist" in done.stderr


def test_no_test_passes_on_the_release(course: CourseFolder) -> None:
    done = course.nbgrader("validate", "--invert", RELEASE)
    assert "Success! The notebook does not pass any tests." in done.stdout
