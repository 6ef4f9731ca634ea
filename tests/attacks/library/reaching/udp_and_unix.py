"""Datagrams and sockets without a file are tried, which no file system hides.

base  wheat
where a cell after solution_schedule
told  sockets tried
"""

import glob
import socket

for family, kind, address in (
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int("@UDP@"))),
    (socket.AF_UNIX, socket.SOCK_STREAM, "\0@UNIX@"),
    *((socket.AF_UNIX, socket.SOCK_STREAM, path) for path in glob.glob("/run/*.sock") + ["/run/docker.sock"]),
):
    try:
        with socket.socket(family, kind) as one:
            one.settimeout(1)
            one.connect(address)
            one.send(b"@MARK@")
            print("sent to", address)
    except OSError as error:
        print(address, repr(error))
print("sockets tried")
