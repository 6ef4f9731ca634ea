"""A loop that never ends and catches whatever would end it.

base  wheat
where instead of solution_evaluate
told  did not end in time
case  nbgrader 0.9.6: no grade, the folder is removed
"""

import time

while True:
    try:
        time.sleep(0.1)
    except BaseException:
        pass
