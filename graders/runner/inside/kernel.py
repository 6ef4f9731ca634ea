"""The few system calls of Linux that Python has no name for, called through the C library."""

from __future__ import annotations

import ctypes
import os
import platform
import signal

CLONE = {"x86_64": 56, "aarch64": 220}
CAPSET = {"x86_64": 126, "aarch64": 91}
"""Numbers of system calls, by machine."""

MACHINE = platform.machine()

CAPABILITY_VERSION = 0x20080522
CAPABILITIES = 64
"""More than there are: the kernel says where they end."""

PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_libc = ctypes.CDLL(None, use_errno=True)
_holding = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock, as os.fork does


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def clone(flags: int) -> int:
    """Fork into new namespaces. Return 0 in the child, which is a copy like that of `os.fork`, else its pid.

    Raises OSError: the kernel refuses. KeyError: the machine is none of those named in this module.
    """
    number = CLONE[MACHINE]
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = int(_holding.syscall(number, ctypes.c_ulong(flags | signal.SIGCHLD), 0, 0, 0, 0))
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    error = ctypes.get_errno()
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    ctypes.set_errno(error)
    return _check(pid, "clone")


def unshare(flags: int) -> None:
    """Move this process into new namespaces. Raises OSError."""
    _check(int(_libc.unshare(flags)), "unshare")


def setns(descriptor: int, flag: int) -> None:
    """Move this process into a namespace that is open, or its next children where it is one of processes.

    flag: the kind that it must be of, one of clone's flags. Raises OSError.
    """
    _check(int(_libc.setns(descriptor, flag)), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount a file system, or change how one is mounted. Raises OSError, which names the target."""
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        data.encode() if data else None,
    )
    _check(int(result), f"mount on {target}")


def prctl(option: int, first: int, second: int = 0) -> None:
    """Set an option of this process. Raises OSError."""
    numbers = (ctypes.c_ulong(value) for value in (first, second, 0, 0))
    _check(int(_libc.prctl(option, *numbers)), f"prctl {option}")


def drop_capabilities() -> None:
    """Give up every capability, for good, and any that an executed program might bring. Raises OSError."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    for number in range(CAPABILITIES):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:
            if number == 0:
                raise
            break
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _check(int(_libc.syscall(CAPSET[MACHINE], header, (ctypes.c_uint32 * 6)())), "capset")
