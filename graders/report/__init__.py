"""The class report: what a class got, why, and what is left to do."""

from graders.report.build import build
from graders.report.records import SCHEMA, ClassReport, ReportError

__all__ = ["SCHEMA", "ClassReport", "ReportError", "build"]
