"""The assignment's files as a sandbox sees them: copies, readable by everybody, without notebooks.

Copies, since a notebook that is saved while jobs run would appear in a folder that is only shown.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NOTEBOOK = ".ipynb"
"""What is in the name of a notebook, and of an editor's copy of one."""


def stage(assignment: Path, target: Path, above: tuple[Path, ...] = ()) -> None:
    """Copy an assignment's files to a new folder. Left out: notebooks, hidden files, and what is no file.

    Links are followed: what they stand for is copied, but for a folder that they lie in. above: these
    folders. Raises OSError: a file cannot be read.
    """
    above = (*above, assignment.resolve())
    target.mkdir(mode=0o755)
    target.chmod(0o755)
    with os.scandir(assignment) as entries:
        for entry in entries:
            copy = target / entry.name
            if entry.name.startswith(".") or NOTEBOOK in entry.name.lower():
                continue
            if entry.is_dir() and Path(entry.path).resolve() not in above:
                stage(Path(entry.path), copy, above)
            elif entry.is_file():
                shutil.copyfile(entry.path, copy)
                shutil.copystat(entry.path, copy)  # compiled modules are known by their sources' times
                copy.chmod(0o644)


def write_accounts(folder: Path, user: int, group: int, home: str) -> None:
    """Write the two files that give the sandbox's user a name."""
    for name, text in {
        "passwd": f"student:x:{user}:{group}:student:{home}:/bin/sh\n",
        "group": f"student:x:{group}:\n",
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
