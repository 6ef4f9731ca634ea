"""What all processes of a job use together, as the first process of their namespace sees it in /proc."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def memory_bytes(limit: int) -> int:
    """Return the memory of all other processes, without what is read from files.

    A first sum counts pages that processes share several times; one over the limit is made again, exactly.
    """
    others = list(_others())
    about = sum(_memory(pid, "status", (b"RssAnon", b"RssShmem")) for pid in others)
    if about <= limit:
        return about
    return sum(_memory(pid, "smaps_rollup", (b"Pss_Anon", b"Pss_Shmem")) for pid in others)


def ended_cpu_seconds() -> float:
    """Return the CPU time of all processes that this one has waited for, of earlier jobs too."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def cpu_seconds() -> float:
    """Return the same, with the CPU time of all other processes."""
    return ended_cpu_seconds() + sum(_ticks(pid) for pid in _others()) / TICKS_PER_SECOND


def _others() -> Iterator[int]:
    own = os.getpid()
    return (pid for name in os.listdir("/proc") if name.isdigit() and (pid := int(name)) != own)


def _memory(pid: int, file: str, fields: tuple[bytes, ...]) -> int:
    """Return the sum of some fields of a file in /proc that counts in kB."""
    lines = (line.partition(b":") for line in _read(f"/proc/{pid}/{file}").splitlines())
    return sum(int(value.split()[0]) * 1024 for name, _, value in lines if name in fields)


def _ticks(pid: int) -> int:
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return sum(int(field) for field in fields[11:15])


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # it has ended
        return b""
