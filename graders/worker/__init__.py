"""The worker: grades one submission after another, as a pure function of bundle, submission and nonce.

It has no database and writes no folder of the course, so it can run in any process on any machine.
"""

from graders.worker.results import ungraded
from graders.worker.tasks import (
    check_bundle,
    check_here,
    close_all,
    grade_here,
    grade_submission,
    keep,
    rejudge_here,
    rejudge_submission,
    start_here,
)

__all__ = [
    "check_bundle",
    "check_here",
    "close_all",
    "grade_here",
    "grade_submission",
    "keep",
    "rejudge_here",
    "rejudge_submission",
    "start_here",
    "ungraded",
]
