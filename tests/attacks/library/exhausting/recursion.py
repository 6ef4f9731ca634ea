"""Recursion without end, with the limit lifted, until the stack is used up.

base  wheat
where a cell after solution_schedule
told  ended the kernel|RecursionError|in time|MemoryError
"""

import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __getattr__(self, name):
        return getattr(Deep(), name + "x") if len(name) < 10 else eval("(" * 90 + "self.name" + ")" * 90)


def down():
    return [down() for _ in range(1)] + list(map(lambda _: down(), (1,)))


down()
