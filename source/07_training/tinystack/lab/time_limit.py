"""Ends a loop that never ends, so that one hanging part costs its own points and seconds only."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PART_SECONDS = 2.0
"""CPU seconds for one part: at least a hundred times what a correct trainer needs on a slow machine."""

REPEAT_SECONDS = 0.25
"""A trainer that swallows the first interruption gets another one this much later."""


class OutOfTime(BaseException):
    """A part used up its CPU time.

    No Exception, so that a student's `except Exception` does not swallow it.
    """


class TooManyUpdates(BaseException):
    """A part made far more updates than there are batches. It ends that part alone."""


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise OutOfTime(f"not finished after {PART_SECONDS:g} seconds of computing")


@contextmanager
def time_limit(seconds: float = PART_SECONDS) -> Iterator[None]:
    """Raise OutOfTime inside the block once it has used `seconds` of CPU time.

    Counts CPU and not wall time, so that a busy machine does not cost a student points. The time of an outer
    limit stands still meanwhile. Does nothing where
    the system has no interval timers (Windows) or outside the main thread; there the notebook's own limits
    apply.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGPROF, _interrupt)
    outer = signal.setitimer(signal.ITIMER_PROF, seconds, REPEAT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, *outer)
        signal.signal(signal.SIGPROF, previous)
