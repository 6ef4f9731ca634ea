"""Makes the report: from a course's gradebook and folders to the records."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from graders.course import Course
from graders.criteria import in_order
from graders.report.gradebook import Grades, Submitted, read_grades
from graders.report.notebooks import Notes, read_notes
from graders.report.records import (
    Bin,
    Cause,
    CauseCount,
    ClassReport,
    PassRate,
    Point,
    State,
    Student,
    Summary,
)
from graders.report.words import cause_of, run_failures, title_of

BINS = 10
"""Bars of the distribution: each is a tenth of the points."""

SLOWEST = 10
"""Runs that are listed as the slowest."""

TOLERANCE = 1e-9
"""Points are sums of a few quotients; what differs by less is the same score."""


def build(course: Course, assignment: str) -> ClassReport:
    """Make the report of an assignment; submissions are not compared with each other.

    Raises:
        CourseError: the course has no configuration.
        ReportError: there is no gradebook, or no such assignment in it.
    """
    coursedir = CourseDirectory(config=course.config())
    grades = read_grades(coursedir.db_url, assignment)
    folders = _Folders(coursedir, assignment, course.root)
    handed_in = folders.handed_in()
    names = sorted({*grades.names, *grades.submitted, *handed_in})
    notes = {name: read_notes(folders.of(coursedir.autograded_directory, name)) for name in names}
    points = _points(grades, notes)
    students = [
        _student(name, grades, notes[name], points, folders.feedback(name), handed_in=name in handed_in)
        for name in names
    ]
    return _report(assignment, points, students)


class _Folders:
    """Where the files of one assignment are."""

    def __init__(self, coursedir: CourseDirectory, assignment: str, root: Path) -> None:
        self._coursedir, self._assignment, self._root = coursedir, assignment, root

    def of(self, step: str, student: str) -> Path:
        """The folder of a student's files of a step, such as feedback."""
        return Path(self._coursedir.format_path(step, student, self._assignment))

    def handed_in(self) -> set[str]:
        """Students whose folder below submitted/ is there."""
        place = self.of(self._coursedir.submitted_directory, "*").relative_to(self._root)
        at = place.parts.index("*")
        return {path.relative_to(self._root).parts[at] for path in self._root.glob(place.as_posix())}

    def feedback(self, student: str) -> str | None:
        """The student's feedback page, relative to the course's folder."""
        pages = sorted(self.of(self._coursedir.feedback_directory, student).glob("*.html"))
        own = [page for page in pages if page.stem == self._assignment] or pages
        return (
            own[0].relative_to(self._root).as_posix() if own and own[0].is_relative_to(self._root) else None
        )


def _points(grades: Grades, notes: Mapping[str, Notes | None]) -> list[Point]:
    verdicts = {name: v for note in notes.values() if note for name, v in note.verdicts.items()}
    return [
        Point(name, title_of(name, verdicts.get(name)), grades.points[name])
        for name in in_order(grades.points)
    ]


def _student(
    name: str,
    grades: Grades,
    notes: Notes | None,
    points: Sequence[Point],
    feedback: str | None,
    *,
    handed_in: bool,
) -> Student:
    """handed_in: there is a folder below submitted/."""
    full_name, submitted = grades.names.get(name, ""), grades.submitted.get(name)
    if submitted is None or not submitted.cells:
        state = State.NOT_GRADED if handed_in or submitted is not None else State.MISSING
        return Student(name, full_name, state, feedback=feedback)
    notes = notes or Notes({}, problem="there is no autograded notebook: grade the student again")
    waiting = tuple(p.name for p in points if p.name in submitted.cells and submitted.cells[p.name].waits)
    scores = {p.name: submitted.cells[p.name].score if p.name in submitted.cells else None for p in points}
    return Student(
        id=name,
        name=full_name,
        state=State.WAITING if waiting else State.GRADED,
        score=_score(submitted),
        penalty=submitted.penalty,
        handed_in=submitted.handed_in,
        points=scores,
        causes=_root_causes(notes),
        waiting=waiting,
        unconfirmed=tuple(point for point in waiting if submitted.cells[point].by_hand),
        problem=notes.problem,
        repairs=notes.repairs,
        seconds=notes.seconds,
        failures=run_failures(notes.verdicts),
        feedback=feedback,
    )


def _score(submitted: Submitted) -> float:
    return max(0.0, sum(cell.score or 0.0 for cell in submitted.cells.values()) - submitted.penalty)


def _root_causes(notes: Notes) -> tuple[Cause, ...]:
    """Each root cause once, in the order of the points."""
    found = [
        cause_of(name, notes.verdicts[name])
        for name in in_order(notes.verdicts)
        if notes.verdicts[name].get("cause") and not notes.verdicts[name].get("explained_by")
    ]
    return tuple(dict.fromkeys(found))


def _report(assignment: str, points: Sequence[Point], students: Sequence[Student]) -> ClassReport:
    most = sum(point.max_score for point in points)
    complete = [student for student in students if student.state is State.GRADED]
    timed = [student for student in students if student.seconds is not None]
    return ClassReport(
        assignment=assignment,
        made=datetime.now(UTC),
        max_score=most,
        points=points,
        students=students,
        summary=_summary([student.score or 0.0 for student in complete]),
        distribution=_distribution(complete, most),
        pass_rates=[_pass_rate(point, students) for point in points],
        causes=_causes(students),
        slowest=sorted(timed, key=lambda student: -(student.seconds or 0.0))[:SLOWEST],
        failed_runs=[student for student in students if student.problem or student.failures],
    )


def _summary(scores: Sequence[float]) -> Summary:
    if not scores:
        return Summary(0, None, None, None, None)
    return Summary(len(scores), statistics.fmean(scores), statistics.median(scores), min(scores), max(scores))


def _distribution(students: Sequence[Student], most: float) -> list[Bin]:
    """Students by tenths of the points. Extra credit counts into the last one."""
    found: list[list[str]] = [[] for _ in range(BINS)]
    for student in students:
        share = (student.score or 0.0) / most if most else 0.0
        found[min(int(share * BINS + TOLERANCE), BINS - 1)].append(student.id)
    return [Bin(most * i / BINS, most * (i + 1) / BINS, tuple(ids)) for i, ids in enumerate(found)]


def _pass_rate(point: Point, students: Sequence[Student]) -> PassRate:
    scores = [score for s in students if (score := s.points.get(point.name)) is not None]
    full = sum(score >= point.max_score - TOLERANCE for score in scores)
    none = sum(score <= TOLERANCE < point.max_score for score in scores)
    return PassRate(point, full, len(scores) - full - none, none)


def _causes(students: Sequence[Student]) -> list[CauseCount]:
    """Root causes, the most frequent first."""
    found: dict[Cause, list[str]] = {}
    for student in students:
        for cause in student.causes:
            found.setdefault(cause, []).append(student.id)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0].sentence))
    return [CauseCount(cause, tuple(ids)) for cause, ids in ordered]
