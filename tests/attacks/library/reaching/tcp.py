"""Results are sent away over TCP, and a server of the machine is called.

base  wheat
where a cell after solution_schedule
told  PermissionError|refused|unreachable
"""

import socket

for host, port in (("127.0.0.1", int("@TCP@")), ("127.0.0.1", 22), ("192.0.2.1", 80), ("::1", int("@TCP@"))):
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(b"@MARK@")
            print("connected to", host, port)
    except OSError as error:
        print(host, port, repr(error))
