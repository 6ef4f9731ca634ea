"""One file per check: a function of the student's pieces that returns a finding."""

from tinystack.selfcheck.checks.accumulation import examine as accumulation
from tinystack.selfcheck.checks.checkpointing import examine as checkpointing
from tinystack.selfcheck.checks.clip_function import examine as clip_function
from tinystack.selfcheck.checks.clipping import examine as clipping
from tinystack.selfcheck.checks.convergence import examine as convergence
from tinystack.selfcheck.checks.cosine_schedule import examine as cosine_schedule
from tinystack.selfcheck.checks.history import examine as history
from tinystack.selfcheck.checks.modes import examine as modes
from tinystack.selfcheck.checks.orchestration import examine as orchestration
from tinystack.selfcheck.checks.scheduling import examine as scheduling
from tinystack.selfcheck.checks.zero_grad import examine as zero_grad

__all__ = [
    "accumulation",
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
