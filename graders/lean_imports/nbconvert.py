"""Import this before nbconvert, which takes its parser of HTML from a package that takes long to import."""

from __future__ import annotations

from graders.lean_imports.standins import spared

UNUSED = {"bs4": ("BeautifulSoup",)}
"""What nbconvert calls where it makes HTML of a notebook, and nowhere else."""

with spared(UNUSED):
    import nbconvert  # noqa: F401
