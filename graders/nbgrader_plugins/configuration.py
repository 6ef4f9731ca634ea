"""Sets the plug-ins in an nbgrader configuration."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    GetGrades,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
)
from traitlets.config import Config

from graders.nbgrader_plugins.execute import ExecuteSubmission
from graders.nbgrader_plugins.exporter import SubmissionExporter
from graders.nbgrader_plugins.feedback import FeedbackExporter
from graders.nbgrader_plugins.hide_tests import HideTests
from graders.nbgrader_plugins.judge import Judge
from graders.nbgrader_plugins.repair import RepairNotebook
from graders.nbgrader_plugins.save_grades import SaveVerdicts


def configure(c: Config) -> None:
    """Set the plug-ins. Call it last in `nbgrader_config.py`; lists that were set before are replaced."""
    _find_own_commands()
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = [
        RepairNotebook,
        ClearOutput,
        DeduplicateIds,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    c.Autograde.autograde_preprocessors = [
        ExecuteSubmission,
        LimitOutput,
        Judge,
        SaveVerdicts,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.GenerateFeedback.preprocessors = [GetGrades, HideTests]


def _find_own_commands() -> None:
    """Let nbgrader find `alembic`, which it starts by name, also where the environment is not activated."""
    own = str(Path(sys.executable).parent)
    if own not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([own, os.environ.get("PATH", os.defpath)])
