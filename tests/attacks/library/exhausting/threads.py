"""Threads without end.

base  wheat
where a cell after solution_schedule
told  can't start new thread|RuntimeError|MemoryError
plain it would take all processes of the machine
"""

import threading
import time

while True:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
