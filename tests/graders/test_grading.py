"""Grading from code to verdicts: whole trainers, unfinished ones, and ones that are no trainers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.grading import Grade, Grader
from graders.messages import as_html, as_text
from graders.submission import Submission, read
from graders.verdict import Outcome
from tests.graders.earning import earned

GRADERS = Path(__file__).resolve().parents[2] / "graders"
WHEATS = ("plain_modulo", "terse_golf", "slots_trainer", "one_batch_ahead", "singledispatch_json")
GradeCode = Callable[..., Grade]


def without_points(grade: Grade) -> dict[str, str | None]:
    """The causes of the criteria that earned nothing."""
    return {name: verdict.cause for name, verdict in grade.verdicts.items() if verdict.score == 0.0}


@pytest.mark.parametrize("name", WHEATS)
def test_a_correct_trainer_earns_100(grader: Grader, lesson: Assignment, nonce: str, name: str) -> None:
    grade = grader.grade(read(GRADERS / "wheats" / f"{name}.py", lesson), nonce)
    assert (grade.score, grade.max_score, grade.passed) == (100.0, 100.0, True), grade.root_causes


@pytest.mark.parametrize("point", sorted(path.name for path in (GRADERS / "chaffs").iterdir()))
def test_a_trainer_with_one_bug_loses_points_at_its_point(
    grader: Grader, lesson: Assignment, nonce: str, point: str
) -> None:
    path = sorted((GRADERS / "chaffs" / point).glob("*.py"))[0]
    verdict = grader.grade(read(path, lesson), nonce).verdicts[point]
    assert verdict.outcome is Outcome.FAILED and verdict.score < verdict.max_score


def test_the_source_notebook_earns_100(grader: Grader, lesson: Assignment, nonce: str) -> None:
    grade = grader.grade(read(lesson.folder / f"{lesson.name}.ipynb", lesson), nonce)
    assert grade.score == 100.0 and not grade.repairs


def test_all_in_one_cell_earns_as_much(grade_code: GradeCode, lesson: Assignment) -> None:
    assert grade_code("\n\n".join(lesson.reference), "", "").score == 100.0


def test_the_same_nonce_gives_the_same_grade(grader: Grader, lesson: Assignment, nonce: str) -> None:
    submission = read(GRADERS / "chaffs" / "zero_grad" / "backward_called_twice.py", lesson)
    assert grader.grade(submission, nonce) == grader.grade(submission, nonce)


@pytest.mark.parametrize("code", ["", "x = 1", "pass\n", "# nothing yet"])
def test_no_trainer_scores_0_and_says_that_a_name_is_missing(grade_code: GradeCode, code: str) -> None:
    grade = grade_code(code)
    assert grade.score == 0.0 and set(without_points(grade).values()) == {"not_defined"}
    for verdict in grade.verdicts.values():
        assert "is not defined" in verdict.seen and "Trainer" in as_text(verdict, {})


def test_a_syntax_error_scores_0_with_a_message(grade_code: GradeCode) -> None:
    grade = grade_code("class Trainer:\n    def train_epoch(self\n")
    assert grade.score == 0.0 and set(without_points(grade).values()) == {"not_defined"}
    assert all("SyntaxError" in as_text(verdict, {}) for verdict in grade.verdicts.values())


def test_a_syntax_error_in_one_cell_costs_that_cell_alone(grade_code: GradeCode, lesson: Assignment) -> None:
    cells = [code for code in lesson.reference if "class CosineSchedule" not in code]
    grade = grade_code("class CosineSchedule(:", *cells)
    failed = [name for name, verdict in grade.verdicts.items() if verdict.outcome is Outcome.FAILED]
    assert failed == ["scheduling"] and grade.score == 94.0


@pytest.mark.parametrize("thing", ["3", "None", "'Trainer'", "[]", "lambda *a, **k: None", "object", "int"])
def test_a_trainer_that_is_no_trainer_scores_0(grade_code: GradeCode, thing: str) -> None:
    grade = grade_code(f"Trainer = {thing}\nCosineSchedule = clip_grad_norm = None")
    assert grade.score == 0.0
    assert all(verdict.seen and verdict.cause != "tampering" for verdict in grade.verdicts.values())


SHAM = """
class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = {value}
        self.history = {value}
    def train_epoch(self, dataloader, accumulation_steps=1): return {value}
    def evaluate(self, dataloader): return {value}
    def save_checkpoint(self, path): return {value}
    def load_checkpoint(self, path): return {value}
class CosineSchedule:
    def __init__(self, *args, **kwargs): pass
    def get_lr(self, epoch): return {value}
def clip_grad_norm(parameters, max_norm=1.0): return {value}
"""


DOES_NOTHING_RIGHT = {
    "leaves small gradients",
    "evaluate changes nothing",
    "later rates",
    "accuracy of a regression",
}


@pytest.mark.parametrize(
    "value",
    ["None", "'a string'", "float('nan')", "float('inf')", "0.0", "1.0", "True", "[]", "(0.0, 0.0)", "{}"],
)
def test_methods_that_do_nothing_and_return_anything_score_next_to_nothing(
    grade_code: GradeCode, value: str
) -> None:
    """What is left may only be what doing nothing does right: evaluating without a trace."""
    grade = grade_code(SHAM.replace("{value}", value))
    points_of = {n: earned(v) for n, v in grade.verdicts.items() if v.score}
    assert {check for checks in points_of.values() for check in checks} <= DOES_NOTHING_RIGHT, points_of


def test_a_trainer_that_raises_is_told_where(grade_code: GradeCode) -> None:
    grade = grade_code(SHAM.replace("{value}", "1 / 0"))
    assert grade.score == 0.0
    assert all(
        "ZeroDivisionError" in verdict.seen and "line" in verdict.seen for verdict in grade.verdicts.values()
    )


def test_an_error_inside_a_library_is_told_by_the_line_of_the_student(grade_code: GradeCode) -> None:
    code = SHAM.replace("{value}", "__import__('shutil').copy('nowhere', 'else')")
    seen = grade_code(code).verdicts["orchestration"].seen
    assert "in __init__" in seen, seen


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("import os; os._exit(0)", "ended"),
        ("raise SystemExit", "raised"),
        ("def f(): return f()\nf()", "raised"),
    ],
)
def test_code_that_ends_the_interpreter_when_used_scores_0(
    grade_code: GradeCode, code: str, cause: str
) -> None:
    body = "\n        ".join(code.splitlines())
    grade = grade_code(f"class Trainer:\n    def __init__(self, *a, **k):\n        {body}\n")
    assert grade.verdicts["zero_grad"].score == 0.0 and grade.score == 0.0
    assert all(verdict.outcome is Outcome.FAILED for verdict in grade.verdicts.values())
    assert grade.verdicts["zero_grad"].cause == cause


def test_html_escapes_what_comes_from_the_student(grade_code: GradeCode) -> None:
    grade = grade_code(
        "class Trainer:\n    def __init__(self, *a, **k):\n        raise ValueError('<script>x</script>')"
    )
    pages = [as_html(verdict, {}) for verdict in grade.verdicts.values()]
    assert not [page for page in pages if "<script>" in page]
    assert any("&lt;script&gt;" in page for page in pages)


def test_a_fault_of_the_runner_is_no_zero(
    grader: Grader, lesson: Assignment, nonce: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graders.runner import RunnerError

    def fault(*args: object) -> None:
        raise RunnerError("the disk is full")

    grader.grade(Submission(("x = 1",), is_module=True), nonce)  # the truth is known now
    monkeypatch.setattr(grader._runner, "run", fault)
    grade = grader.grade(Submission(("x = 1",), is_module=True), nonce)
    assert {v.outcome for v in grade.verdicts.values()} == {Outcome.NOT_JUDGED}
    assert all("the disk is full" in v.seen for v in grade.verdicts.values())
