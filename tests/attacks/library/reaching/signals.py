"""Every process is sent signals, the parent and the one with the secret among them.

base  chaff
where a cell after solution_evaluate
told  ended the kernel|signals sent|Died
plain it would end processes of the machine
"""

import os
import signal

for pid in [os.getppid(), int("@PID@"), *range(2, 500)]:
    if pid not in (os.getpid(), 0):
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except OSError:
                pass
print("signals sent")
os.kill(-1, signal.SIGKILL)
