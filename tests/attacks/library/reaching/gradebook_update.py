"""The gradebook is changed: full marks for all cells.

base  chaff
where a cell after solution_schedule
told  unable to open database file
case  nbgrader 0.9.6: an UPDATE is committed
"""

import sqlite3

with sqlite3.connect("@COURSE@/gradebook.db") as database:
    database.execute("update grade set auto_score = 15, manual_score = 15")
