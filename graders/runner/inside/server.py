"""The untrusted side's beginning: take the channel to the client, and part into a keeper and a zygote.

In a sandbox the keeper is a process of its own, forked while this one is small; this one becomes the zygote,
which imports what jobs need. Without protection there is one zygote, which forks a keeper for each job.
"""

from __future__ import annotations

import fcntl
import gc
import os
import socket
import traceback
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from . import kernel, namespaces, seccomp
from .folders import make_folders
from .keeper import Client, keep_sandboxed, keep_unprotected
from .zygote import Zygote

if TYPE_CHECKING:
    from .shell import StudentShell

CHANNEL_DESCRIPTOR = 60
"""Lowest number for the channel: above what libraries open while they are imported."""


def serve(assignment: str, preload: Sequence[str], sandboxed: bool) -> int:
    """Serve attempts at jobs of one assignment. Return the exit status: 1 if it could not start.

    sandboxed: this process runs inside of bubblewrap, and jobs get namespaces of their own.
    """
    client = _take_channel()
    return (_serve_sandboxed if sandboxed else _serve_unprotected)(client, assignment, preload)


def _serve_sandboxed(client: Client, assignment: str, preload: Sequence[str]) -> int:
    try:
        namespaces.become_nobody()
        make_folders(namespaces.SCRATCH)  # the same as in every job, for what libraries remember
        namespaces.own_users()
        seccomp.assemble(kernel.MACHINE)  # once, for all
        user, group = os.geteuid(), os.getegid()
        orders, taken = socket.socketpair()
        gc.freeze()  # what is here now is here for good, so none of its pages need be written to
        if namespaces.fork() == 0:
            taken.close()
            _be_keeper(client, orders, user, group)
    except (OSError, KeyError, ValueError) as error:
        client.reply({"kind": "failed", "message": str(error), "sandbox": True})
        return 1
    client.close()
    orders.close()

    def prepare() -> StudentShell:
        from .preparation import prepare  # which imports what a keeper has no use for

        return prepare(assignment, preload, sandboxed=True)

    return Zygote(taken, prepare, assignment).live()


def _be_keeper(client: Client, orders: socket.socket, user: int, group: int) -> NoReturn:
    code = 1
    try:
        code = keep_sandboxed(client, orders, user, group)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _serve_unprotected(client: Client, assignment: str, preload: Sequence[str]) -> int:
    from . import preparation

    try:
        shell = preparation.prepare(assignment, preload, sandboxed=False)
    except BaseException as error:
        client.reply({"kind": "failed", "message": f"{type(error).__name__}: {error}"})
        return 1
    return keep_unprotected(client, partial(preparation.fork_job, shell, assignment))


def _take_channel() -> Client:
    """Move the channel away from standard input and output, so that a print cannot corrupt it."""
    requests, replies = (fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, CHANNEL_DESCRIPTOR) for number in (0, 1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return Client(requests, replies)
