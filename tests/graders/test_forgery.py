"""A student who owns everything on the student's side: what claims of success are worth. Nothing.

The forger has read the test cells: it knows every part and observation by name and shape. What it does not do
is compute: no nonce, no footprints, no formula.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from graders.assignment import Assignment
from graders.evidence import MIME_TYPE, SCHEMA, Evidence
from graders.grading import Grade
from graders.judgement import Observed, judge, observe
from tests.graders.earning import earned

EVERYTHING = """
import json, sys, types

class Whatever:
    def __init__(self, *args, **kwargs): pass
    def __call__(self, *args, **kwargs): return args[0] if args and callable(args[0]) else self
    def __getattr__(self, name): return 1.0 if name in ("score", "max_score", "points") else Whatever()
    def __enter__(self): return self
    def __exit__(self, *args): return True
    def __iter__(self): return iter(())
    def __float__(self): return 1.0

CLAIM = {"schema": "tinystack.evidence/1", "error": None, "passed": True, "score": 15, "parts": {}}
"""

TAKE_OVER = """
import tinystack, tinystack.lab, tinystack.lab.evidence, tinystack.lab.experiment, tinystack.lab.part
for name, module in list(sys.modules.items()):
    if name.split(".")[:2] == ["tinystack", "lab"]:
        for key, value in list(vars(module).items()):
            if callable(value) and not key.startswith("__"):
                setattr(module, key, Whatever())
"""

EMIT = """
def claim(name):
    from IPython.core.getipython import get_ipython
    text = TEXTS.get(name) or json.dumps({**CLAIM, "experiment": name})
    get_ipython().display_pub.publish(data={MIME: text, "text/plain": "15"})
    return lambda body: body

tinystack.lab.experiment = claim
Trainer = CosineSchedule = clip_grad_norm = Whatever
"""


def forger(texts: Mapping[str, str]) -> str:
    """A submission that replaces every callable of the lab and publishes `texts` as its evidence."""
    constants = f"MIME = {MIME_TYPE!r}\nTEXTS = {dict(texts)!r}\n"
    return EVERYTHING + constants + TAKE_OVER + EMIT


def made_up(value: object, ramp: np.ndarray) -> dict[str, object]:
    """A plausible value of the same kind and shape, with nothing computed in it."""
    if isinstance(value, np.ndarray):
        numbers = np.resize(ramp, value.shape)
        return {"kind": "array", "shape": list(value.shape), "data": numbers.ravel().tolist()}
    if isinstance(value, list):
        return {"kind": "list", "items": [made_up(item, ramp) for item in value]}
    if isinstance(value, dict):
        return {"kind": "mapping", "items": {name: made_up(item, ramp) for name, item in value.items()}}
    if isinstance(value, str):
        return {"kind": "text", "value": "FileNotFoundError"}
    return {"kind": "none"} if value is None else {"kind": "number", "value": 1.0}


def made_up_evidence(truth: Evidence, ramp: np.ndarray) -> str:
    parts = {
        name: {"error": None, "observed": {key: made_up(v, ramp) for key, v in part.observed.items()}}
        for name, part in truth.parts.items()
    }
    return json.dumps({"schema": SCHEMA, "experiment": truth.experiment, "error": None, "parts": parts})


RAMPS = {
    "zeros": np.zeros(1),
    "ones": np.ones(1),
    "ramp": np.linspace(0.3, -0.7, 7),
    "falling losses": 0.5 ** np.arange(1.0, 12.0),
}


def test_a_lab_that_claims_success_scores_0(grade_code: Callable[..., Grade]) -> None:
    assert grade_code(forger({})).score == 0.0


def test_a_lab_whose_functions_all_do_nothing_scores_0(grade_code: Callable[..., Grade]) -> None:
    silent = EVERYTHING + TAKE_OVER + "Trainer = CosineSchedule = clip_grad_norm = Whatever"
    assert grade_code(silent).score == 0.0


@pytest.mark.parametrize("name", RAMPS)
def test_made_up_numbers_of_the_right_shapes_score_0(
    grade_code: Callable[..., Grade], truth: Mapping[str, Evidence], name: str
) -> None:
    texts = {experiment: made_up_evidence(t, RAMPS[name]) for experiment, t in truth.items()}
    grade = grade_code(forger(texts))
    points_of = {n: earned(v) for n, v in grade.verdicts.items() if v.score}
    assert grade.score == 0.0, points_of


def test_counters_and_updates_that_need_no_trainer_score_0(
    lesson: Assignment, truth: Mapping[str, Evidence]
) -> None:
    """The best guess without the nonce: identity matrices as gradients, counters that count, equal copies."""
    texts = {name: json.dumps(best_guess(evidence)) for name, evidence in truth.items()}
    verdicts = judge({n: observe((t,), n) for n, t in texts.items()}, truth, lesson.points)
    points_of = {n: (v.score, earned(v)) for n, v in verdicts.items() if v.score}
    assert not points_of


def best_guess(truth: Evidence) -> dict[str, object]:
    record = json.loads(made_up_evidence(truth, np.linspace(0.3, -0.7, 7)))
    for name, part in record["parts"].items():
        known = truth.parts[name].observed
        for key in ("step", "epoch", "updates"):
            if key in known:  # what counters count is in the test cell, for everyone to read
                numbers = truth.parts[name].observed[key]
                part["observed"][key] = made_list(numbers)
        gradients = known.get("gradients")
        if isinstance(gradients, np.ndarray) and gradients.ndim == 2:
            columns = gradients.shape[1] - 1
            rows = np.column_stack(
                [np.resize(np.eye(columns), (len(gradients), columns)), np.ones(len(gradients))]
            )
            part["observed"]["gradients"] = array(rows)
            part["observed"]["before"] = array(np.zeros(gradients.shape))
            part["observed"]["after"] = array(np.ones(gradients.shape))
        if "raised" in known:
            part["observed"]["folder_exists"] = made_list([0.0, 0.0])
    return record


def array(numbers: np.ndarray) -> dict[str, object]:
    return {"kind": "array", "shape": list(numbers.shape), "data": numbers.ravel().tolist()}


def made_list(numbers: object) -> dict[str, object]:
    assert isinstance(numbers, list)
    items = [{"kind": "none"} if n is None else {"kind": "number", "value": n} for n in numbers]
    return {"kind": "list", "items": items}


def test_evidence_copied_from_another_nonce_scores_0(
    lesson: Assignment, truth: Mapping[str, Evidence], truths: object
) -> None:
    other = {name: Observed(e) for name, e in truths.for_nonce("somebody else's").items()}  # type: ignore[attr-defined]
    verdicts = judge(other, truth, lesson.points)
    points_of = {n: (v.score, earned(v)) for n, v in verdicts.items() if v.score}
    assert not points_of
