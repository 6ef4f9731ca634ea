"""Import this before nbgrader: it spares every process of ours most of a second.

Some of what nbgrader imports at its start no process of ours needs: its extensions of the Jupyter server,
setuptools, which unpacks archives, and requests, which asks a JupyterHub. While nbgrader is imported, they
have stand-ins, which call the real ones.
"""

from __future__ import annotations

import graders.lean_imports.nbformat  # noqa: F401 (comes before nbgrader, which imports nbformat)
from graders.lean_imports.standins import spared

EXTENSIONS = ("assignment_list", "course_list", "validate_assignment", "formgrader")

UNUSED = {
    "setuptools.archive_util": ("unpack_archive", "unpack_tarfile", "unpack_zipfile"),
    "requests": ("request",),
    **{f"nbgrader.server_extensions.{name}": ("load_jupyter_server_extension",) for name in EXTENSIONS},
}
"""Modules by their names, with the functions that nbgrader takes from them."""

with spared(UNUSED):
    import nbgrader.auth
    import nbgrader.utils  # noqa: F401
