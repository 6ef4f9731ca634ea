"""Sockets are opened that wait for visitors after the end.

base  wheat
where a cell after solution_schedule
told  PermissionError|listening
"""

import os
import socket
import time

inet = socket.create_server(("0.0.0.0", 0))
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\0@MARK@")
abstract.listen()
if os.fork() == 0:
    os.setsid()
    time.sleep(600)
    os._exit(0)
print("listening on", inet.getsockname()[1])
