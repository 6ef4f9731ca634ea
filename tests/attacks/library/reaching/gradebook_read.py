"""The gradebook is opened by its path.

base  wheat
where a cell after solution_schedule
told  unable to open database file|No such file
case  nbgrader 0.9.6: gradebook.db is readable in the kernel
"""

import sqlite3

database = sqlite3.connect("file:@COURSE@/gradebook.db?mode=ro", uri=True)
print(database.execute("select * from student").fetchall())
