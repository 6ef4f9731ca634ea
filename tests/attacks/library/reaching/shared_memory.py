"""Messages for others are left in shared memory, semaphores and queues.

base  wheat
where a cell after solution_schedule
told  left in memory
"""

import ctypes
from multiprocessing import shared_memory

libc = ctypes.CDLL(None, use_errno=True)
try:
    block = shared_memory.SharedMemory("@MARK@", create=True, size=1000)
    block.buf[:6] = b"@MARK@"[:6]
except OSError as error:
    print(repr(error))
print("left in memory", libc.shmget(0x1234567, 4096, 0o1666), libc.msgget(0x1234567, 0o1666))
for path in ("/dev/shm", "/dev/mqueue"):
    try:
        import os

        print(path, os.listdir(path))
    except OSError as error:
        print(path, repr(error))
