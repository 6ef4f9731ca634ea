"""Import this before nbformat, whose validator asks for much that no schema of notebooks has a use for.

What jsonschema checks texts with of other kinds is optional for it, and seems not to be installed.
"""

from __future__ import annotations

from graders.lean_imports.standins import spared

OPTIONAL = ("isoduration", "rfc3986_validator", "rfc3987", "rfc3987_syntax", "uri_template", "webcolors")

with spared({}, OPTIONAL):
    import nbformat  # noqa: F401
