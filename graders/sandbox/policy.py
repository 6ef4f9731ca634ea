"""What protection a runner is asked for."""

from __future__ import annotations

from dataclasses import dataclass


class SandboxError(Exception):
    """This machine does not give the protection that was asked for. The message says what to do about it."""


@dataclass(frozen=True)
class Protection:
    """Whether students' code runs in a sandbox.

    sandboxed: False gives up everything but the limits: the code can then read and write whatever the account
        that runs it can, and reach the network.
    """

    sandboxed: bool = True


SANDBOXED = Protection()
UNPROTECTED = Protection(sandboxed=False)
