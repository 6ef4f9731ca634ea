"""The zygote of a sandbox: it has imported everything once, and forks a job where a keeper orders one."""

from __future__ import annotations

import os
import socket
from typing import NoReturn

from . import child, namespaces
from .channel import Ends
from .frames import receive
from .kinds import PREPARE, REHEARSE
from .orders import tell
from .precompiled import keep_all
from .shell import StudentShell

MAX_FILES = 16
"""More than a keeper hands over at once."""


class Zygote:
    """orders: the socket to its keeper. shell: the jobs' own. assignment: the folder that they read."""

    def __init__(self, orders: socket.socket, shell: StudentShell, assignment: str) -> None:
        self._orders = orders
        self._shell = shell
        self._assignment = assignment

    def live(self) -> int:
        """Take orders until there are no more; return the exit status."""
        while self._take_order():
            pass
        return 0

    def _take_order(self) -> bool:
        """Do what is ordered, to its end. False: there will be no more orders."""
        kind, handed, *_ = socket.recv_fds(self._orders, 1, MAX_FILES)
        if kind == PREPARE:
            keep_all(receive(self._orders.fileno()))
        elif kind:
            users, processes, request, told, *ends = handed
            pid = self._fork(processes, told)
            if pid == 0:
                self._be_born(kind, users, request, told, ends)
            for descriptor in (users, processes, request, *ends):
                os.close(descriptor)
            if pid is not None:
                tell(told, "ended", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            os.close(told)
        return bool(kind)

    def _fork(self, processes: int, told: int) -> int | None:
        try:
            namespaces.lead_into(processes)
            return os.fork()
        except OSError as error:
            tell(told, "failed", error)
            return None

    def _be_born(self, kind: bytes, users: int, request: int, told: int, ends: list[int]) -> NoReturn:
        """Enter the namespaces and become the job, or end at once where it is a rehearsal."""
        try:
            asked = receive(request) or {}
            namespaces.follow(users, asked["scratch_bytes"])
            tell(told, "born", os.getpid())
        except BaseException as error:
            tell(told, "failed", f"{type(error).__name__}: {error}")
            os._exit(child.FAULT_STATUS)
        if kind == REHEARSE:
            os._exit(0)
        progress, acknowledgement, output, errors = ends
        own = Ends(progress, acknowledgement, output, errors, asked["token"].encode())
        surroundings = child.Surroundings(namespaces.SCRATCH, self._assignment, None)
        child.main(self._shell, asked["job"], own, surroundings)
