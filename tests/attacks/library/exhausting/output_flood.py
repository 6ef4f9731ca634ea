"""Hundreds of megabytes are printed, in text and by file descriptor.

base  wheat
where a cell after solution_schedule
told  xxxx|cut|too much|left out|flood
"""

import os
import sys

for _ in range(200):
    sys.stdout.write("x" * 10**6 + "\n")
for _ in range(100):
    os.write(1, b"x" * 10**6)
    os.write(2, b"\xff\x00\x1b[2J" * 10**5)
