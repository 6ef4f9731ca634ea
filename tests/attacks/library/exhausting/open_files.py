"""Files, pipes and sockets are opened and never closed.

base  wheat
where a cell after solution_schedule
told  Too many open files
"""

import os
import socket

kept = []
while True:
    kept.append((os.pipe(), socket.socketpair(), open("/dev/null")))
