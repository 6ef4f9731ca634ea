"""Export plug-ins for nbgrader: grades as the CSV files that Canvas and Moodle import."""

from graders.export.canvas import CanvasExportPlugin
from graders.export.moodle import MoodleExportPlugin

__all__ = ["CanvasExportPlugin", "MoodleExportPlugin"]
