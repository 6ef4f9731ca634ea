"""Grading a class: what `graders grade` does, without the printing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin
from sqlalchemy.exc import DBAPIError
from traitlets.config import Config

from graders.assignment import Assignment, AssignmentError
from graders.bundle import Bundle
from graders.coordinator.knowledge import Knowledge
from graders.coordinator.plan import Work, forced
from graders.coordinator.pool import LocalPool, Pool
from graders.coordinator.reader import Reader
from graders.coordinator.release import (
    bundle_before_release,
    bundle_of,
    check_cells,
    is_known,
    is_released,
    release,
)
from graders.coordinator.run import MAX_LOSSES, Task, Watcher, run
from graders.coordinator.staging import Change, Staging
from graders.coordinator.state import State, States
from graders.coordinator.submissions import folder_of, students_of, texts_of
from graders.coordinator.tasks import GradeTask, StagedTask, WriteTask
from graders.coordinator.writer import Writer
from graders.course import Course
from graders.gradebook import ByHand, ClassGradebook, GradebookError, NotInGradebook, StoredSubmission
from graders.gradebook.whole import WholeGradebook
from graders.graded import GradedSubmission
from graders.nonce import SECRET_FILE, SecretError, check_secret, make_secret
from graders.preload import preload_of
from graders.runner import RunnerError


@dataclass(frozen=True)
class Options:
    """How to grade.

    students: these alone; none means all. force: run all, whatever has changed. rejudge: judge stored
    evidence again. jobs: worker processes on this machine. scheduler: the address of a Dask cluster instead.
    unprotected: run students' code without the sandbox.
    """

    students: tuple[str, ...] = ()
    force: bool = False
    rejudge: bool = False
    feedback: bool = True
    jobs: int = 1
    scheduler: str | None = None
    unprotected: bool = False


@dataclass(frozen=True)
class StudentGrade:
    """What a student got: points by criterion (None: waits for a human), and the root causes named.

    unconfirmed: points given by hand that were graded again since. waiting: others that wait for a human.
    late_penalty: points taken off for being late.
    """

    student: str
    points: Mapping[str, float | None] = field(default_factory=dict)
    root_causes: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    trouble: str | None = None
    unconfirmed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    late_penalty: float = 0.0

    @property
    def score(self) -> float:
        """Points in total, less the penalty; what waits for manual grading counts as none so far."""
        return max(0.0, sum(points or 0.0 for points in self.points.values()) - self.late_penalty)


class ClassRun:
    """Grades the submissions of one assignment of a course."""

    def __init__(self, course: Course, assignment: Assignment, options: Options) -> None:
        self.course = course
        self.assignment = assignment
        self._options = options
        self._nbgrader = NbGraderAPI(config=course.config())
        self.coursedir = self._nbgrader.coursedir
        self._knowledge = Knowledge(course.root, assignment)

    def students(self) -> list[str]:
        """Students who are to be looked at: those asked for, or all with a submission."""
        return sorted(set(self._options.students)) or self.submitted()

    def submitted(self) -> list[str]:
        """Students with a submission."""
        return students_of(self.coursedir, self.assignment.name)

    def folder(self, student: str) -> Path:
        """The folder of a student's submission."""
        return folder_of(self.coursedir, self.assignment.name, student)

    def preview(self, watcher: Watcher) -> list[Change]:
        """Find out what a changed assignment does to the points of students who were graded before.

        Nothing is written but a new secret, where the old one is lost and all is to be run; the results are
        set aside for `grade`. Returns all students concerned.

        Raises:
            ReleaseError: nbgrader cannot release the assignment as it is now.
            SecretError: what was observed before does not fit to the course's secret, and is wanted.
        """
        if self._options.force:
            make_secret(self.course.root)
        check_secret(self.course.root)
        staging = Staging(self.course.root, self.assignment.name)
        states = States(self.course.root, self.assignment.name)
        stored, by_hand = self._gradebook_has(self.students())
        if not stored and all(states.of(student) is None for student in self.students()):
            return []
        bundle = self._bundle()
        reader = Reader(self.coursedir, self.assignment, bundle)
        if self._options.rejudge:
            self._check_evidence(reader)
        decided = reader.plans(self.students(), stored)
        plans = {student: plan for student, plan in decided.items() if plan.changed}
        watcher.planned(len(plans))
        if not plans:
            return []
        sink = self._knowledge.noting(staging.put)
        tasks = [GradeTask(reader, *item, sink) for item in plans.items()]
        with closing(self._knowledge), closing(self._pool(bundle, reader, tasks)) as pool:
            self._check_reference(pool, reader, plans)
            run(tasks, pool, watcher)
        changes = []
        for student in plans:
            entered, state = by_hand.get(student, ByHand()), states.of(student)
            old = entered.counted(state.points) if state else stored[student].cells
            changes.append(staging.change_of(student, old, entered))
        return changes

    def _gradebook_has(
        self, students: Iterable[str]
    ) -> tuple[dict[str, StoredSubmission], dict[str, ByHand]]:
        """What counts now, and what humans entered, by student; nothing where the assignment is not known."""
        try:
            with ClassGradebook(self.coursedir, self.assignment.name) as gradebook:
                return gradebook.submissions_with(students), gradebook.existing(students)
        except NotInGradebook:
            return {}, {}

    def _check_evidence(self, reader: Reader) -> None:
        """Raise SecretError where stored evidence of another secret's numbers is to be judged again."""
        states = {student: reader.states.of(student) for student in self.students()}
        others = [s for s, state in states.items() if state and state.nonce != reader.nonce_of(s)]
        if others:
            names = ", ".join(others[:5]) + (" and others" if len(others) > 5 else "")
            raise SecretError(
                f"{self.course.root / SECRET_FILE} is another secret than the one that the work of {names} "
                "was graded with, so what was observed then cannot be judged again: restore the old one from "
                "a backup, or leave out --rejudge to have their code run again"
            )

    def _bundle(self) -> Bundle:
        """What workers need for the assignment as it is now, released or not. Raises ReleaseError."""
        if not is_released(self.course, self.assignment, self._nbgrader):
            return self._checked_bundle()
        with ClassGradebook(self.coursedir, self.assignment.name) as gradebook:
            return bundle_of(self.course, self.assignment, gradebook)

    def _checked_bundle(self) -> Bundle:
        """The bundle of an assignment that is not released, but can be. Raises ReleaseError."""
        bundle = bundle_before_release(self.course, self.assignment)
        if is_known(self.assignment, self._nbgrader):
            with ClassGradebook(self.coursedir, self.assignment.name) as gradebook:
                check_cells(self.assignment.name, bundle.frame, gradebook)
        return bundle

    def release(self) -> None:
        """Make the release version, if the source version has changed. Raises ReleaseError."""
        if not is_released(self.course, self.assignment, self._nbgrader):
            if is_known(self.assignment, self._nbgrader):
                self._checked_bundle()
            release(self.course, self.assignment, self._nbgrader)

    def grade(self, watcher: Watcher, previewed: Iterable[str] = ()) -> None:
        """Release the assignment if it has changed, and grade whoever needs it.

        previewed: students whose results `preview` has set aside, and which are now to be written.

        Raises:
            ReleaseError, GradebookError, PublicationError: it could not be written. What is written is whole.
        """
        self.release()
        with ClassGradebook(self.coursedir, self.assignment.name) as gradebook:
            bundle = bundle_of(self.course, self.assignment, gradebook)
            reader = Reader(self.coursedir, self.assignment, bundle)
            writer = Writer(self.coursedir, self.assignment, bundle, gradebook, self._options.feedback)
            with closing(writer):
                tasks = self._tasks(reader, writer, gradebook, set(previewed))
                watcher.planned(len(tasks))
                if tasks:
                    students = [task.student for task in tasks]
                    with closing(self._knowledge), closing(self._pool(bundle, reader, tasks)) as pool:
                        self._check_reference(pool, reader, students)
                        run(tasks, pool, watcher)

    def _tasks(
        self, reader: Reader, writer: Writer, gradebook: ClassGradebook, previewed: set[str]
    ) -> list[Task]:
        staging = Staging(self.course.root, self.assignment.name, keep=True)

        def write(digest: str, graded: GradedSubmission) -> Task | None:
            return WriteTask(writer, digest, graded)

        plans = reader.plans(
            self.students(), gradebook.submissions_with(), writer.by_hand, feedback=self._options.feedback
        )
        tasks: list[Task] = []
        for student, decided in plans.items():
            plan = forced(decided, force=self._options.force, rejudge=self._options.rejudge)
            if student in previewed:
                tasks.append(StagedTask(writer, staging, student))
            elif plan.work is not Work.NOTHING:
                tasks.append(GradeTask(reader, student, plan, self._knowledge.noting(write)))
        return tasks

    def _pool(self, bundle: Bundle, reader: Reader, tasks: Sequence[Task]) -> Pool:
        students = [task.student for task in tasks]
        preload = preload_of(self.assignment, texts_of(map(reader.read, students)))
        config = Config(bundle.config)
        if self._options.unprotected:
            config.ExecuteSubmission.unprotected = True
        bundle = replace(bundle, preload=preload, config=config)
        bundle = self._knowledge.given_to(bundle, map(reader.nonce_of, students))
        if self._options.scheduler is None:
            runs = any(isinstance(task, GradeTask) and task.runs for task in tasks)
            return LocalPool(bundle, min(self._options.jobs, len(tasks)), start=runs)
        from graders.coordinator.cluster import ClusterPool  # dask is an optional extra

        return ClusterPool(bundle, self._options.scheduler)

    def _check_reference(self, pool: Pool, reader: Reader, students: Iterable[str]) -> None:
        """Have the reference solution run on the first student's numbers. Raises AssignmentError."""
        nonce = reader.nonce_of(next(iter(students)))
        for _ in range(MAX_LOSSES):
            try:
                return pool.check(nonce).result()
            except AssignmentError as error:
                raise AssignmentError(f"nobody can be graded: {error}") from None
            except BrokenExecutor:
                pool.restart()
        raise RunnerError("the process that runs the reference solution is lost each time: is memory short?")

    def outcome(self) -> list[StudentGrade]:
        """Return what the gradebook has of the students, and what was noted when they were graded."""
        states, students = States(self.course.root, self.assignment.name), self.students()
        with ClassGradebook(self.coursedir, self.assignment.name) as gradebook:
            stored = gradebook.submissions_with(students)
        return [self._outcome(student, stored.get(student), states.of(student)) for student in students]

    def _outcome(self, student: str, stored: StoredSubmission | None, state: State | None) -> StudentGrade:
        cells = stored.cells if stored else {}
        if state is None:
            return StudentGrade(student, cells, trouble="not graded: the run broke off before")
        found = StudentGrade(student, cells, state.causes, state.notes, state.trouble)
        if stored is None:
            return found
        unconfirmed = tuple(cell for _, cell in stored.unconfirmed)
        waiting = tuple(cell for _, cell in stored.waiting)
        penalty = stored.late_penalty
        return replace(found, unconfirmed=unconfirmed, waiting=waiting, late_penalty=penalty)

    def export(self) -> Path:
        """Write grades.csv with nbgrader's own exporter, and return its path. Raises GradebookError."""
        path = self.course.root / "grades.csv"
        try:
            with WholeGradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
                exporter = CsvExportPlugin(config=self.course.config())
                exporter.to = str(path)
                exporter.export(gradebook)
        except DBAPIError as error:
            raise GradebookError(
                f"{path} cannot be written, as {self.coursedir.db_url} cannot be read ({error.orig}): close "
                "other programs that use it, then run the command again"
            ) from error
        return path
