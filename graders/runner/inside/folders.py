"""Removing a folder that a student's code has written to."""

from __future__ import annotations

import shutil
import subprocess


def remove(folder: str) -> None:
    """Remove a folder with all that is in it. Links in it are removed, not followed."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):  # folders without permissions, or nested deeper than Python's stack
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run(
                [*command, "--", folder], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
