"""Code that goes for the tests instead of the task, graded with `graders grade`: it never earns a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import CourseFolder, Work

pytestmark = pytest.mark.timeout(900)

SCORE_WITHOUT_CLEARING = 70
"""What the missing zero_grad() costs: that point, and convergence, which it explains."""

SILENT_TRACEBACKS = """
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.showtraceback = lambda *a, **k: None
"""

EMPTIED_CELLS = """
get_ipython().input_transformers_cleanup.append(lambda lines: [])
"""

CODE_THAT_IS_NOT_RUN = """
from IPython.core.interactiveshell import InteractiveShell
async def run_code(self, code_obj, result=None, *, async_=False):
    return False
InteractiveShell.run_code = run_code
"""

EQUAL_TO_EVERYTHING = """
class Agreeable(float):
    __hash__ = float.__hash__
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return Agreeable(0.0)
    def __abs__(self): return Agreeable(0.0)
"""

FORGED_NUMBER = "get_ipython().displayhook(5)"

FORGED_EVIDENCE = """
from IPython.display import display
display({"application/vnd.tinystack.evidence": "{}"}, raw=True)
"""

FORGED_ERROR = "import sys; print('Traceback (most recent call last):', file=sys.stderr)"


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A class of forgers, graded in one run."""
    course = new_course()
    bad = work.trainer(cleared=False)
    returns = work.trainer().replace("return mean_loss", "return Agreeable(mean_loss + 1.0)")
    submissions = {
        "plain": work.solved(solution_trainer=bad),
        "silent": work.solved(solution_trainer=SILENT_TRACEBACKS + bad),
        "emptied": work.solved(solution_trainer=bad + EMPTIED_CELLS),
        "not_run": work.solved(solution_trainer=bad + CODE_THAT_IS_NOT_RUN),
        "agreeable": work.solved(solution_trainer=EQUAL_TO_EVERYTHING + returns),
        "number": work.solved(solution_trainer=work.trainer(FORGED_NUMBER, cleared=False)),
        "evidence": work.solved(solution_trainer=work.trainer(FORGED_EVIDENCE, cleared=False)),
        "correct": work.solved(solution_trainer=work.trainer(f"{FORGED_NUMBER}\n{FORGED_ERROR}")),
    }
    for student, notebook in submissions.items():
        course.hand_in(student, notebook)
    course.grade()
    return course


@pytest.mark.parametrize("student", ["plain", "silent", "number"])
def test_a_trick_that_hides_a_failure_changes_no_point(graded: CourseFolder, student: str) -> None:
    assert graded.scores()[student] == SCORE_WITHOUT_CLEARING
    assert graded.lost(student) == {"zero_grad", "convergence"}
    assert graded.verdicts(student)["convergence"]["explained_by"] == "zero_grad"


@pytest.mark.parametrize("student", ["emptied", "not_run"])
def test_cells_that_are_kept_from_running_cost_points_and_keep_no_test_from_it(
    graded: CourseFolder, student: str
) -> None:
    assert graded.scores()[student] < SCORE_WITHOUT_CLEARING
    assert graded.lost(student) > {"zero_grad", "convergence"}
    assert graded.verdicts(student)["zero_grad"]["cause"] == graded.verdicts("plain")["zero_grad"]["cause"]


def test_observations_beside_the_test_s_own_earn_nothing(graded: CourseFolder) -> None:
    assert graded.scores()["evidence"] == 0
    assert {verdict["cause"] for verdict in graded.verdicts("evidence").values()} == {"tampering"}


def test_a_number_that_claims_to_equal_everything_counts_as_what_it_is(graded: CourseFolder) -> None:
    assert graded.points("agreeable")["orchestration"] < 15
    assert graded.scores()["agreeable"] < 100


def test_numbers_and_text_on_stderr_change_nothing_for_correct_work(graded: CourseFolder) -> None:
    assert graded.scores()["correct"] == 100


def test_each_test_cell_ends_with_exactly_one_number_and_no_error(graded: CourseFolder) -> None:
    for student in graded.scores():
        for cell in graded.autograded(student).cells:
            if not cell.metadata.get("nbgrader", {}).get("grade"):
                continue
            kinds = [output.output_type for output in cell.outputs]
            assert kinds.count("execute_result") == 1 and "error" not in kinds
            assert not [o for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"]
            (number,) = (o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result")
            assert 0 <= float(number) <= cell.metadata.nbgrader.points


def test_no_feedback_shows_hidden_tests_or_evidence(graded: CourseFolder) -> None:
    for student in graded.scores():
        page = graded.feedback(student)
        for secret in ("HIDDEN TESTS", "lab.experiment", "_experiment(lab)", "tinystack.evidence/1"):
            assert secret not in page
