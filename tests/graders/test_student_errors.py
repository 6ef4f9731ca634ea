"""What a student's error costs and what is said of it: floods, places, modules that do not load."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graders.assignment import Assignment
from graders.evidence import Evidence
from graders.grading import Grade
from graders.judgement import Observed
from graders.messages import as_text
from graders.verdict import Outcome
from tinystack.lab.part import describe
from tinystack.lab.recording import MAX_UPDATES

GradeCode = Callable[..., Grade]
Observe = Callable[[Path], Mapping[str, Observed]]


def failed_checks(grade: Grade) -> set[tuple[str, str]]:
    return {(n, f.check) for n, v in grade.verdicts.items() for f in v.findings if f.failure is not None}


# Floods.

FLOODS = {
    "updates without end": "while True:\n            plain(self, batches, accumulation_steps)",
    "updates without end, errors swallowed": """while True:
            try:
                plain(self, batches, accumulation_steps)
            except Exception:
                pass""",
    "ten times the updates that a part may have": (
        f"for _ in range({10 * MAX_UPDATES}):\n            plain(self, batches, accumulation_steps)"
    ),
}

FLOODED = """
plain = Trainer.train_epoch

def train_epoch(self, dataloader, accumulation_steps=1):
    batches = list(dataloader)
    if {condition}:
        {flood}
    return plain(self, batches, accumulation_steps)

Trainer.train_epoch = train_epoch
"""

IN_GROUPS_OF_FOUR_BATCHES = "accumulation_steps == 2 and len(batches) == 4 and self.scheduler is None"


@pytest.mark.parametrize("name", FLOODS)
def test_a_part_that_floods_costs_that_part_alone(
    grade_code: GradeCode, lesson: Assignment, name: str
) -> None:
    code = FLOODED.format(condition=IN_GROUPS_OF_FOUR_BATCHES, flood=FLOODS[name])
    grade = grade_code("\n\n".join([*lesson.reference, code]))
    assert failed_checks(grade) == {("zero_grad", "across groups"), ("accumulation", "groups of two")}
    for point in ("zero_grad", "accumulation"):
        assert grade.verdicts[point].cause in ("flood", "out_of_time")
        assert str(MAX_UPDATES) in grade.verdicts[point].seen


def test_a_history_beyond_all_bounds_costs_the_parts_that_hold_it_alone(
    grade_code: GradeCode, lesson: Assignment
) -> None:
    flood = 'self.history["train_loss"] = [0.5] * 10**5'
    code = FLOODED.format(condition="accumulation_steps == 2 and len(batches) == 3", flood=flood)
    grade = grade_code("\n\n".join([*lesson.reference, code]))
    assert ("history", "train_loss") in failed_checks(grade)
    assert {name for name, _ in failed_checks(grade)} <= {"history", "orchestration"}
    assert {f.check for f in grade.verdicts["history"].findings if f.failure is None} == {
        "eval_loss",
        "learning_rates",
    }


def test_an_endless_loop_is_ended_and_later_experiments_are_run(
    grade_code: GradeCode, lesson: Assignment
) -> None:
    code = FLOODED.format(
        condition="self.grad_clip_norm and self.scheduler is None", flood="while True: pass"
    )
    grade = grade_code("\n\n".join([*lesson.reference, code]))
    assert {name for name, verdict in grade.verdicts.items() if verdict.score < verdict.max_score} == {
        "clipping"
    }
    assert grade.verdicts["clipping"].cause == "out_of_time"


# Places.

BROKEN = {
    "in the student's own line": "raise ValueError('wrong')",
    "inside numpy": "np.zeros((2, 3)) @ np.zeros((2, 3))",
    "deep inside numpy": "np.linalg.inv(np.zeros((2, 2)))",
    "in a function that numpy calls back": "np.apply_along_axis(lambda row: 1 / 0, 0, np.ones((2, 2)))",
    "inside the standard library": "__import__('json').loads('{')",
    "deep inside the standard library": "__import__('shutil').copytree('/nowhere', '/elsewhere')",
    "inside the stack": "self.model(3)",
    "deep inside the stack": "self.loss_fn(self.model(next(iter(dataloader))[0]), 'no tensor')",
    "in a frozen module": "__import__('importlib').import_module('no_such_module')",
}

TRAINER = """import numpy as np


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.epoch = self.step = 0
        self.history = {}

    def train_epoch(self, dataloader, accumulation_steps=1):
        return self.helper(dataloader)

    def helper(self, dataloader):
        BROKEN
"""
LINE = TRAINER.splitlines().index("        BROKEN") + 1


def errors_of(observed: Mapping[str, Observed]) -> list[tuple[str, Any]]:
    evidence: list[Evidence] = [o.evidence for o in observed.values() if o.evidence is not None]
    assert evidence
    found = [(f"{e.experiment}, {p.name}", p.error) for e in evidence for p in e.parts.values() if p.error]
    return found + [(e.experiment, e.error) for e in evidence if e.error]


@pytest.mark.parametrize("name", BROKEN)
def test_the_place_of_an_error_is_the_student_s_last_line_on_the_way_to_it(
    observe_file: Observe, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(TRAINER.replace("BROKEN", BROKEN[name]))
    in_epochs = [
        (where, error)
        for where, error in errors_of(observe_file(path))
        if where.split(", ")[0] in ("orchestration", "zero_grad", "convergence", "accumulation")
    ]
    assert in_epochs
    own = "<lambda>" if "lambda" in BROKEN[name] else "helper"
    assert {error.where for _, error in in_epochs} == {f"line {LINE}, in {own}"}


NOT_CALLABLE = {
    "nothing is a function": "Trainer = CosineSchedule = clip_grad_norm = 3",
    "a constructor with too few arguments": "class Trainer:\n    def __init__(self): pass",
    "no methods": "class Trainer:\n    def __init__(self, *args, **kwargs): pass",
    "methods with too few arguments": """class Trainer:
    def __init__(self, *args, **kwargs): pass
    def train_epoch(self): pass
    def evaluate(self): pass
    def save_checkpoint(self): pass
    def load_checkpoint(self): pass""",
    "nothing at all": "",
}


@pytest.mark.parametrize("name", NOT_CALLABLE)
def test_no_line_of_the_hidden_tests_is_named_where_none_of_the_student_s_failed(
    observe_file: Observe, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(NOT_CALLABLE[name])
    errors = errors_of(observe_file(path))
    assert errors and [(where, str(error)) for where, error in errors if error.where] == []


def hidden_functions(lesson: Assignment) -> set[str]:
    """The names of all functions in the hidden tests."""
    import ast

    trees = [ast.parse(experiment.code) for experiment in lesson.experiments]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", [*BROKEN, *NOT_CALLABLE])
def test_no_message_names_a_function_of_the_hidden_tests(
    grade_code: GradeCode, lesson: Assignment, name: str
) -> None:
    code = TRAINER.replace("BROKEN", BROKEN[name]) if name in BROKEN else NOT_CALLABLE[name]
    text = "\n".join(as_text(verdict, {}) for verdict in grade_code(code).verdicts.values())
    assert "_experiment" not in text and "site-packages" not in text
    assert [f for f in hidden_functions(lesson) if f"in {f})" in text] == []


def raised_in(filename: str) -> BaseException:
    """An error whose innermost frame is in `filename`, called by a line of the student's."""
    space: dict[str, Any] = {}
    exec(compile("def fail():\n    raise ValueError('x')", filename, "exec"), space)
    exec(compile("def mine():\n    fail()", "cell 3", "exec"), space)
    with pytest.raises(ValueError, match="x") as caught:
        space["mine"]()
    return caught.value


@pytest.mark.parametrize(
    "filename",
    [
        np.__file__,
        json.__file__,
        "<frozen importlib._bootstrap>",
        "<__array_function__ internals>",
        "/course/07_training/tinystack/tensor.py",
        "/somewhere/lib/python3.11/site-packages/numpy/linalg/_linalg.py",
        "/usr/lib/python3/dist-packages/numpy/linalg/_linalg.py",
        "the hidden test",
    ],
)
def test_places_in_libraries_and_in_the_test_itself_are_passed_over(filename: str) -> None:
    assert describe(raised_in(filename), own_file="the hidden test")["where"].endswith(", in mine")


@pytest.mark.parametrize("filename", ["cell 4", "/tmp/ipykernel_12/345.py", "<string>", "/somewhere/mine.py"])
def test_places_in_the_student_s_own_files_are_named(filename: str) -> None:
    assert describe(raised_in(filename), own_file="the hidden test")["where"] == "line 2, in fail"


# Modules that do not load.

NOT_LOADED = {
    "a missing colon": ("class Trainer\n    pass\n", "SyntaxError", 1),
    "an end that is missing": ("x = 1\nclass Trainer:\n    def f(self\n", "SyntaxError", 3),
    "an indentation": ("class Trainer:\n    x = 1\n  y = 2\n", "IndentationError", 3),
    "tabs and blanks": ("if True:\n        x = 1\n\ty = 2\n", "TabError", 3),
    "a name at top level": ("import numpy as np\nx = undefined_name\n", "NameError", 2),
    "an import": ("import torch_of_another_course\n", "ModuleNotFoundError", 1),
    "a null byte": ("x = 1\x00\n", "SyntaxError", None),
}


@pytest.mark.parametrize("name", NOT_LOADED)
def test_a_module_that_does_not_load_says_why_in_every_message(grade_code: GradeCode, name: str) -> None:
    code, error, line = NOT_LOADED[name]
    grade = grade_code(code)
    assert grade.score == 0.0
    for verdict in grade.verdicts.values():
        text = as_text(verdict, {})
        assert (verdict.outcome, verdict.cause) == (Outcome.FAILED, "not_defined")
        assert "is not defined" in text and error in text
        assert line is None or f"line {line}" in text


def test_a_piece_that_is_left_alone_is_no_reason_for_what_is_not_defined(
    grade_code: GradeCode, lesson: Assignment
) -> None:
    grade = grade_code("raise NotImplementedError('to be written')", "x = 1")
    assert all("NotImplementedError" not in verdict.seen for verdict in grade.verdicts.values())


def test_the_first_error_of_several_cells_is_the_one_that_is_named(grade_code: GradeCode) -> None:
    grade = grade_code("raise NotImplementedError", "x = 1 / 0", "y = missing")
    for verdict in grade.verdicts.values():
        assert "cell 2 raised ZeroDivisionError" in verdict.seen and "missing" not in verdict.seen
