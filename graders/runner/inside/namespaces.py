"""The namespaces of one job: its own mounts, processes, users, network, messages and host name."""

from __future__ import annotations

import os

from . import kernel, seccomp

NEW_NAMESPACES = {
    "mount": 0x00020000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}

NOSUID, NODEV, NOEXEC = 2, 4, 8
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000

SCRATCH = os.environ.pop("GRADERS_SCRATCH", "/tmp")
"""The one folder that a job can write to, beside /dev/shm, which is a part of it."""

NOBODY = 65534
"""The user and group that a zygote started by root becomes."""

BYTES_PER_FILE = 16 * 1024
"""For so many bytes of scratch there may be one file: 8192 in 128 MiB."""

MIN_FILES = 1024


def become_nobody() -> None:
    """Give up root's identity, where this process has it. Raises OSError.

    Where root starts bubblewrap, it covers parts of /proc that root could write to; the kernel then refuses a
    job a /proc of its own, which would show them. Nobody can write to none of it, so that it can be shown.
    """
    if os.geteuid() == 0:
        kernel.mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
        os.chmod(SCRATCH, 0o1777)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # its files in /proc are its own again


def fork() -> int:
    """Fork into namespaces of its own; the child must `enter` them. Return 0 in the child, else its pid."""
    flags = 0
    for flag in NEW_NAMESPACES.values():
        flags |= flag
    return kernel.clone(flags)


def enter(user: int, group: int, scratch_bytes: int) -> None:
    """Arrange the namespaces that this process, the first one in them, was forked into, and lock them.

    user, group: who the zygote is. Raises OSError: the machine does not allow it; the text says what.
    """
    _map_identity(user, group)
    _mount_own(scratch_bytes)
    _write("/proc/sys/user/max_user_namespaces", "0")
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # what runs beside it as the same user must not look into it
    seccomp.install()


def _map_identity(user: int, group: int) -> None:
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def _mount_own(scratch_bytes: int) -> None:
    files = max(MIN_FILES, scratch_bytes // BYTES_PER_FILE)
    kernel.mount("none", "/", None, RECURSIVE | PRIVATE)
    limits = f"size={scratch_bytes},nr_inodes={files},mode=700"
    kernel.mount("tmpfs", SCRATCH, "tmpfs", NOSUID | NODEV, limits)
    shared = os.path.join(SCRATCH, "shm")
    os.mkdir(shared)
    kernel.mount(shared, "/dev/shm", None, BIND)
    kernel.mount("devpts", "/dev/pts", "devpts", NOSUID | NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    kernel.mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
