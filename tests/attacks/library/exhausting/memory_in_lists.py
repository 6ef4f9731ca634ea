"""Lists grow until there is no memory left.

base  wheat
where a cell after solution_schedule
told  MemoryError|ended the kernel
case  nbgrader#427
plain it would take all memory of the machine
"""

hog = []
while True:
    hog.append(bytearray(32 * 1024**2))
