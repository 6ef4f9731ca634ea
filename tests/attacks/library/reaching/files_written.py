"""Files are written wherever the account that grades may write.

base  wheat
where a cell after solution_schedule
told  tried to write
"""

import os

places = ["@COURSE@", "@COURSE@/submitted/wheat/07_training", "@COURSE@/autograded", "@HOME@", "@HOME@/.ssh"]
places += ["/", "/etc", "/usr/bin", "/var/tmp", "/run", "/root", "/assignment", "/runner", "/opt", "/proc/1"]
for place in places:
    try:
        with open(os.path.join(place, "@MARK@"), "w") as file:
            file.write("@MARK@")
        print("written:", place)
    except OSError as error:
        print(place, repr(error))
print("tried to write")
