"""Empty files are made until there are no more entries in the file system.

base  wheat
where a cell after solution_schedule
told  No space left
plain it would fill the disk
"""

import itertools
import os

for number in itertools.count():
    os.close(os.open(f"/dev/shm/file{number}", os.O_CREAT | os.O_WRONLY))
