"""The bundle of the course's assignment, made once per process without changing the course."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.bundle import Bundle
from graders.coordinator.release import bundle_before_release
from graders.course import Course


@pytest.fixture(scope="session")
def bundle(repository: Path, lesson: Assignment) -> Bundle:
    """What workers need for 07_training."""
    return bundle_before_release(Course(repository), lesson)
