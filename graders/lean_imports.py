"""Import this before nbgrader: it spares every process of ours most of a second.

jsonschema can check internationalized web addresses with rfc3987_syntax, whose grammar takes 0.9 s to load.
It is optional for jsonschema, and no schema of notebooks has such addresses.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: an import of it fails at once
