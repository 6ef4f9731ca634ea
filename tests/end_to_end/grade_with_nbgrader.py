"""Grades students with nbgrader's own machinery, as `nbgrader autograde --force` does.

To be run in a course's folder: python grade_with_nbgrader.py [--without-truth] ASSIGNMENT STUDENT...
--without-truth: the reference cannot be run, so that nothing is judged.
"""

from __future__ import annotations

import glob
import sys
from pathlib import Path
from typing import NoReturn

from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.utils import capture_log

from graders.course import Course
from graders.runner import RunnerError
from graders.truth import Truths

WITHOUT_TRUTH = "--without-truth"


class AutogradeClass(Autograde):
    """Autograde for one student at a time, also where the folder holds no notebook of the expected name."""

    def init_notebooks(self) -> None:
        """Find the notebook; where it is missing, go on with its name.

        For that name the exporter makes an empty notebook.
        """
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        expected = str(Path(folder) / f"{self.coursedir.assignment_id}.ipynb")
        found = glob.glob(glob.escape(expected))
        self.assignments = {folder: found or [expected]}
        self.notebooks: list[str] = []


def main(assignment: str, *students: str) -> None:
    """Autograde the students, and make their feedback."""
    api = NbGraderAPI(config=Course(Path.cwd()).config())
    for student in students:
        api.coursedir.assignment_id, api.coursedir.student_id = assignment, student
        app = AutogradeClass(coursedir=api.coursedir, parent=api)
        app.force, app.create_student = True, True
        for result in (capture_log(app), api.generate_feedback(assignment, student_id=student)):
            if not result["success"]:
                sys.exit(f"{student}: {result.get('error')}\n{result.get('log')}")


def fail(truths: Truths, nonce: str) -> NoReturn:
    """Stand in for a reference that cannot be run."""
    raise RunnerError("there is no truth")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[0] == WITHOUT_TRUTH:
        arguments.remove(WITHOUT_TRUTH)
        Truths.for_nonce = fail  # type: ignore[method-assign]
    main(*arguments)
