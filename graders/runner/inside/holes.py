"""Free places between old objects, filled before jobs are forked.

A job shares the memory of the process that it is forked from until it writes to a page, which is then copied.
What a job makes would be put into places that forgotten objects have left on thousands of pages; once these
places are taken, it lies together on new ones. The allocators are those of CPython and of the GNU C library;
with others nothing is done.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import tempfile

CLASS = re.compile(r"^ *\d+ +(\d+) +\d+ +\d+ +(\d+) *$", re.MULTILINE)
"""A line of CPython's table of small objects: class, size, pools, blocks in use, blocks that are free."""

LARGEST, LARGE, SMALLEST, STEP = 1 << 16, 1 << 10, 24, 16
"""Sizes of the C library's free places that are looked for, in bytes."""

_taken: list[object] = []


def fill_holes() -> None:
    """Take what is free among objects, for as long as this process and its children live."""
    _fill_pools()
    _fill_heap()


def _fill_pools() -> None:
    """Take free blocks of CPython's allocator of small objects: for each block an object of its size."""
    for size, free in _free_blocks().items():
        if size == object.__basicsize__:
            _taken.append([object() for _ in range(free)])
        elif size > bytes.__basicsize__:
            _taken.append([bytes(size - bytes.__basicsize__) for _ in range(free)])
        else:
            _taken.append([float(number) for number in range(free)])


def _free_blocks() -> dict[int, int]:
    """How many blocks of each size are free, in bytes; nothing where the interpreter does not tell."""
    tell = getattr(sys, "_debugmallocstats", None)
    if tell is None:
        return {}
    with tempfile.TemporaryFile() as file:
        errors = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            tell()
        finally:
            os.dup2(errors, 2)
            os.close(errors)
        file.seek(0)
        return {int(size): int(free) for size, free in CLASS.findall(file.read().decode())}


class _Info(ctypes.Structure):
    """What mallinfo2 tells, see malloc's manual; of which `fordblks` is free, and `keepcost` at the end."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def _fill_heap() -> None:
    """Take free places of the C library's, the largest first, until it would use the end of its memory."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        return
    library.mallinfo2.restype = _Info
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    info = library.mallinfo2()
    free = info.fordblks - info.keepcost
    end = library.malloc(LARGEST)
    library.free(end)
    for size in _sizes():
        while free > 0:
            place = library.malloc(size)
            if place is None or place >= end:
                library.free(place)
                break
            free -= size


def _sizes() -> list[int]:
    """Sizes from the largest down: in steps of a fifth, then in those of the allocator."""
    sizes = [LARGEST]
    while sizes[-1] > LARGE:
        sizes.append(sizes[-1] * 4 // 5)
    return [*sizes, *range(LARGE + 8, SMALLEST - 1, -STEP)]
