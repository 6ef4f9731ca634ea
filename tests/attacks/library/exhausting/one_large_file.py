"""One file is made larger than the disk.

base  wheat
where a cell after solution_schedule
told  File too large|OSError
plain it would fill the disk
"""

with open("large", "wb") as file:
    file.truncate(10**13)
    file.write(b"x")
