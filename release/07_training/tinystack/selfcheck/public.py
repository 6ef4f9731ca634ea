"""The functions that students call, one per integration point, and two for single pieces. All return None."""

from typing import Any

from tinystack.selfcheck import checks
from tinystack.selfcheck.running import conclude


def cosine_schedule(CosineSchedule: Any) -> None:
    """Check that get_lr follows the cosine from max_lr to min_lr, and stays at min_lr after it."""
    conclude("cosine_schedule", checks.cosine_schedule, CosineSchedule)


def clip_function(clip_grad_norm: Any) -> None:
    """Check that gradients are scaled by one factor if their norm is above max_norm, else left alone."""
    conclude("clip_function", checks.clip_function, clip_grad_norm)


def orchestration(Trainer: Any) -> None:
    """Check that every batch is used once, in order, one update each, and counters and loss are right."""
    conclude("orchestration", checks.orchestration, Trainer)


def zero_grad(Trainer: Any) -> None:
    """Check that each update uses the gradient of its own batch alone."""
    conclude("zero_grad", checks.zero_grad, Trainer)


def convergence(Trainer: Any) -> None:
    """Check that a regression finds the true weights, and that a non-linear classification is learned."""
    conclude("convergence", checks.convergence, Trainer)


def scheduling(Trainer: Any) -> None:
    """Check that epoch e trains at scheduler.get_lr(e), and with no scheduler at the optimizer's own rate."""
    conclude("scheduling", checks.scheduling, Trainer)


def clipping(Trainer: Any) -> None:
    """Check that the gradient of an update has at most norm grad_clip_norm; with None it is left alone."""
    conclude("clipping", checks.clipping, Trainer)


def modes(Trainer: Any) -> None:
    """Check that train_epoch runs in training mode, and evaluate in evaluation mode, changing nothing."""
    conclude("modes", checks.modes, Trainer)


def checkpointing(Trainer: Any) -> None:
    """Check that a run that was saved and loaded goes on as the unbroken run does."""
    conclude("checkpointing", checks.checkpointing, Trainer)


def accumulation(Trainer: Any) -> None:
    """Check that accumulation_steps=k averages k batches in one update, and applies a short last group."""
    conclude("accumulation", checks.accumulation, Trainer)


def history(Trainer: Any) -> None:
    """Check that history gains one entry per call, equal to what was returned and to the rate trained at."""
    conclude("history", checks.history, Trainer)
