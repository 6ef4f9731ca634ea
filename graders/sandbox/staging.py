"""The assignment's files as a sandbox sees them: copies, readable by everybody, without notebooks.

Copies, since a notebook that is saved while jobs run would appear in a folder that is only shown.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

NOTEBOOK = ".ipynb"
"""What is in the name of a notebook, and of an editor's copy of one."""

COMPILED = "__pycache__"
"""The folder of what Python makes of its sources, and makes anew where it is not there."""


def stage(assignment: Path, target: Path) -> None:
    """Copy an assignment's files to a new folder. Left out: notebooks, hidden files, and what is no file.

    Links are followed: what they stand for is copied, but for a folder that they lie in. Raises OSError: a
    file cannot be read.
    """
    _make_folder(target)
    for original, name in _shown(assignment):
        copy = target / name
        if original.is_dir():
            _make_folder(copy)
        else:
            shutil.copyfile(original, copy)
            shutil.copystat(original, copy)  # compiled modules are known by their sources' times
            copy.chmod(0o644)


def digest(assignment: Path) -> str:
    """Name an assignment by what a sandbox sees of it. Raises OSError: a file cannot be read."""
    found = hashlib.sha256()
    for original, name in _shown(assignment):
        if not original.is_dir() and COMPILED not in name.split(os.sep):
            found.update(os.fsencode(name) + b"\0" + hashlib.sha256(original.read_bytes()).digest())
    return found.hexdigest()


def _make_folder(path: Path) -> None:
    path.mkdir(mode=0o755)
    path.chmod(0o755)


def _shown(folder: Path, name: str = "", above: tuple[Path, ...] = ()) -> Iterator[tuple[Path, str]]:
    """Yield what is shown of a folder, with its name there; folders come before what is in them.

    name: of the folder itself. above: the folders that it lies in.
    """
    above = (*above, folder.resolve())
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or NOTEBOOK in path.name.lower():
            continue
        inner = os.path.join(name, path.name)
        if path.is_dir() and path.resolve() not in above:
            yield path, inner
            yield from _shown(path, inner, above)
        elif path.is_file():
            yield path, inner


def write_accounts(folder: Path, user: int, group: int, home: str) -> None:
    """Write the two files that give the sandbox's user a name."""
    for name, text in {
        "passwd": f"student:x:{user}:{group}:student:{home}:/bin/sh\n",
        "group": f"student:x:{group}:\n",
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
