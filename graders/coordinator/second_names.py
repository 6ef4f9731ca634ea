"""Files of a submission that are another file of the course under a second name: archives can hold those."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path


class SecondNames:
    """Knows all names of the course's files. They are listed once, and only if somebody has such a file."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def elsewhere(self, path: Path, folder: Path) -> bool:
        """Whether a file in a submission's folder has another name in the course, outside of that folder.

        Raises OSError: the file cannot be looked at.
        """
        found = path.stat()
        if found.st_nlink == 1:
            return False
        inside = os.path.join(folder.resolve(), "")
        return any(not name.startswith(inside) for name in self._names.get((found.st_dev, found.st_ino), ()))

    @cached_property
    def _names(self) -> Mapping[tuple[int, int], list[str]]:
        names: dict[tuple[int, int], list[str]] = defaultdict(list)
        folders = [str(self._root.resolve())]
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_file(follow_symlinks=False) and entry.stat().st_nlink > 1:
                        found = entry.stat()
                        names[found.st_dev, found.st_ino].append(entry.path)
        return names
