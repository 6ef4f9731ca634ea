"""How much each stage of the work costs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Adds up seconds by stage: CPU seconds of this process, wall seconds of what runs in another one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str, *, elsewhere: bool = False) -> Iterator[None]:
        """Count what is done inside as a stage. elsewhere: it is done by another process."""
        now = time.monotonic if elsewhere else time.process_time
        begun = now()
        try:
            yield
        finally:
            self.seconds[name] += now() - begun
