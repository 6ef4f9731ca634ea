"""What grading a submission comes to, as plain data: workers return it, and the coordinator writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from graders.known_evidence import Texts


@dataclass(frozen=True)
class GradedNotebook:
    """One notebook of a submission, graded.

    name: its file name without the suffix. text: the autograded notebook as JSON, in UTF-8, which goes from
    process to process and into its file as it is. scores: automatic points by grade_id, for every graded
    cell; None where a human has to grade. comments: automatic comments by grade_id, for every solution and
    task cell; None where there is nothing to say. missing: it was not handed in.
    """

    name: str
    text: bytes
    scores: Mapping[str, float | None]
    comments: Mapping[str, str | None]
    missing: bool = False


@dataclass(frozen=True)
class GradedSubmission:
    """A student's submission, graded.

    timestamp: when it was handed in, in UTC without a zone, as nbgrader keeps it; None where it is not known.
    notes: what was wrong with the notebook, and the repairs. causes: the root causes, each with its point.
    trouble: why it could not be graded, if so. seconds: wall time of the student's code. stages: seconds of
    each stage of the work. learned: what the worker has found out of the reference and known bugs meanwhile,
    by nonce; no part of the result.
    """

    assignment: str
    student: str
    notebooks: tuple[GradedNotebook, ...]
    timestamp: datetime | None = None
    notes: tuple[str, ...] = ()
    causes: tuple[tuple[str, str], ...] = ()
    trouble: str | None = None
    seconds: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)
    learned: Mapping[str, Texts] = field(default_factory=dict, compare=False, repr=False)
