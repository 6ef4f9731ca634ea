"""Files are written until no more fits.

base  wheat
where a cell after solution_schedule
told  No space left|File too large
plain it would fill the disk
"""

import itertools

for number in itertools.count():
    with open(f"filler{number}", "wb") as file:
        for _ in range(7):
            file.write(bytes(2**20))
