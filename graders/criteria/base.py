"""What the criteria are made of: checks with weights, causes, and comparisons that fail closed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from graders.criteria.showing import show_both
from graders.evidence import KEPT_PARTS, Array, Evidence, PartEvidence, Unusable
from graders.verdict import Cause, Failure, Finding

ROUNDING = 1e-9
"""Relative difference that the order of float64 operations may make over the few updates of a part."""

SINGLE_PRECISION = 2e-7
"""What float32, where a float is asked for, may make of numbers of size one: 6e-8, and some for sums."""

CLIP_EPSILON = 1e-5
"""Relative difference that the epsilons allowed in clip_grad_norm (up to 1e-6) may make.

It is the contract's own number.
"""


@dataclass(frozen=True)
class Deviation:
    """The check's own matter is right, but the run differs from the reference's in something else.

    It counts as passed only where another criterion fails, which then explains the difference.
    """

    seen: str
    expected: str = "a run that equals the reference's in every number"


Judgement = Failure | Deviation | None
Judge = Callable[[PartEvidence, PartEvidence], Judgement]


@dataclass(frozen=True)
class Check:
    """One thing that a criterion looks at: a part of the experiment, its weight, and the judge of it.

    The judge gets what the student's trainer did and what the reference did (the truth) and returns None if
    they agree.
    """

    name: str
    part: str
    weight: float
    judge: Judge


@dataclass(frozen=True, eq=False)
class Criterion:
    """The judgement of one integration point. It equals itself alone."""

    name: str
    title: str
    priority: str
    rule: str
    causes: Mapping[str, Cause]
    checks: tuple[Check, ...]
    unexplained: str
    """Name of the cause that is given where a run deviates and nothing explains it."""
    telltales: Mapping[str, str] = field(default_factory=dict)
    """Causes that an error gives away, by a pattern of `part: Type: message (place)`."""

    def judge(self, evidence: Evidence, truth: Evidence) -> tuple[Finding, ...]:
        """Judge what was observed against the truth, check by check."""
        return tuple(self._finding(check, evidence, truth) for check in self.checks)

    def _finding(self, check: Check, evidence: Evidence, truth: Evidence) -> Finding:
        judgement = self._told(check.part, _judge(check, evidence, truth))
        if isinstance(judgement, Deviation):
            failure = Failure(self.unexplained, judgement.seen, judgement.expected)
            return Finding(check.name, check.weight, failure, deviates=True)
        return Finding(check.name, check.weight, judgement)

    def _told(self, part: str, judgement: Judgement) -> Judgement:
        """Give an error the cause that its message gives away."""
        if not isinstance(judgement, Failure) or judgement.cause != "raised":
            return judgement
        text = f"{part}: {judgement.seen}"
        told = (cause for pattern, cause in self.telltales.items() if re.search(pattern, text))
        return replace(judgement, cause=next(told, "raised"))


def _judge(check: Check, evidence: Evidence, truth: Evidence) -> Judgement:
    part = evidence.parts.get(check.part)
    if part is None:
        return _not_run(evidence)
    if part.error is not None:
        return raised(part)
    return _compared(check.judge, part, truth.parts[check.part])


@lru_cache(KEPT_PARTS)
def _compared(judge: Judge, part: PartEvidence, truth: PartEvidence) -> Judgement:
    """What a judge makes of a part; many students leave the very same one."""
    expected = "numbers, and lists of numbers, as the contract names them"
    if not _drawn_alike(part, truth):
        return Failure(
            "tampering", "observations that were made with other numbers than the test's", expected
        )
    try:
        with np.errstate(all="ignore"):
            return judge(part, truth)
    except Unusable as unusable:
        return Failure("wrong_type", str(unusable), expected)
    except MALFORMED as error:
        return Failure("wrong_type", f"observations that do not fit together ({error})", expected)


MALFORMED = (ArithmeticError, ValueError, TypeError, IndexError, KeyError)
"""What numpy and Python raise on hostile shapes and types that a judge did not think of. Never a pass."""

DRAWN = ("drawn", "footprints", "table", "true_parameters", "limit")
"""Observations that the lab draws from the nonce before the student's code is run."""


def _drawn_alike(part: PartEvidence, truth: PartEvidence) -> bool:
    """Whether the observations were made with the numbers of this nonce."""
    return all(
        _identical(part.observed.get(name), truth.observed[name]) for name in DRAWN if name in truth.observed
    )


def _identical(seen: object, truth: object) -> bool:
    if isinstance(truth, np.ndarray):
        return isinstance(seen, np.ndarray) and np.array_equal(seen, truth)
    return seen == truth


def _not_run(evidence: Evidence) -> Failure:
    if evidence.error is not None:
        return Failure(
            _cause_of(evidence.error.type),
            f"the test was cut short: {evidence.error}",
            "a test that runs to its end",
        )
    return Failure(
        "no_evidence", "the test left no observations of this part", "observations of every part of the test"
    )


def raised(part: PartEvidence) -> Failure:
    """The failure of a part in which the student's code raised an error."""
    error = part.error
    assert error is not None
    not_callable = error.type == "TypeError" and error.message.endswith("object is not callable")
    cause = "not_callable" if not_callable else _cause_of(error.type)
    return Failure(cause, f"{error}", "code that runs without an error")


def _cause_of(error_type: str) -> str:
    known = {
        "NameError": "not_defined",
        "NotImplementedError": "unfinished",
        "OutOfTime": "out_of_time",
        "KeyboardInterrupt": "out_of_time",
        "Abandoned": "out_of_time",
        "EvidenceTooLarge": "flood",
        "TooManyUpdates": "flood",
    }
    return known.get(error_type, "raised")


COMMON_CAUSES: Mapping[str, Cause] = {
    "not_defined": Cause(
        "a name that the test needs is not defined",
        "the solution cells: each of CosineSchedule, clip_grad_norm and Trainer must be defined above "
        "the test, without an error, and not removed again",
    ),
    "not_callable": Cause(
        "a name that should be a class or a function is something else",
        "the solution cells: Trainer and CosineSchedule must be classes, clip_grad_norm a function",
    ),
    "unfinished": Cause(
        "this piece is not written yet",
        "the solution cells that are empty, or still raise NotImplementedError",
    ),
    "raised": Cause(
        "your code raises an error where the contract asks for a result",
        "the line named in the error",
    ),
    "out_of_time": Cause(
        "your code does not come to an end",
        "loops whose condition never becomes false, and recursion without an end",
    ),
    "ended": Cause(
        "your code ends its process, or needs more memory or computing time than it may use",
        "os._exit, signals, and arrays or loops that grow without bound",
    ),
    "wrong_type": Cause(
        "a method returns or keeps something of the wrong type",
        "the `return` of the method, and its type in the contract",
    ),
    "no_evidence": Cause(
        "the test could not observe your code",
        "code that ends the interpreter, replaces tinystack, or changes the notebook's machinery",
    ),
    "flood": Cause(
        "far too much was recorded",
        "loops that update the parameters many more times than there are batches",
    ),
    "nothing_happens": Cause(
        "your code runs, and changes nothing",
        "train_epoch: forward, loss, backward, update, in this order",
    ),
    "unreadable": Cause(
        "the notebook cannot be read",
        "the file that you handed in: open it, run it, save it, and hand it in again",
    ),
    "tampering": Cause(
        "the observations are not the ones that the test makes",
        "code that writes outputs in the name of the test",
    ),
}
"""Causes that any criterion can have."""


def agree(seen: Array, truth: Array, tolerance: float | None = None) -> bool:
    """Whether two arrays have one shape and differ by at most `tolerance`, relative to the largest entry.

    None stands for SINGLE_PRECISION, relative to one where all entries are smaller: losses that nearly cancel
    in a mean leave their error there. NaN, infinities and different shapes never agree, on either side.
    """
    if seen.shape != truth.shape:
        return False
    largest = float(np.abs(truth).max(initial=0.0))
    if not math.isfinite(largest):
        return False
    allowed = SINGLE_PRECISION * max(1.0, largest) if tolerance is None else tolerance * max(1e-3, largest)
    # what is not finite in `seen` is no less than anything
    return bool((np.abs(seen - truth) <= allowed).all())


def compared(
    cause: str, what: str, seen: Array, truth: Array, tolerance: float | None = None
) -> Failure | None:
    """A failure with both numbers if two arrays do not agree."""
    if agree(seen, truth, tolerance):
        return None
    got, expected = show_both(seen, truth)
    return Failure(cause, f"{what}: {got}", f"{what}: {expected}")


def first_difference(seen: Array, truth: Array, tolerance: float | None = None) -> int:
    """Index of the first row in which two arrays of equally many rows differ; their number if none does."""
    for index, (row, true_row) in enumerate(zip(seen, truth, strict=False)):
        if not agree(np.atleast_1d(row), np.atleast_1d(true_row), tolerance):
            return index
    return min(len(seen), len(truth))
