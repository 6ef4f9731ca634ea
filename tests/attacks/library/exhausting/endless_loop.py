"""A loop that never ends, in a cell.

base  wheat
where a cell after solution_schedule
told  did not end in time
plain like endless_and_deaf, which is tried
"""

while True:
    pass
