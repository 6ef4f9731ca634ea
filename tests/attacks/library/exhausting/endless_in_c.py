"""A computation in C that looks at no interrupt.

base  wheat
where a cell after solution_checkpoint
told  did not end in time|MemoryError
plain like endless_and_deaf, which is tried
"""

sum(range(10**14))
