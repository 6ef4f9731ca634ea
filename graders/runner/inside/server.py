"""The zygote's life: import everything once, say READY, make one attempt per request until the end."""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence

from . import namespaces
from .folders import make_folders
from .frames import receive, send
from .keeper import Zygote, make_attempt, rehearse
from .kinds import ATTEMPT, PREPARE
from .precompiled import keep
from .shell import StudentShell, make_shell
from .warming import warm_up

CHANNEL_DESCRIPTOR = 60
"""Lowest number for the channel: above what libraries open while they are imported."""

NEW_OBJECTS = 10_000
"""So many are made before cycles among them are looked for: jobs are short, and have little to forget."""


def serve(assignment: str, preload: Sequence[str], sandboxed: bool) -> int:
    """Serve attempts at jobs of one assignment. Return the exit status: 1 if it could not start.

    sandboxed: this process runs inside of bubblewrap, and each attempt gets namespaces of its own.
    """
    requests, replies = take_channel()
    try:
        if sandboxed:
            namespaces.become_nobody()
            make_folders(namespaces.SCRATCH)  # the same as in every job, for what libraries remember
            rehearse()
    except (OSError, KeyError, ValueError) as error:
        send(replies, {"kind": "failed", "message": str(error), "sandbox": True})
        return 1
    try:
        shell = prepare(assignment, preload, sandboxed)
    except BaseException as error:
        send(replies, {"kind": "failed", "message": f"{type(error).__name__}: {error}"})
        return 1
    send(replies, {"kind": "ready"})
    return _serve_requests(Zygote(shell, assignment, requests, replies, sandboxed))


def _serve_requests(zygote: Zygote) -> int:
    while kind := os.read(zygote.requests, 1):
        if kind == PREPARE:
            for name, code in (receive(zygote.requests) or {"experiments": []})["experiments"]:
                keep(name, code)
        elif kind != ATTEMPT or not make_attempt(zygote):
            return 1
    return 0


def take_channel() -> tuple[int, int]:
    """Move the channel away from standard input and output, so that a print cannot corrupt it."""
    requests, replies = (fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, CHANNEL_DESCRIPTOR) for number in (0, 1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, replies


def prepare(assignment: str, preload: Sequence[str], sandboxed: bool) -> StudentShell:
    """Import what every job needs, and make the shell; what exists now is shared by all children.

    sandboxed: every job has the same folders.
    """
    sys.path.insert(0, assignment)
    for name in ("numpy", "numpy.random", "tinystack", "tinystack.lab", *preload):
        module = importlib.import_module(name)
        _check_origin(module.__file__ or "", name, assignment)
    shell = make_shell()
    warm_up(shell)
    shell.keep_values_below(os.path.join(namespaces.SCRATCH, "home") if sandboxed else tempfile.mkdtemp())
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    return shell


def _check_origin(file: str, name: str, assignment: str) -> None:
    inside = os.path.realpath(file).startswith(os.path.join(assignment, ""))
    if name.startswith("tinystack") and not inside:
        raise ImportError(f"{name} was found in {file}")
