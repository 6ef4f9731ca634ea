"""nbgrader's Autograde for whole classes: a student whose notebook is missing is graded too."""

from __future__ import annotations

import glob
from pathlib import Path

from nbgrader.converters import Autograde


class AutogradeClass(Autograde):
    """Autograde for one student at a time, also where the folder holds no notebook of the expected name."""

    def init_notebooks(self) -> None:
        """Find the notebook; where it is missing, go on with its name.

        For that name the exporter makes an empty notebook.
        """
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        expected = str(Path(folder) / f"{self.coursedir.assignment_id}.ipynb")
        found = glob.glob(glob.escape(expected))
        self.assignments = {folder: found or [expected]}
        self.notebooks: list[str] = []
