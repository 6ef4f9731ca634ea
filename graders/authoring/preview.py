"""What students and graders will see of an assignment, as pages: nothing in the course is changed."""

from __future__ import annotations

import copy
import shutil
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode

from graders.assignment import Assignment, is_test, nbgrader_data
from graders.audit import snapshot
from graders.audit.measure import measure
from graders.audit.page import page
from graders.audit.whole import all_equivalent, found_in, library_of
from graders.authoring.new import AuthoringError
from graders.course import CONFIG, Course
from graders.library import Chaff
from graders.specimens import FOLDER, chaffs_of, folder_of, snapshot_of

if TYPE_CHECKING:  # nbgrader takes a second to import
    from nbgrader.apps import NbGraderAPI

STUDENT = "preview"
"""Whose submission the sample feedback is for."""

MOVED = """

# The preview of the course stands in a folder of its own, with a gradebook of its own.
get_config().CourseDirectory.root = {root!r}
get_config().CourseDirectory.db_url = {db_url!r}
"""


@dataclass(frozen=True)
class Pages:
    """Where the pages are: the notebook as students get it, the audit, the feedback on a known bug.

    findings: how many the audit has against the tests.
    """

    students: Path
    audit: Path
    feedback: Path
    chaff: str
    findings: int


def chaff_for(assignment: Assignment, name: str | None) -> Chaff:
    """Return the chaff of a name such as POINT/NAME; without one, the first subtle one, or the first.

    Raises AuthoringError for an unknown name, LibraryError where there is no chaff.
    """
    chaffs = chaffs_of(assignment)
    if name is None:
        return next((chaff for chaff in chaffs if chaff.subtle), chaffs[0])
    for chaff in chaffs:
        if chaff.name.removeprefix("chaffs/") == name.removeprefix("chaffs/"):
            return chaff
    some = ", ".join(chaff.name.removeprefix("chaffs/") for chaff in chaffs[:5])
    raise AuthoringError(f"{assignment.name} has no chaff {name!r}: there are {some}, and others")


def make_preview(
    course: Course,
    assignment: Assignment,
    chaff: Chaff,
    folder: Path,
    progress: Callable[[str], None] = lambda step: None,
) -> Pages:
    """Write the three pages into a folder, which is made; they need no server.

    Raises:
        AuthoringError: nbgrader could not release, grade or make the feedback.
        AssignmentError, LibraryError, RigError, RunnerError: see `graders audit`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress("Auditing")
    audit, findings = _audit(assignment)
    with (
        TemporaryDirectory(prefix="graders-preview-") as temporary,
        warnings.catch_warnings(
            action="ignore"
        ),  # on how nbgrader uses its database, and pictures without text
    ):
        progress("Releasing")
        api = _copy_of(course, assignment, Path(temporary))
        _step(api.generate_assignment(assignment.name), "release the assignment")
        released = Path(temporary) / "release" / assignment.name / f"{assignment.name}.ipynb"
        students = _as_html(nbformat.read(released, as_version=4))
        progress(f"Grading {chaff.name}")
        feedback = _feedback(api, assignment, chaff, released)
    pages = Pages(
        folder / "students.html", folder / "audit.html", folder / "feedback.html", chaff.name, findings
    )
    for path, text in ((pages.students, students), (pages.audit, audit), (pages.feedback, feedback)):
        path.write_text(text, "utf-8")
    return pages


def _audit(assignment: Assignment) -> tuple[str, int]:
    (measured,) = measure(assignment, library_of(assignment), [snapshot.NONCE])
    found = found_in(measured, all_equivalent(assignment), snapshot_of(assignment))
    return page(measured, found), len(found)


def _copy_of(course: Course, assignment: Assignment, root: Path) -> NbGraderAPI:
    """Copy what belongs to one assignment into a course of its own, with the instructor's configuration."""
    from nbgrader.apps import NbGraderAPI

    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(assignment.folder, root / "source" / assignment.name, ignore=ignored)
    if folder_of(assignment).is_dir():
        shutil.copytree(folder_of(assignment), root / FOLDER / assignment.name, ignore=ignored)
    moved = MOVED.format(root=str(root), db_url=f"sqlite:///{root / 'gradebook.db'}")
    text = (course.root / CONFIG).read_text("utf-8")
    (root / CONFIG).write_text(text + moved, "utf-8")
    return NbGraderAPI(config=Course(root).config())


def _feedback(api: NbGraderAPI, assignment: Assignment, chaff: Chaff, released: Path) -> str:
    root = released.parents[2]
    submitted = root / "submitted" / STUDENT / assignment.name
    shutil.copytree(released.parent, submitted)
    nbformat.write(handed_in(nbformat.read(released, as_version=4), chaff), submitted / released.name)
    _step(api.autograde(assignment.name, STUDENT), "grade the sample submission")
    _step(api.generate_feedback(assignment.name, STUDENT), "make the feedback")
    made = root / "feedback" / STUDENT / assignment.name / f"{assignment.name}.html"
    return made.read_text("utf-8")


def handed_in(released: NotebookNode, chaff: Chaff) -> NotebookNode:
    """Return a released notebook with a chaff written into its first solution cell.

    Raises AuthoringError where it has no solution cell.
    """
    notebook = copy.deepcopy(released)
    cells = [c for c in notebook.cells if nbgrader_data(c).get("solution") and not is_test(c)]
    if not cells:
        raise AuthoringError(f"the notebook has no solution cell that could hold {chaff.name}: make one")
    code = chaff.source.partition('"""\n')[2].lstrip("\n")
    cells[0].source = code.rstrip()
    for cell in cells[1:]:
        cell.source = "# written in the first solution cell"
    return notebook


def _step(result: Mapping[str, object], what: str) -> None:
    if not result["success"]:
        said = str(result.get("error") or result.get("log") or "").strip()
        raise AuthoringError(f"nbgrader could not {what}:\n{said}")


def _as_html(notebook: NotebookNode) -> str:
    """The notebook as one page. Formulas are drawn where MathJax can be fetched, and readable where not."""
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(template_name="lab")  # type: ignore[no-untyped-call]
    exporter.embed_images, exporter.require_js_url = True, ""
    text: str = exporter.from_notebook_node(notebook)[0]
    return text
