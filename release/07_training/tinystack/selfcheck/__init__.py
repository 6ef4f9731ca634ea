"""Self-checks: what students run in the notebook, as often as they like.

    from tinystack import selfcheck
    selfcheck.zero_grad(Trainer)      # one integration point: what was seen, where to look, a picture
    selfcheck.check(Trainer, CosineSchedule, clip_grad_norm)      # all nine

They use public numbers and are weaker than the hidden tests; expected values are closed forms of those.
While nbgrader grades (`NBGRADER_EXECUTION` is `autograde`) every check returns at once and says nothing.

    public      the functions that students call
    summary     all nine points
    running     runs one check: time limit, prints and errors of the student's code
    student     calling the student's code, and saying what is missing or wrong about it
    points      titles, and what the hidden tests look at besides
    report      findings, and how they are written as text
    explaining  which failure explains which
    page        how they are written as a piece of a page, in the style of `style`
    display     where a result is shown, and progress meanwhile
    pictures    what the pictures show, as text and drawn; so do `timeline` and `trajectory`
    svg         drawing
    checks/     one file per check
"""

from tinystack.selfcheck.public import (
    accumulation,
    checkpointing,
    clip_function,
    clipping,
    convergence,
    cosine_schedule,
    history,
    modes,
    orchestration,
    scheduling,
    zero_grad,
)
from tinystack.selfcheck.report import SelfCheckFailed
from tinystack.selfcheck.summary import check

__all__ = [
    "SelfCheckFailed",
    "accumulation",
    "check",
    "checkpointing",
    "clip_function",
    "clipping",
    "convergence",
    "cosine_schedule",
    "history",
    "modes",
    "orchestration",
    "scheduling",
    "zero_grad",
]
