"""The course that comes with the package: in a clone the repository, installed a folder of package data."""

from __future__ import annotations

from pathlib import Path

from graders.course import CourseError, own_course

PACKAGED = Path(__file__).resolve().parents[1] / "_course"
"""In an installed package; see `force-include` in pyproject.toml."""

ORIGIN = "07_training"
"""The assignment whose tinystack/ is the original of all copies."""


def shipped_course() -> Path:
    """Return the folder that holds source/ and specimens/ of the course that the package comes with.

    Raises:
        CourseError: the package is incomplete.
    """
    if (PACKAGED / "source").is_dir():
        return PACKAGED
    try:
        return own_course().root
    except CourseError:
        raise CourseError(
            f"the assignments that come with the package are missing in {PACKAGED}: install graders again"
        ) from None


def shipped_assignments() -> list[str]:
    """Return the names of the assignments that come with the package. Raises CourseError."""
    paths = shipped_course().glob("source/*/*.ipynb")
    return sorted(path.stem for path in paths if path.stem == path.parent.name)


def original_stack() -> Path:
    """Return the tinystack/ that all copies are made of. Raises CourseError."""
    return shipped_course() / "source" / ORIGIN / "tinystack"
