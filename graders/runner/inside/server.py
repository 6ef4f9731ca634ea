"""The untrusted side's beginning: take the orders of the client, and bring forth a zygote for each channel.

In a sandbox this process stays small. It forks the one that imports what jobs need, and of which all zygotes
are copies; and for each zygote a keeper, which speaks to the client. Without protection there is one zygote,
which forks a keeper for each job.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import socket
from functools import partial

from . import kernel, namespaces, processes, seccomp
from .births import next_order, order_birth, order_import
from .folders import make_folders
from .frames import Frame, receive, send
from .keeper import Client, keep_sandboxed, keep_unprotected

BIRTHS_DESCRIPTOR = 60
"""Lowest number for the client's orders: above what libraries open while they are imported."""


def serve(assignment: str, sandboxed: bool) -> int:
    """Bring forth zygotes for jobs of one assignment, until no more are ordered. Return the exit status.

    sandboxed: this process runs inside of bubblewrap, and jobs get namespaces of their own.
    """
    with _take_orders() as births:
        return (_serve_sandboxed if sandboxed else _serve_unprotected)(births, assignment)


def _serve_sandboxed(births: socket.socket, assignment: str) -> int:
    try:
        namespaces.become_nobody()
        make_folders(namespaces.SCRATCH)  # the same as in every job, for what libraries remember
        namespaces.own_users()
        seccomp.assemble(kernel.MACHINE)  # once, for all
    except (OSError, KeyError, ValueError) as error:
        return _refuse_all(births, _lacking(error))
    gc.freeze()  # what is here now is here for good, so none of its pages need be written to
    mother, theirs = socket.socketpair()
    if os.fork() == 0:
        births.close()
        mother.close()
        processes.live(lambda: _be_mother(theirs, assignment))
    theirs.close()
    try:
        while (order := next_order(births)) is not None:
            for _ in processes.reap():  # keepers whose clients have gone
                pass
            if isinstance(order, list):
                _import(mother, order)
            else:
                _bring_forth(order, births, mother)
    except (OSError, EOFError):
        return 1  # what ended the mother is in its log
    return 0


def _be_mother(births: socket.socket, assignment: str) -> int:
    from .mother import Mother  # with much that this process has no use for

    return Mother(assignment).live(births)


def _import(mother: socket.socket, modules: list[str]) -> None:
    order_import(mother, modules)
    _answer(mother)  # what was wrong is said again to those who want a zygote


def _answer(mother: socket.socket) -> Frame:
    if (answer := receive(mother.fileno())) is None:
        raise EOFError("it has gone")
    return answer


def _bring_forth(channel: int, births: socket.socket, mother: socket.socket) -> None:
    """Have a zygote forked, and fork its keeper, which speaks on a channel; or say there what is wrong."""
    orders, taken = socket.socketpair()
    with taken:
        order_birth(mother, taken.fileno())
    if fault := _answer(mother)["fault"]:
        return _refuse(channel, {"kind": "failed", "message": fault})
    user, group = os.geteuid(), os.getegid()
    try:
        child = namespaces.fork()
    except OSError as error:
        return _refuse(channel, _lacking(error))
    if child == 0:
        births.close()
        mother.close()
        client = Client(channel, channel)
        processes.live(lambda: keep_sandboxed(client, orders, user, group))
    orders.close()
    os.close(channel)


def _refuse(channel: int, fault: Frame) -> None:
    """Say on a channel why nobody will speak there."""
    with contextlib.suppress(BrokenPipeError):  # nobody listens any more
        send(channel, fault)
    os.close(channel)


def _lacking(error: BaseException) -> Frame:
    return {"kind": "failed", "message": str(error), "sandbox": True}


def _refuse_all(births: socket.socket, fault: Frame) -> int:
    while (order := next_order(births)) is not None:
        if isinstance(order, int):
            _refuse(order, fault)
    return 1


def _serve_unprotected(births: socket.socket, assignment: str) -> int:
    from . import preparation

    modules: list[str] = []
    while isinstance(order := next_order(births), list):
        modules += order
    if order is None:
        return 0
    try:
        shell = preparation.prepare(assignment, modules, sandboxed=False)
    except BaseException as error:
        _refuse(order, {"kind": "failed", "message": f"{type(error).__name__}: {error}"})
        return 1
    return keep_unprotected(Client(order, order), partial(preparation.fork_job, shell, assignment))


def _take_orders() -> socket.socket:
    """Move the socket away from standard input, and let what is printed go where errors go."""
    births = socket.socket(fileno=fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, BIRTHS_DESCRIPTOR))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return births
