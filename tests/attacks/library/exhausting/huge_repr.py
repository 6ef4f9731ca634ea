"""The value of a cell has a representation of a gigabyte, or one that never ends.

base  wheat
where a cell after solution_schedule
told  MemoryError|left out|too large|in time|ended the kernel|recursion
"""


class Endless:
    def __repr__(self):
        return "".join(repr(Endless()) for _ in range(2))

    def _repr_html_(self):
        return "<p>" * 10**8

    def _repr_png_(self):
        return b"\x89PNG" * 10**8


Endless()
