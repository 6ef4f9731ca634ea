"""The process aborts itself, in a cell and with its memory locked.

base  wheat
where a cell after solution_checkpoint
told  ended the kernel
"""

import ctypes
import os

ctypes.CDLL(None).mlockall(3)
os.abort()
