"""The nine critical integration points, in the order of the contract: one judgement each, one file each."""

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

__all__ = ["COMMON_CAUSES", "CRITERIA", "Check", "Criterion", "equality"]
