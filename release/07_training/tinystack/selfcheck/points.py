"""The integration points in words: titles, success, and what only the hidden tests look at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One check. title and success make the first line; beyond ends "the hidden tests also look at ..."."""

    name: str
    title: str
    success: str
    beyond: str


_ALL = (
    Point(
        "orchestration",
        "training loop orchestration",
        "correctly carried out",
        "other models, losses and optimizers, and more epochs",
    ),
    Point(
        "zero_grad",
        "zero_grad() requirement",
        "correctly enforced",
        "groups of batches, and gradients around evaluate()",
    ),
    Point(
        "convergence",
        "loss convergence",
        "correctly reached",
        "other data, SGD with momentum, and every single update on the way",
    ),
    Point(
        "cosine_schedule",
        "cosine schedule",
        "correctly computed",
        "other rates, other lengths, and how the trainer uses the schedule",
    ),
    Point(
        "scheduling",
        "learning rate scheduling",
        "correctly applied",
        "your CosineSchedule, longer runs, and epochs with evaluate() between them",
    ),
    Point(
        "clip_function",
        "clip_grad_norm()",
        "correctly computed",
        "other shapes and sizes, and how the trainer uses the function",
    ),
    Point(
        "clipping",
        "gradient clipping",
        "correctly applied",
        "other limits, larger models, and longer groups of batches",
    ),
    Point(
        "modes",
        "train / eval mode",
        "correctly switched",
        "one-hot and integer labels, batches of unequal size, and training after evaluate()",
    ),
    Point(
        "checkpointing",
        "checkpointing",
        "correctly resumed",
        "other optimizers, saving after other epochs, and runs without a scheduler",
    ),
    Point(
        "accumulation",
        "gradient accumulation",
        "correctly averaged",
        "other group sizes, other losses, and accumulation together with momentum",
    ),
    Point(
        "history",
        "history tracking",
        "correctly kept",
        "other orders of calls, runs without a scheduler, and history after loading a checkpoint",
    ),
)

POINTS = {point.name: point for point in _ALL}

NINE = tuple(name for name in POINTS if name not in ("cosine_schedule", "clip_function"))
"""The nine integration points; the two others are pieces of scheduling and of clipping."""
