"""A folder in a folder in a folder, too deep for what removes it.

base  wheat
where a cell after solution_schedule
told  No space left|deep
plain it would leave a tree that is hard to remove
"""

import os

here = os.getcwd()
for _ in range(900):
    os.mkdir("deep")
    os.chdir("deep")
os.chdir(here)
os.symlink("/", "deep/up")
os.chmod("deep", 0)
print("deep")
