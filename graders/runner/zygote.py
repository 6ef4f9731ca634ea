"""The program of the untrusted side: `python -I -B zygote.py MODE ASSIGNMENT_FOLDER`.

MODE is `sandboxed`, inside of bubblewrap, or `unprotected`. Started by `nursery.py` with a clean environment,
and a socket to it as standard input; what follows is in `inside/server.py`. It never imports `graders`, which
holds the truth: its own modules, in `inside/`, are loaded by path, under a name of their own, not from
`sys.path`.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from pathlib import Path
from typing import Any

PACKAGE = "runner_inside"


def load_inside() -> Any:
    """Load the package in `inside/` by its path, and return its module `server`."""
    folder = Path(__file__).resolve().parent / "inside"
    spec = importlib.util.spec_from_file_location(PACKAGE, folder / "__init__.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} is no package")
    package = importlib.util.module_from_spec(spec)
    package.__path__ = [str(folder)]
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return importlib.import_module(f"{PACKAGE}.server")


def hide_graders() -> None:
    """Make `import graders` fail here, where an installed course or package would offer it.

    A student's code can undo this; it keeps honest code honest; in the sandbox there is no such folder.
    """
    sys.meta_path.insert(0, _Hidden())


class _Hidden(importlib.abc.MetaPathFinder):
    """Says that there is no package `graders`, before any other finder is asked."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        """Raise for `graders` and what is in it; leave everything else to the other finders."""
        if name.partition(".")[0] == "graders":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


if __name__ == "__main__":
    hide_graders()
    mode, assignment = sys.argv[1:]
    sys.exit(load_inside().serve(assignment, sandboxed=mode == "sandboxed"))
