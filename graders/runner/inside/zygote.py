"""The zygote of a sandbox: it has imported everything once, and forks a job where a keeper orders one."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from . import namespaces
from .channel import Ends
from .frames import receive, send
from .kinds import PREPARE
from .orders import tell
from .precompiled import keep

if TYPE_CHECKING:
    from .shell import StudentShell

MAX_FILES = 16
"""More than a keeper hands over at once."""

FAILED_STATUS = 70
"""Exit status of a process that could not become a job."""


class Zygote:
    """prepare: imports what jobs need, and makes their shell. assignment: the folder that they read."""

    def __init__(self, orders: socket.socket, prepare: Callable[[], StudentShell], assignment: str) -> None:
        self._orders = orders
        self._prepare = prepare
        self._assignment = assignment
        self._shell: StudentShell | None = None

    def live(self) -> int:
        """Take orders until there are no more; return the exit status.

        The first order is the rehearsal; then follows what takes time, and a frame that says what was wrong
        with it, if anything.
        """
        if not self._take_order():
            return 1
        try:
            self._shell = self._prepare()
        except BaseException as error:
            send(self._orders.fileno(), {"fault": f"{type(error).__name__}: {error}"})
            return 1
        send(self._orders.fileno(), {"fault": None})
        while self._take_order():
            pass
        return 0

    def _take_order(self) -> bool:
        """Do what is ordered, to its end. False: there will be no more orders."""
        kind, handed, *_ = socket.recv_fds(self._orders, 1, MAX_FILES)
        if kind == PREPARE:
            for name, code in (receive(self._orders.fileno()) or {"experiments": []})["experiments"]:
                keep(name, code)
        elif kind:
            users, processes, request, told, *ends = handed
            pid = self._fork(users, processes, request, told, ends)
            for descriptor in (users, processes, request, *ends):
                os.close(descriptor)
            if pid is not None:
                tell(told, "ended", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            os.close(told)
        return bool(kind)

    def _fork(self, users: int, processes: int, request: int, told: int, ends: list[int]) -> int | None:
        try:
            namespaces.lead_into(processes)
            pid = os.fork()
        except OSError as error:
            tell(told, "failed", error)
            return None
        if pid == 0:
            self._be_born(users, request, told, ends)
        return pid

    def _be_born(self, users: int, request: int, told: int, ends: list[int]) -> NoReturn:
        """Enter the namespaces and become the job, or end at once where it is a rehearsal."""
        try:
            asked = receive(request) or {}
            namespaces.follow(users, asked["scratch_bytes"])
            tell(told, "born", os.getpid())
        except BaseException as error:
            tell(told, "failed", f"{type(error).__name__}: {error}")
            os._exit(FAILED_STATUS)
        if self._shell is None:
            os._exit(0)
        from . import child  # which is imported by now, as all that it needs

        progress, acknowledgement, output, errors = ends
        own = Ends(progress, acknowledgement, output, errors, asked["token"].encode())
        child.main(
            self._shell, asked["job"], own, child.Surroundings(namespaces.SCRATCH, self._assignment, None)
        )
