"""Finding out, ahead of grading, what the reference and all known bugs leave with a course's numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from itertools import groupby
from operator import attrgetter

from graders.assignment import Assignment
from graders.bug_runs import AT_A_TIME, BugRuns
from graders.course import Course
from graders.known_evidence import EvidenceStore, Texts, merged
from graders.library import Chaff
from graders.nbgrader_plugins.execute import ExecuteSubmission
from graders.nonce import course_secret, nonces_of
from graders.runner import Runner
from graders.specimens import known_bugs_of
from graders.truth import Truths, names_of_reference

_Piece = Callable[[Runner], tuple[str, Texts]]
"""A piece of the work, of one job: returns a nonce, and what was found out about it."""


class Preparation:
    """What is missing of the known evidence of an assignment, for all numbers of a course.

    Raises:
        LibraryError: a known bug of the course is malformed.
    """

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._executor = ExecuteSubmission(config=course.config())
        self._assignment = assignment
        self._store = EvidenceStore(course.root, assignment)
        self._nonces = nonces_of(course_secret(course.root), assignment.name)
        self._runs = BugRuns(assignment)
        bugs = filter(self._runs.can_run, known_bugs_of(assignment))
        self._names = {bug: self._runs.name_of(bug) for bug in bugs}
        self._pieces = deque(self._missing())

    @property
    def is_needed(self) -> bool:
        """Whether anything is missing."""
        return bool(self._pieces)

    @property
    def bugs(self) -> int:
        """How many known bugs there are."""
        return len(self._names)

    def run(self, workers: int) -> None:
        """Find out what is missing, and keep it; remove what is of no use any more.

        Raises:
            AssignmentError: the reference solution does not get through its own experiments.
            OSError: it cannot be written.
            RunnerError, SandboxError: the code cannot be run here.
        """
        workers = min(workers, len(self._pieces))
        with ThreadPoolExecutor(workers) as threads:  # the work is done by processes of theirs
            futures = [threads.submit(self._work) for _ in range(workers)]
            try:
                found = reduce(merged, (future.result() for future in futures))
            finally:
                self._pieces.clear()  # where one has failed, or was interrupted, the others end too
        for nonce, texts in found.items():
            self._store.add(nonce, texts)
        names = {*names_of_reference(self._assignment).values(), *self._names.values()}
        self._store.keep(dict.fromkeys(self._nonces, names))

    def _missing(self) -> Iterator[_Piece]:
        reference = names_of_reference(self._assignment).values()
        for nonce in self._nonces:
            known = self._store.read(nonce)
            if any(name not in known for name in reference):
                yield partial(self._run_reference, nonce)
            missing = sorted((bug for bug, name in self._names.items() if name not in known), key=_POINT)
            for _, of_one_point in groupby(missing, _POINT):
                bugs = list(of_one_point)
                for start in range(0, len(bugs), AT_A_TIME):
                    yield partial(self._run_bugs, nonce, bugs[start : start + AT_A_TIME])

    def _work(self) -> dict[str, Texts]:
        """Do pieces of the work as long as there are any; return what was found out, by nonce."""
        found: dict[str, Texts] = {}
        try:
            with self._executor.runner(self._assignment.folder) as runner:
                for piece in self._taken():
                    nonce, texts = piece(runner)
                    found[nonce] = {**found.get(nonce, {}), **texts}
        except Exception:
            self._pieces.clear()
            raise
        return found

    def _taken(self) -> Iterator[_Piece]:
        """Take pieces that no other thread has taken."""
        while True:
            try:
                piece = self._pieces.popleft()
            except IndexError:
                return
            yield piece

    def _run_reference(self, nonce: str, runner: Runner) -> tuple[str, Texts]:
        truths = Truths(self._assignment, runner)
        truths.for_nonce(nonce)
        return nonce, truths.take_learned()[nonce]

    def _run_bugs(self, nonce: str, bugs: Sequence[Chaff], runner: Runner) -> tuple[str, Texts]:
        left = self._runs.run(bugs, nonce, runner)
        return nonce, {
            self._names[bug]: one.text for bug, one in zip(bugs, left, strict=True) if one.is_final
        }


_POINT = attrgetter("point")
