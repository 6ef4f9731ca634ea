"""What the client sends before a frame: one byte that says whom the frame is for."""

from __future__ import annotations

PREPARE = b"P"
"""For the zygote itself: {"experiments": [[name, code], ...]}, to be compiled once for all jobs.

A job then has references in place of the code, unless it is marked as `once`.
"""

ATTEMPT = b"A"
"""For a keeper. The zygote, which forks the job, never reads it."""

REHEARSE = b"R"
"""Between the processes of a sandbox alone: enter a job's namespaces, and end at once."""
