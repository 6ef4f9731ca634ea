"""Proof of the rig: the reference passes everything, and a submission that does nothing fails everything."""

from __future__ import annotations

from collections.abc import Mapping

from graders.assignment import Assignment
from graders.audit.idle import idle
from graders.audit.matrix import Bench, Subject, judged
from graders.audit.mutants import reference_cells
from graders.evidence import Evidence
from graders.specimens import NOTHING, are_packaged, folder_of
from graders.verdict import Outcome, Verdict

DOES_NOTHING = """
class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        pass

    def get_lr(self, epoch):
        return 0.0


def clip_grad_norm(parameters, max_norm=1.0):
    return 0.0


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.epoch, self.step = model, optimizer, 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        return 0.0

    def evaluate(self, dataloader):
        return 0.0, 0.0

    def save_checkpoint(self, path):
        open(path, "w").close()

    def load_checkpoint(self, path):
        pass
"""
"""A trainer with all names and types of the contract, of which no part does anything."""


class RigError(Exception):
    """The measurement cannot be trusted. The message says what was tried, what came of it, where to look."""


def prove(bench: Bench, truths: Mapping[str, Evidence], nonce: str) -> None:
    """See every criterion pass on the reference and fail on a trainer that does nothing. Raises RigError."""
    runs = bench.observe(subjects(bench.assignment), nonce)
    clean, forced = (judged(run, truths, bench.assignment.points).verdicts for run in runs)
    _all(
        clean,
        Outcome.PASSED,
        "the reference solution does not pass: a clean run must pass before bugs are counted",
        "the experiment and the criterion, which disagree about correct work",
    )
    _all(
        forced,
        Outcome.FAILED,
        "a submission that does nothing is not caught: a forced failure must fail before bugs are counted",
        "the checks of the criterion, which may accept anything",
    )


def subjects(assignment: Assignment) -> tuple[Subject, Subject]:
    """The clean run and the forced failure."""
    clean = Subject("the reference solution", "rig", reference_cells(assignment))
    return clean, Subject("a submission that does nothing", "rig", _does_nothing(assignment))


def _does_nothing(assignment: Assignment) -> tuple[str, ...]:
    """The course's own, the package's, or what is left of the reference without its functions' bodies."""
    own = folder_of(assignment) / NOTHING
    if own.is_file():
        return (own.read_text("utf-8"),)
    if are_packaged(assignment):
        return (DOES_NOTHING,)
    return tuple(idle(cell) for cell in reference_cells(assignment))


def _all(verdicts: Mapping[str, Verdict], outcome: Outcome, problem: str, look: str) -> None:
    wrong = [verdict for verdict in verdicts.values() if verdict.outcome is not outcome]
    if wrong:
        names = "; ".join(f"{v.criterion}: {v.outcome}{', ' if v.seen else ''}{v.seen}" for v in wrong)
        raise RigError(f"the audit stops: {problem}. {names}. Look at {look}")
