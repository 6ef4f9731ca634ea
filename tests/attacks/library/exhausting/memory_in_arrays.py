"""One array is larger than the machine, others fill it from several processes.

base  wheat
where a cell after solution_schedule
told  MemoryError|ended the kernel|Unable to allocate
plain it would take all memory of the machine
"""

import os

for _ in range(6):
    if os.fork() == 0:
        held = []
        try:
            while True:
                held.append(np.ones(2**22))
        except MemoryError:
            import time

            time.sleep(1)
            os._exit(0)
import time

time.sleep(1.5)
np.ones(2**40)
