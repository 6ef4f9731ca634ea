"""The namespaces of a job: mounts, network, messages and host name are its own, the rest is the keeper's."""

from __future__ import annotations

import os
from collections.abc import Iterable

from . import kernel, seccomp

NEW_NAMESPACES = {
    "mnt": 0x00020000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}

SHARED = ("user", "pid")
"""What jobs have in common with their keeper, one after another. The rest each has for itself."""

NOSUID, NODEV, NOEXEC = 2, 4, 8
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000

SCRATCH = os.environ.pop("GRADERS_SCRATCH", "/tmp")
"""The one folder that a job can write to, beside /dev/shm, which is a part of it."""

NOBODY = 65534
"""The user and group that the server becomes where root started it."""

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


def own_users() -> None:
    """Become the owner of a user namespace, which that of the jobs will be within. Raises OSError.

    That is what lets the zygote send jobs into the keeper's namespaces; it gives no other right.
    """
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(NEW_NAMESPACES["user"])
    _map_identity(user, group)


def fork() -> int:
    """Fork a keeper into namespaces, which it must `enter`. Return 0 in the child, else its pid."""
    return kernel.clone(_flags(NEW_NAMESPACES))


def enter(user: int, group: int) -> None:
    """Arrange the namespaces that this process, the first one in them, was forked into, and be locked there.

    user, group: who the zygote is. Raises OSError: the machine does not allow it; the text says what.
    """
    _map_identity(user, group)
    kernel.mount("none", "/", None, RECURSIVE | PRIVATE)
    kernel.mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
    _write("/proc/sys/user/max_user_namespaces", "0")
    _lock()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # what runs beside it as the same user must not look into it


def opened() -> tuple[int, int]:
    """Open what jobs share with this process, which is a keeper: the users' namespace, and the processes'."""
    users, processes = (os.open(f"/proc/self/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in SHARED)
    return users, processes


def lead_into(processes: int) -> None:
    """Let the next child of this process be one of a keeper's processes; it must `follow`. Raises OSError."""
    kernel.setns(processes, NEW_NAMESPACES["pid"])


def follow(users: int, scratch_bytes: int) -> None:
    """Become a job: in a keeper's namespaces, with others of its own, and locked there. Raises OSError."""
    kernel.setns(users, NEW_NAMESPACES["user"])
    kernel.unshare(_flags(NEW_NAMESPACES.keys() - SHARED))
    _mount_own(scratch_bytes)
    _lock()


def _flags(names: Iterable[str]) -> int:
    return sum(NEW_NAMESPACES[name] for name in names)


def _lock() -> None:
    kernel.drop_capabilities()
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
