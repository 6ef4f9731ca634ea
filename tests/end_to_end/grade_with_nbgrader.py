"""Grades students with nbgrader's own machinery, as `nbgrader autograde --force` does.

To be run in a course's folder: python grade_with_nbgrader.py ASSIGNMENT STUDENT...
"""

from __future__ import annotations

import sys
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.utils import capture_log

from graders.course import Course
from graders.nbgrader_plugins.autograde import AutogradeClass


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


if __name__ == "__main__":
    main(*sys.argv[1:])
