"""A filter of system calls: what no notebook needs and what has been used to break out is refused.

The namespaces and the missing capabilities are the wall; the filter makes the kernel behind it smaller. It is
classic BPF, assembled here: a jump table of numbers, checked against the architecture that they are for.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from collections.abc import Iterator
from functools import lru_cache

from . import kernel

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
ERRNO = 0x00050000

LOAD_WORD, JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_OFFSET, ARCHITECTURE_OFFSET, ARGUMENTS_OFFSET = 0, 4, 16
"""Where `struct seccomp_data` holds what a filter reads; arguments are of eight bytes, the low half first."""

ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

NEWEST_NUMBER = 462
"""System calls that are newer than this list do not exist here; programs then do without them."""

NEW_NAMESPACES = 0x7E020080
"""The flags of clone(2) that make namespaces, all eight of them."""

DENIED: dict[str, tuple[int | None, int | None]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    # mounts and namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "unshare": (272, 97),
    "setns": (308, 268),
    # large parts of the kernel that are often attacked
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # the machine itself
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    # files past their paths
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "lookup_dcookie": (212, 18),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    # where pages lie
    "mbind": (237, 235),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    # memory that no limit counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
}
"""Refused with EPERM: numbers on x86_64 and aarch64; None where there is no such call."""

CLONE3 = 435
"""Its flags lie in memory, where a filter cannot look. It does not exist here; libraries then use clone."""

CHECKED = {
    "clone": (56, 220),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "ioctl": (16, 29),
    "personality": (135, 92),
    "prlimit64": (302, 261),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
}
"""Allowed for some arguments."""

KEEPER = 1
"""The keeper's number among a job's processes. It is the same user's, who could make it wait for others."""

ALL_OF_A_USER = {"setpriority": 2, "ioprio_set": 3}

TERMINAL_INPUT = (0x5412, 0x541C)
"""ioctls that type on a terminal: TIOCSTI, TIOCLINUX."""

X32_BIT = 0x40000000
CURRENT_PERSONALITY = 0xFFFFFFFF

AF_NETLINK = 16
"""Not named by Python where it was built without."""

Instruction = tuple[int, int, int, int]


def install() -> None:
    """Put this process and all that it starts behind the filter. Raises OSError; ValueError elsewhere."""
    program = assemble(kernel.MACHINE)
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(instructions))
    pointer = ctypes.create_string_buffer(header, len(header))
    kernel.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(pointer))


@lru_cache(maxsize=2)
def assemble(machine: str) -> bytes:
    """Return the filter for a machine as the kernel takes it."""
    return b"".join(struct.pack("HBBI", *instruction) for instruction in _program(machine))


def _program(machine: str) -> Iterator[Instruction]:
    column = tuple(ARCHITECTURE).index(machine)
    yield _load(ARCHITECTURE_OFFSET)
    yield (JUMP_EQUAL, 1, 0, ARCHITECTURE[machine])
    yield (RETURN, 0, 0, KILL_PROCESS)
    yield _load(NUMBER_OFFSET)
    yield from _if(JUMP_GREATER_EQUAL, X32_BIT, KILL_PROCESS)
    yield from _if(JUMP_GREATER_EQUAL, NEWEST_NUMBER + 1, ERRNO | errno.ENOSYS)
    yield from _if(JUMP_EQUAL, CLONE3, ERRNO | errno.ENOSYS)
    for numbers in DENIED.values():
        if (number := numbers[column]) is not None:
            yield from _if(JUMP_EQUAL, number, ERRNO | errno.EPERM)
    for name, numbers in CHECKED.items():
        check = list(_check(name))
        yield (JUMP_EQUAL, 0, len(check), numbers[column])
        yield from check
    yield (RETURN, 0, 0, ALLOW)


def _check(name: str) -> Iterator[Instruction]:
    """Look at the arguments of one system call; the last instruction returns."""
    refuse = ERRNO | errno.EPERM
    match name:
        case "clone":
            yield _load(ARGUMENTS_OFFSET)
            yield from _if(JUMP_SET, NEW_NAMESPACES, refuse)
        case "socket" | "socketpair":
            yield _load(ARGUMENTS_OFFSET)
            # A full kernel's ZeroMQ asks for network interfaces, and ends its process at another answer.
            yield from _if(JUMP_EQUAL, AF_NETLINK, ERRNO | errno.EOPNOTSUPP)
            yield from _only((socket.AF_UNIX,), refuse)
        case "personality":
            yield from _only((0, CURRENT_PERSONALITY), refuse)
        case "prlimit64":  # of this process alone
            yield from _only((0,), refuse)
        case "setpriority" | "ioprio_set":
            yield _load(ARGUMENTS_OFFSET)
            yield from _if(JUMP_EQUAL, ALL_OF_A_USER[name], refuse)
            yield _load(ARGUMENTS_OFFSET + 8)
            yield from _if(JUMP_EQUAL, KEEPER, refuse)
        case "sched_setparam" | "sched_setscheduler" | "sched_setaffinity" | "sched_setattr":
            yield _load(ARGUMENTS_OFFSET)
            yield from _if(JUMP_EQUAL, KEEPER, refuse)
        case "ioctl":
            yield _load(ARGUMENTS_OFFSET + 8)
            for request in TERMINAL_INPUT:
                yield from _if(JUMP_EQUAL, request, refuse)
    yield (RETURN, 0, 0, ALLOW)


def _only(values: tuple[int, ...], otherwise: int) -> Iterator[Instruction]:
    """Allow the call if its first argument is one of the values."""
    yield _load(ARGUMENTS_OFFSET)
    for value in values:
        yield from _if(JUMP_EQUAL, value, ALLOW)
    yield (RETURN, 0, 0, otherwise)


def _load(offset: int) -> Instruction:
    return (LOAD_WORD, 0, 0, offset)


def _if(test: int, value: int, result: int) -> Iterator[Instruction]:
    """Return a result where a test of the word loaded last holds; go on where it does not."""
    yield (test, 0, 1, value)
    yield (RETURN, 0, 0, result)
