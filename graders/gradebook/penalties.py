"""Points for being late, as the course's plug-in for nbgrader gives them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from graders.gradebook.database import GradebookError


class LatePenalties:
    """The plug-in that `c.AssignLatePenalties.plugin_class` names; without one, nbgrader's own."""

    def __init__(self, config: Config) -> None:
        self._assign = AssignLatePenalties(config=config)

    @property
    def enabled(self) -> bool:
        """Whether nbgrader would look at penalties at all (`c.AssignLatePenalties.enabled`)."""
        return bool(self._assign.enabled)

    def penalty(self, student: str, score: float, seconds_late: float) -> float | None:
        """Points to take off a notebook with this score, between none and all; None: no penalty.

        Raises:
            GradebookError: the plug-in failed, or what it gave is no number.
        """
        plugin = self._assign.plugin_class
        try:
            self._assign.init_plugin()  # a new one each time, as in nbgrader
            given = self._assign.plugin_inst.late_submission_penalty(student, score, seconds_late)
            penalty = None if given is None else float(given)
        except Exception as error:
            raise GradebookError(_failure(plugin, student, f"{type(error).__name__}: {error}")) from error
        if penalty is None:
            return None
        if math.isnan(penalty):
            raise GradebookError(_failure(plugin, student, "the penalty is not a number"))
        return score if penalty > score else max(penalty, 0.0)


def _failure(plugin: type, student: str, what: str) -> str:
    return (
        f"the late penalty of {student} could not be set by {plugin.__module__}.{plugin.__qualname__} "
        f"({what}): correct c.AssignLatePenalties.plugin_class in nbgrader_config.py"
    )


def seconds_late(timestamp: datetime | None, duedate: datetime | None, extension: timedelta | None) -> float:
    """Seconds after the due date, with the student's extension; 0 where either time is not known."""
    if timestamp is None or duedate is None:
        return 0.0
    due = duedate + (extension or timedelta())
    return max(0.0, (timestamp - due).total_seconds())
