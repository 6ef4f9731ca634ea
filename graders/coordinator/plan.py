"""What has to be done for a student: nothing, judging stored evidence anew, or running the submission."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graders.coordinator.state import State
from graders.coordinator.version import Version


class Work(StrEnum):
    """From the least work to the most."""

    NOTHING = "up to date"
    REJUDGE = "judge stored evidence"
    GRADE = "run"


@dataclass(frozen=True)
class Plan:
    """What to do for a student, and why. changed: the assignment is another one than at the last grading."""

    work: Work
    reason: str
    changed: bool = False


@dataclass(frozen=True)
class Found:
    """What there is of a student besides the submission.

    graded: gradebook and autograded/ hold a result. points: the gradebook has points of the student, of
    whatever way of grading. pages: the feedback pages are there, or nobody wants
    them. by_hand: a digest of what humans have entered; None where nobody has looked.
    """

    graded: bool = True
    points: bool = False
    pages: bool = True
    by_hand: str | None = None
    nonce: str | None = None


def plan(state: State | None, submission: str, version: Version, found: Found) -> Plan:
    """Decide what a student's submission needs. submission: its digest now."""
    if state is None or not found.graded:
        otherwise = found.points and (state is None or state.version != version)
        return Plan(Work.GRADE, "graded by other means" if otherwise else "not graded yet", otherwise)
    if state.submission != submission:
        return Plan(Work.GRADE, "handed in anew")
    if found.nonce not in (None, state.nonce):
        return Plan(Work.GRADE, "the hidden tests have other numbers, of another secret")
    if state.trouble is not None:
        return Plan(Work.GRADE, "had trouble")
    if state.version.setting != version.setting:
        return Plan(Work.GRADE, "the assignment's own code has changed", changed=True)
    if state.version.experiments != version.experiments:
        known = state.version.experiments
        other = [name for name, digest in version.experiments.items() if known.get(name) != digest]
        return Plan(Work.GRADE, f"changed hidden tests: {', '.join(other) or 'fewer'}", changed=True)
    if state.version.judging != version.judging:
        return Plan(Work.REJUDGE, "points or criteria have changed", changed=True)
    return _plan_of_the_rest(state, version, found)


def _plan_of_the_rest(state: State, version: Version, found: Found) -> Plan:
    """What is to be done where the automatic points stay as they are, for penalties and pages."""
    if state.version.due != version.due:
        return Plan(Work.REJUDGE, "another due date")
    if found.by_hand not in (None, state.by_hand):
        return Plan(Work.REJUDGE, "points or comments were entered by hand")
    if not found.pages:
        return Plan(Work.REJUDGE, "no feedback pages")
    return Plan(Work.NOTHING, "nothing has changed")


def forced(decided: Plan, *, force: bool, rejudge: bool) -> Plan:
    """Return what is done where more is asked for than is needed."""
    if force:
        return Plan(Work.GRADE, "asked for with --force", decided.changed)
    if rejudge and decided.work is Work.NOTHING:
        return Plan(Work.REJUDGE, "asked for with --rejudge")
    return decided
