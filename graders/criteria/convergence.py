"""Loss convergence: the true weights and bias are found, a non-linear classification is learned.

The reference's trajectory does both; a trainer that follows the contract follows it number by number. Between
updates nothing may change a parameter.
"""

from __future__ import annotations

import numpy as np

from graders.criteria.base import Check, Criterion, Judgement, agree, first_difference
from graders.criteria.footprints import moved
from graders.criteria.showing import show, show_both
from graders.evidence import Array, PartEvidence
from graders.verdict import Cause, Failure

TRAJECTORY = 3e-6
"""Relative difference after some 30 updates, whose gradients may pass through float32."""

CAUSES = {
    "optimizer_state_lost": Cause(
        "momentum or moments are thrown away between updates",
        "where the optimizer or its state is made anew",
        ("checkpointing", "orchestration"),
    ),
    "gradient_rescaled": Cause(
        "the gradient is multiplied by something that the contract does not ask for",
        "train_epoch: what the loss is multiplied by before backward(), and the seed of backward()",
        ("orchestration", "zero_grad", "accumulation", "clipping"),
    ),
    "gradient_altered": Cause(
        "the gradient's direction is changed",
        "train_epoch: everything that touches .grad between backward() and step()",
        ("orchestration", "zero_grad", "accumulation", "clipping"),
    ),
    "parameters_changed": Cause(
        "parameters change outside optimizer.step()",
        "every line that assigns to .data",
        ("orchestration", "checkpointing", "zero_grad"),
    ),
    "wrong_direction": Cause(
        "the update goes uphill",
        "train_epoch: the sign of the loss, of the gradient, or of the rate",
        ("orchestration", "zero_grad", "scheduling", "accumulation", "clipping"),
    ),
    "stops_early": Cause(
        "training stops, or skips batches, because the loss looks good or bad",
        "train_epoch: conditions on the loss",
        ("orchestration",),
    ),
    "parameters_frozen": Cause(
        "some parameters never learn",
        "which parameters get a gradient and an update",
        ("orchestration", "zero_grad", "accumulation"),
    ),
    "rate_changed": Cause(
        "the trainer changes the learning rate on its own",
        "every line that assigns to optimizer.lr",
        ("scheduling", "orchestration"),
    ),
    "not_learned": Cause(
        "the model does not learn what the reference learns",
        "train_epoch: compare forward, loss, backward and update with the specification",
    ),
}


def _regression(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """The trajectory of the parameters, and what happened between the updates."""
    parameters, expected = seen.rows("parameters"), truth.rows("parameters")
    if agree(parameters, expected, TRAJECTORY):
        return None
    true = truth.array("true_parameters")
    got, wanted = show_both(parameters[-1], expected[-1])
    return Failure(
        _cause(seen, truth),
        f"after {len(expected)} epochs weights and bias are {got}",
        f"{wanted} (the data were made with {show(true)})",
    )


def _cause(seen: PartEvidence, truth: PartEvidence) -> str:
    rates, true_rates = seen.array("rates"), truth.array("rates")
    if len(rates) < len(true_rates):
        return "stops_early" if len(rates) else "not_learned"
    if _changed_between_updates(seen, truth):
        return "parameters_changed"
    if not agree(rates, true_rates):
        return "rate_changed"
    return _cause_in_gradients(seen, truth)


def _changed_between_updates(seen: PartEvidence, truth: PartEvidence) -> bool:
    before, after = seen.array("before"), seen.array("after")
    starts = agree(before[:1], truth.array("before")[:1])
    joined = agree(before[1:], after[:-1]) and agree(after[-1:], seen.rows("parameters")[-1:])
    return not (starts and joined)


def _cause_in_gradients(seen: PartEvidence, truth: PartEvidence) -> str:
    gradients, true = seen.array("gradients"), truth.array("gradients")
    if np.any(np.all(moved(seen) == 0.0, axis=0)):
        return "parameters_frozen"
    row = first_difference(gradients, true, TRAJECTORY)
    steps = first_difference(moved(seen), moved(truth), TRAJECTORY)
    if steps < row:
        return "optimizer_state_lost"
    if row == len(gradients):
        return "not_learned"
    return _cause_of_gradient(gradients[row], true[row]) if row < 2 else "not_learned"


def _cause_of_gradient(gradient: Array, true: Array) -> str:
    factor = float(gradient @ true / (true @ true))
    if not agree(gradient, factor * true, 1e-6):
        return "gradient_altered"
    return "wrong_direction" if factor < 0 else "gradient_rescaled"


def _classification(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """The trajectory of a small network on two classes that no line separates, with AdamW."""
    parameters, expected = seen.rows("parameters"), truth.rows("parameters")
    if agree(parameters, expected, TRAJECTORY):
        return None
    losses, true = seen.numbers("returned"), truth.numbers("returned")
    frozen = parameters.shape == expected.shape and bool(np.any(np.all(parameters == parameters[0], axis=0)))
    cause = "parameters_frozen" if frozen else "not_learned"
    got, wanted = show_both(losses[-3:], true[-3:])
    return Failure(cause, f"loss of the last epochs: {got}", wanted)


CRITERION = Criterion(
    name="convergence",
    title="Loss convergence",
    priority="P0 - CRITICAL",
    rule=(
        "Regression recovers the true parameters, a non-linear classification is learned, "
        "and only step() moves parameters."
    ),
    causes=CAUSES,
    checks=(
        Check("regression with SGD", "sgd", 5, _regression),
        Check("regression with momentum", "momentum", 5, _regression),
        Check("classification with AdamW", "adamw", 5, _classification),
    ),
    unexplained="not_learned",
)
