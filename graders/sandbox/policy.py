"""What protection a runner is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class SandboxError(Exception):
    """This machine does not give the protection that was asked for. The message says what to do about it."""


@dataclass(frozen=True)
class Protection:
    """Whether students' code runs in a sandbox.

    sandboxed: False gives up everything but the limits: the code can then read and write whatever the account
        that runs it can, and reach the network. hidden: folders that must not be seen even where they lie
        inside of the interpreter's or the libraries' folders, such as a course below /usr/local.
    """

    sandboxed: bool = True
    hidden: tuple[Path, ...] = ()


SANDBOXED = Protection()
UNPROTECTED = Protection(sandboxed=False)
