"""A course that is as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.authoring.setup import carry_out, plan
from graders.course import Course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A new course with the assignment 08_adam."""
    carry_out(plan(tmp_path / "course", ["08_adam"]))
    return Course(tmp_path / "course")
