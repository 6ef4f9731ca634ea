"""The command lines of other processes are read, and their folders and open files.

base  wheat
where a cell after solution_schedule
told  processes seen
"""

import glob
import os

seen = 0
for folder in glob.glob("/proc/[0-9]*"):
    seen += 1
    for name in ("cmdline", "status", "maps", "mountinfo", "limits"):
        try:
            print(folder, name, open(f"{folder}/{name}", "rb").read()[:1500])
        except OSError as error:
            print(folder, name, error)
    for link in glob.glob(folder + "/fd/*") + [folder + "/cwd", folder + "/root", folder + "/exe"]:
        try:
            print(link, os.readlink(link))
        except OSError as error:
            print(link, error)
print(seen, "processes seen")
