"""The environment of this process and of all others is read.

base  wheat
where a cell after solution_schedule
told  processes looked at
"""

import glob
import os

print(dict(os.environ))
count = 0
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/task/*/environ"):
    try:
        print(path, open(path, "rb").read())
        count += 1
    except OSError as error:
        print(path, error)
print(count, "processes looked at")
