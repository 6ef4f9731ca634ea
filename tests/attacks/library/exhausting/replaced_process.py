"""The process becomes another program.

base  wheat
where a cell after solution_checkpoint
told  ended the kernel
"""

import os

os.execv("/bin/sh", ["sh", "-c", "exit 0"])
