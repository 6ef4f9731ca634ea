"""The process stops itself, and takes no time from then on.

base  wheat
where a cell after solution_checkpoint
told  did not end in time
plain like endless_and_deaf, which is tried
"""

import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
