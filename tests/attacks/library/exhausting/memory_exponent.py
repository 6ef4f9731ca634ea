"""A number with more digits than there is memory.

base  wheat
where a cell after solution_checkpoint
told  did not end in time|MemoryError|ended the kernel
plain it would take all memory of the machine
"""

9 ** (9**9) % 7
