"""The course's configuration for nbgrader: where it is, and the plug-ins of graders/."""

import sys
from pathlib import Path

sys.path.insert(
    0, str(Path(__file__).parent)
)  # so that nbgrader finds graders/ of this course, installed or not

from graders.nbgrader_plugins.configuration import configure

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "training"
c.CourseDirectory.root = str(Path(__file__).parent)
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
configure(c)
