"""The memory of this process's parents is read and written, by /proc and by ptrace.

base  chaff
where a cell after solution_schedule
told  PermissionError|processes tried
"""

import ctypes
import os

PTRACE_ATTACH = 16
libc = ctypes.CDLL(None, use_errno=True)
results = []
for pid in [os.getppid(), 1, 2, 3, 4, int("@PID@")]:
    if pid in (0, os.getpid()):
        continue
    results.append((pid, libc.ptrace(PTRACE_ATTACH, pid, None, None), os.strerror(ctypes.get_errno())))
    for line in open(f"/proc/{pid}/maps").readlines()[:40] if os.path.exists(f"/proc/{pid}/maps") else ():
        try:
            begin, end = (int(part, 16) for part in line.split()[0].split("-"))
            with open(f"/proc/{pid}/mem", "r+b", 0) as memory:
                memory.seek(begin)
                print(memory.read(min(end - begin, 100_000)))
                memory.seek(begin)
                memory.write(b"\xcc" * 64)
        except (OSError, ValueError) as error:
            results.append((pid, str(error)))
            break
print("processes tried:", results)
