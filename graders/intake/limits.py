"""How much the intake takes of one student and of one archive. What goes beyond is left out, and noted."""

from __future__ import annotations

MIB = 1024 * 1024

MAX_FILE_BYTES = 64 * MIB
"""Twice the largest notebook that is read; data files of homework are smaller."""

MAX_STUDENT_BYTES = 128 * MIB
"""All files of one attempt, unpacked."""

MAX_STUDENT_FILES = 500
"""Files of one attempt. A virtual environment or a repository's history has thousands; homework has a few."""

MAX_ARCHIVE_DEPTH = 2
"""Zip files within each other that are unpacked: an LMS or a file manager packs what is packed already."""

MAX_STUDENT_ARCHIVES = 20
"""Zip files of one attempt that are unpacked."""

MAX_RATIO = 200
"""Unpacked bytes for each packed one. Notebooks have 10, logs up to 100; zip bombs up to 1,032."""

RATIO_FREE_BYTES = 4 * MIB
"""Up to here the ratio does not matter: a small file of zeros is no bomb."""

MAX_DIRECTORY_BYTES = 8 * MIB
"""The table of contents of a student's zip file: some 80,000 names, which are read into memory at once."""

MAX_CLASS_DIRECTORY_BYTES = 512 * MIB
"""The same for the archive of a class, which the LMS has made: a few million names."""

MAX_DEPTH = 20
"""Folders within each other."""

MAX_NAME_BYTES = 200
"""One part of a path. File systems allow 255; the rest is for suffixes."""

MAX_ID_BYTES = 120
"""A student's id, which becomes the name of folders and of files with suffixes."""

MAX_NOTES = 20
"""Notes on one student's submission; a hostile archive gives thousands."""
