"""Free places in memory are taken, so that what is made later lies together."""

from __future__ import annotations

import json
import subprocess
import sys

MEASURE = """
import ctypes, json
from graders.runner.inside import holes

def free_heap():
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = holes._Info
    info = library.mallinfo2()
    return info.fordblks - info.keepcost

texts = [str(number) * (number % 40) for number in range(40_000)]
buffers = [bytearray(600 + number % 3000) for number in range(4_000)]
del texts[::2], buffers[::2]

def free_in_pools():
    return {size: size * free for size, free in holes._free_blocks().items()}

before = free_in_pools(), free_heap()
holes.fill_holes()
print(json.dumps([before, [free_in_pools(), free_heap()]]))
"""

POOL_BYTES = 16 * 1024
"""CPython's small objects of one size lie together in pools: afterwards there may be a new one of each."""


def test_nearly_all_that_is_free_between_objects_is_taken() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    (pools, heap), (pools_left, heap_left) = json.loads(done.stdout)
    assert sum(free > 4 * POOL_BYTES for free in pools.values()) > 10 and heap > 1_000_000
    assert all(free <= POOL_BYTES for free in pools_left.values())
    assert heap_left < heap / 20


def test_an_interpreter_that_does_not_tell_of_its_memory_is_left_alone() -> None:
    code = (
        "import sys; del sys._debugmallocstats; from graders.runner.inside import holes; holes.fill_holes()"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
