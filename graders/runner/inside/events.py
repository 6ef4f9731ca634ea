"""What a rich job's steps show, as events on the channel: their kinds, and how much of each there may be.

{"type": "stream", "name": "stdout" | "stderr", "text": "..."}
{"type": "display", "data": {MIME: "..."}, "values": {MIME: JSON}, "metadata": JSON,
 "display_id": "..." | null, "update": false}
{"type": "result", "data": {MIME: "..."}, "values": {MIME: JSON}, "metadata": JSON}
{"type": "error", "ename": "...", "evalue": "...", "traceback": ["...", ...]}
{"type": "clear", "wait": false}
{"type": "left_out"}    something was shown that is larger than allowed, or of no kind that a notebook has

JSON is JSON as a text, so that whoever hands it on need not look into it.
"""

from __future__ import annotations

EVIDENCE_TYPE = "application/vnd.tinystack.evidence"
"""What is published under this type is evidence; the same name as in `tinystack/lab/evidence.py`."""

LOST_STATUS = 71
"""Exit status of a job's process where the full kernel that it ran has ended."""

MAX_DISPLAY_BYTES = 4 * 1024 * 1024
"""What all displays of a job may take: some forty figures of the usual size."""

MAX_TYPES = 16
"""MIME types of one display; IPython knows twelve."""

MAX_TYPE_CHARS = 128
"""Longest name of a MIME type."""

MAX_JSON_CHARS = 512 * 1024
"""Longest data of a display that is JSON; as objects it takes twenty times as much."""

MAX_JSON_DEPTH = 40
"""How deep lists and objects may be nested in data and metadata."""

MAX_METADATA_CHARS = 8192
"""Longest metadata of a display, as JSON."""

MAX_NAME_CHARS = 200
"""Longest name of an error's type, and longest display_id."""

MAX_TRACEBACK_CHARS = 32_768
"""Longest traceback and longest message of an error; forty frames with their context take as much."""

MAX_TRACEBACK_PARTS = 200
"""Parts of a traceback: one for each frame, and a few more."""

MAX_OUTPUTS = 400
"""Outputs of one step, streams in one piece counted once."""
