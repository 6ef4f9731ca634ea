"""A worker for the course's assignment, made once per process, and submissions for it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from graders.assignment import Assignment
from graders.bundle import Bundle, Submitted
from graders.coordinator.release import bundle_before_release
from graders.course import Course
from graders.worker.worker import Worker


@pytest.fixture(scope="session")
def bundle(repository: Path, lesson: Assignment) -> Bundle:
    """What workers need for 07_training."""
    return bundle_before_release(Course(repository), lesson)


@pytest.fixture(scope="session")
def worker(bundle: Bundle) -> Iterator[Worker]:
    """A worker for it, that all tests share."""
    made = Worker(bundle)
    yield made
    made.close()


@pytest.fixture(scope="session")
def solved(lesson: Assignment) -> Submitted:
    """A submission with the reference's solutions."""
    notebook = copy.deepcopy(lesson.notebook)
    return submitted(notebook)


def submitted(notebook: NotebookNode, **more: object) -> Submitted:
    """A submission of one notebook."""
    data = nbformat.writes(notebook).encode()
    return replace(Submitted("07_training", "fern", {"07_training": data}), **more)  # type: ignore[arg-type]
