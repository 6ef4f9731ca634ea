"""How zygotes are ordered of a nursery: one byte that says what, and what belongs to it.

The same is said by the trusted side to the nursery, and by that to the process that zygotes are forked from.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from .frames import encode, receive

IMPORT = b"I"
"""Import modules, for zygotes to come: {"modules": [name, ...]}."""

BIRTH = b"B"
"""Bring forth a zygote: the descriptor that comes with the byte is all that it will hear and say."""


def order_import(births: socket.socket, modules: Sequence[str]) -> None:
    """Have modules imported. Raises OSError: nobody takes orders any more."""
    births.sendall(IMPORT + encode({"modules": list(modules)}))


def order_birth(births: socket.socket, channel: int) -> None:
    """Have a zygote brought forth. Raises OSError: nobody takes orders any more."""
    socket.send_fds(births, [BIRTH], [channel])


def next_order(births: socket.socket) -> int | list[str] | None:
    """Wait for an order: a channel's descriptor, or names of modules. None: there will be no more."""
    kind, descriptors, *_ = socket.recv_fds(births, 1, 1)
    if kind == BIRTH and descriptors:
        return descriptors[0]
    if kind == IMPORT and (frame := receive(births.fileno())) is not None:
        modules: list[str] = frame["modules"]
        return modules
    return None
