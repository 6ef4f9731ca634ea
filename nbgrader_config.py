"""The course's configuration for nbgrader: where it is, and the plug-ins of graders/."""

import sys
from collections.abc import Callable
from pathlib import Path

from traitlets.config import Config

# so that nbgrader finds graders/ of this course, installed or not
sys.path.insert(0, str(Path(__file__).parent))

from graders.nbgrader_plugins.configuration import configure

get_config: Callable[[], Config]  # given by whoever loads this file
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "training"
c.CourseDirectory.root = str(Path(__file__).parent)
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
configure(c)
