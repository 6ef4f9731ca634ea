"""Turns evidence into points, messages and pictures, in the outputs of the test cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from graders.assignment import Assignment
from graders.diagnosis import known_bugs
from graders.evidence import Evidence
from graders.fingerprints import KnownBug
from graders.library import LibraryError
from graders.marking import mark
from graders.nbgrader_plugins.course import (
    assignment_of,
    course_directory,
    fingerprints_of,
    has_experiments,
    nonce_of,
    truths_of,
)
from graders.runner import RunnerError
from graders.verdict import Verdict


class Judge(NbGraderPreprocessor):
    """Judges the evidence in a notebook's test cells."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Judge a notebook that was run; runs before SaveVerdicts."""
        coursedir, names = course_directory(self), resources["nbgrader"]
        if not has_experiments(coursedir, names["assignment"]):
            return nb, resources
        assignment = assignment_of(coursedir, names["assignment"])
        if names["notebook"] != assignment.name:
            return nb, resources
        nonce = nonce_of(coursedir, names["assignment"], names["student"])

        def bugs(verdicts: Mapping[str, Verdict], evidence: Mapping[str, Evidence]) -> Mapping[str, KnownBug]:
            return self._known_bugs(assignment, verdicts, evidence, nonce)

        truths, fault = self._truths(assignment, nonce)
        mark(nb, assignment, truths, bugs, fault)
        return nb, resources

    def _known_bugs(
        self,
        assignment: Assignment,
        verdicts: Mapping[str, Verdict],
        evidence: Mapping[str, Evidence],
        nonce: str,
    ) -> Mapping[str, KnownBug]:
        """The known bugs that failures equal; where they cannot be run, only the exact names are lost."""
        try:
            return known_bugs(verdicts, evidence, fingerprints_of(course_directory(self), assignment), nonce)
        except (LibraryError, RunnerError):
            self.log.exception("the known bugs of %s could not be run", assignment.name)
            return {}

    def _truths(self, assignment: Assignment, nonce: str) -> tuple[Mapping[str, Evidence], str]:
        """The truth for a nonce; where the grader's own side fails, none, and the reason."""
        try:
            return truths_of(course_directory(self), assignment).for_nonce(nonce), ""
        except Exception as error:  # whatever goes wrong here is no student's fault
            self.log.exception("the reference solution of %s could not be run", assignment.name)
            return {}, f"the grader failed: {type(error).__name__}: {error}"
