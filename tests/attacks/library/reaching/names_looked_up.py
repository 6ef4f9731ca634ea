"""What was found is sent away in the name of a host that is looked up.

base  wheat
where a cell after solution_schedule
told  gaierror|name resolution|Name or service
"""

import socket

socket.getaddrinfo("@MARK@.example.invalid", 80)
