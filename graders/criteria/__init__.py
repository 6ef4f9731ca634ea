"""The nine critical integration points, in the order of the contract: one judgement each, one file each."""

from collections.abc import Iterable

from graders.criteria import (
    accumulation,
    checkpointing,
    clipping,
    convergence,
    history,
    modes,
    orchestration,
    scheduling,
    zero_grad,
)
from graders.criteria.base import COMMON_CAUSES, Check, Criterion
from graders.criteria.equality import equality

CRITERIA = {
    module.CRITERION.name: module.CRITERION
    for module in (
        orchestration,
        zero_grad,
        convergence,
        scheduling,
        clipping,
        modes,
        checkpointing,
        accumulation,
        history,
    )
}


def in_order(names: Iterable[str]) -> list[str]:
    """Sort names of criteria in the order of the contract; others follow in the order they came in."""
    return sorted(names, key=lambda name: list(CRITERIA).index(name) if name in CRITERIA else len(CRITERIA))


__all__ = ["COMMON_CAUSES", "CRITERIA", "Check", "Criterion", "equality", "in_order"]
