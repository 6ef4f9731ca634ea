"""The folders of an attempt: made, filled with the assignment's and the student's files, and removed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import PurePosixPath

MAX_COPY_BYTES = 1 << 20
"""A file of the assignment that is larger is a link to the original, and cannot be changed in place."""

MAX_DEPTH = 32
"""Parts of the path of a student's file; what is deeper makes trouble wherever it is walked through."""


def make_folders(scratch: str) -> tuple[str, str, str]:
    """Make the folders for settings, for work and for temporary files, and return their paths."""
    home, work, temporary = (os.path.join(scratch, name) for name in ("home", "work", "tmp"))
    for folder in (home, work, temporary):
        os.mkdir(folder)
    return home, work, temporary


def show_assignment(assignment: str, folder: str) -> None:
    """Let the assignment's files appear in a folder: small ones as copies, the rest as links."""
    with os.scandir(assignment) as entries:
        for entry in entries:
            _show(entry.path, os.path.join(folder, entry.name))


def _show(original: str, path: str) -> None:
    if os.path.isfile(original) and os.path.getsize(original) <= MAX_COPY_BYTES:
        shutil.copyfile(original, path)
    else:
        os.symlink(original, path)


def write_files(folder: str, files: Iterable[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Write a student's files into a new folder that shows an assignment. Return what was left out, and why.

    A path must be relative and lead nowhere else. What the assignment has is kept.
    """
    left_out = []
    for name, content in files:
        try:
            _write(folder, PurePosixPath(name), content)
        except (OSError, ValueError) as error:
            left_out.append((name, str(error)))
    return left_out


def _write(folder: str, path: PurePosixPath, content: bytes) -> None:
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError("it is no path inside of the working directory")
    if len(path.parts) > MAX_DEPTH:
        raise ValueError("it is nested too deeply")
    for part in path.parts[:-1]:
        folder = os.path.join(folder, part)
        if os.path.islink(folder) and os.path.isdir(folder):
            _unfold(folder)
        os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, path.name)
    if os.path.lexists(target):
        raise ValueError("the assignment has a file of that name")
    with open(target, "xb") as file:
        file.write(content)


def _unfold(link: str) -> None:
    """Turn a link to one of the assignment's folders into a folder that shows it."""
    original = os.readlink(link)
    os.unlink(link)
    os.mkdir(link)
    show_assignment(original, link)


def remove(folder: str) -> None:
    """Remove a folder with all that is in it. Links in it are removed, not followed."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):  # folders without permissions, or nested deeper than Python's stack
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run(
                [*command, "--", folder], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
