"""What a grade depends on: each change of an assignment changes its own part of the version, and no other."""

from __future__ import annotations

import copy
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.bundle import Bundle
from graders.coordinator import version as module
from graders.coordinator.version import Version, version_of
from tests.test_imports import graph_of


def differing(one: Version, other: Version) -> set[str]:
    return {part.name for part in fields(Version) if getattr(one, part.name) != getattr(other, part.name)}


@pytest.fixture(scope="module")
def version(bundle: Bundle, lesson: Assignment) -> Version:
    return version_of(bundle, lesson)


def test_the_same_assignment_has_the_same_version(
    version: Version, bundle: Bundle, lesson: Assignment
) -> None:
    assert version_of(replace(bundle), lesson) == version
    assert version.experiments.keys() == lesson.points.keys()


def test_another_hidden_test_is_another_experiment(
    version: Version, bundle: Bundle, lesson: Assignment
) -> None:
    first, *others = lesson.experiments
    changed = version_of(
        bundle, replace(lesson, experiments=(replace(first, code=first.code + "#"), *others))
    )
    assert differing(version, changed) == {"experiments"}
    assert {
        name for name in version.experiments if version.experiments[name] != changed.experiments[name]
    } == {first.name}


def test_a_file_beside_the_notebook_is_what_students_code_runs_in(
    version: Version, bundle: Bundle, lesson: Assignment
) -> None:
    changed = replace(bundle, files={**bundle.files, "tinystack/module.py": b""})
    assert differing(version, version_of(changed, lesson)) == {"setting"}
    picture = replace(bundle, files={**bundle.files, "notes.ipynb": b"{}"})
    assert differing(version, version_of(picture, lesson)) == set()


def test_a_locked_cell_is_what_students_code_runs_in_and_a_solution_is_what_it_is_judged_by(
    version: Version, bundle: Bundle, lesson: Assignment
) -> None:
    for name, parts in {"solution": {"judging"}, "locked": {"setting"}}.items():
        notebook = copy.deepcopy(lesson.notebook)
        cell = next(
            one
            for one in notebook.cells
            if one.cell_type == "code"
            and one.metadata.get("nbgrader", {}).get("solution", False) == (name == "solution")
            and not one.metadata.get("nbgrader", {}).get("grade")
        )
        cell.source += "\nunused = 1"
        assert differing(version, version_of(bundle, replace(lesson, notebook=notebook))) == parts, name


def test_points_are_part_of_judging(version: Version, bundle: Bundle, lesson: Assignment) -> None:
    book = bundle.frame.notebooks[lesson.name]
    cells = {**book.cells, "modes": replace(book.cells["modes"], max_score=1.0)}
    frame = replace(bundle.frame, notebooks={lesson.name: replace(book, cells=cells)})
    assert differing(version, version_of(replace(bundle, frame=frame), lesson)) == {"judging"}


def test_a_due_date_is_no_part_of_judging(version: Version, bundle: Bundle, lesson: Assignment) -> None:
    frame = replace(bundle.frame, duedate=datetime(2026, 11, 15))
    assert differing(version, version_of(replace(bundle, frame=frame), lesson)) == {"due"}


NO_SAY = {
    *("assignment", "course", "lean_imports", "nodes", "ordinary", "repair", "salvage", "schema"),
    *("execution", "grading", "known_evidence", "nonce", "runner", "sandbox", "submission", "truth"),
}
"""What the files that judge import and what judges nothing: reading notebooks, and running them."""


def test_every_file_that_marking_takes_is_one_that_judges_or_one_of_those_without_a_say() -> None:
    package = Path(module.graders.__file__).parent
    imports = graph_of(package)
    judging = {path.relative_to(package).parts[0] for glob in module.JUDGING for path in package.glob(glob)}
    found, left = set(), ["graders.marking"]
    while left:
        name = left.pop()
        if name not in found and name in imports:
            found.add(name)
            left += imports[name]
    first = {name.split(".")[1] for name in found if "." in name}
    assert first == {name.removesuffix(".py") for name in judging} | NO_SAY


def test_the_files_that_judge_are_there_and_count(
    version: Version, bundle: Bundle, lesson: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = module.Path(module.graders.__file__).parent
    assert all(any(package.glob(pattern)) for pattern in module.JUDGING)
    monkeypatch.setattr(module, "JUDGING", module.JUDGING[1:])
    module._judging.cache_clear()
    assert differing(version, version_of(bundle, lesson)) == {"judging"}
    module._judging.cache_clear()
