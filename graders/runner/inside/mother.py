"""The process that zygotes of a sandbox are forked from: it has imported everything once, for all of them."""

from __future__ import annotations

import importlib
import os
import socket
import sys
from collections.abc import Sequence

from . import processes
from .births import next_order
from .frames import send
from .preparation import prepare, settle
from .shell import StudentShell
from .warming import warm_up
from .zygote import Zygote


class Mother:
    """Waits for its first order before it imports anything: that one says what, beside the usual.

    assignment: the folder that jobs read.
    """

    def __init__(self, assignment: str) -> None:
        self._assignment = assignment
        self._shell: StudentShell | None = None
        self._fault: str | None = None

    def live(self, births: socket.socket) -> int:
        """Take orders until there are no more; return the exit status.

        The answer to each is a frame that says what was wrong with the imports, if anything: then there is no
        zygote.
        """
        while (order := next_order(births)) is not None:
            for _ in processes.reap():  # zygotes whose keepers have gone
                pass
            self._make_ready(order if isinstance(order, list) else [])
            if isinstance(order, int):
                if self._shell is not None and self._fault is None and os.fork() == 0:
                    births.close()
                    orders = socket.socket(fileno=order)
                    processes.live(Zygote(orders, self._shell, self._assignment).live)
                os.close(order)
            send(births.fileno(), {"fault": self._fault})
        return 0

    def _make_ready(self, modules: Sequence[str]) -> None:
        """Import what is not there yet, and make the shell."""
        if self._fault is not None:
            return
        try:
            if self._shell is None:
                self._shell = prepare(self._assignment, modules, sandboxed=True)
            elif new := [name for name in modules if name not in sys.modules]:
                for name in new:
                    importlib.import_module(name)
                warm_up(self._shell)
                settle()
        except BaseException as error:
            self._fault = f"{type(error).__name__}: {error}"
