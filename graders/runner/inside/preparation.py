"""What every job needs, imported and made once; a job's process is a copy of the one that did."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence

from . import child, namespaces
from .channel import Ends
from .frames import Frame
from .holes import fill_holes
from .shell import StudentShell, make_shell
from .warming import warm_up

NEW_OBJECTS = 10_000
"""So many are made before cycles among them are looked for: jobs are short, and have little to forget."""


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
    gc.set_threshold(NEW_OBJECTS)
    settle()
    return shell


def settle() -> None:
    """Arrange memory for those that are forked from now on: what is here is here for good."""
    gc.collect()
    gc.freeze()
    fill_holes()


def _check_origin(file: str, name: str, assignment: str) -> None:
    inside = os.path.realpath(file).startswith(os.path.join(assignment, ""))
    if name.startswith("tinystack") and not inside:
        raise ImportError(f"{name} was found in {file}")


def fork_job(shell: StudentShell, assignment: str, job: Frame, ends: Ends, scratch: str) -> int:
    """Fork a job that works in a folder, without protection; return its number."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        child.main(shell, job, ends, child.Surroundings(scratch, assignment, parent))
    return pid
