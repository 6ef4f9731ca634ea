"""The nine critical tests, as `pytest --trainer FILE` runs them; without it, on the instructor's solution."""

from __future__ import annotations

import pytest

from graders.criteria import CRITERIA
from graders.grading import Grade
from graders.messages import as_text
from graders.verdict import Outcome, Verdict


@pytest.mark.parametrize("verdict", CRITERIA, indirect=True)
def test_integration_point(verdict: Verdict, trainer_grade: Grade) -> None:
    if verdict.outcome is Outcome.FAILED:
        titles = {name: other.title for name, other in trainer_grade.verdicts.items()}
        pytest.fail(as_text(verdict, titles), pytrace=False)
