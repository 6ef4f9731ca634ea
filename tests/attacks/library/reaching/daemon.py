"""A process is left behind that goes on after the notebook has ended, and waits for its chance.

base  wheat
where a cell after solution_schedule
told  left behind
"""

import os
import subprocess
import sys

waiting = "import sys, time, os\nos.setsid()\nfor _ in range(600): time.sleep(1)"
for _ in range(3):
    subprocess.Popen(
        [sys.executable, "-c", waiting, "@MARK@"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    import time

    time.sleep(600)
    os._exit(0)
print("left behind")
