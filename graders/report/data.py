"""The report as JSON and as CSV; docs/reference/report.md describes both."""

from __future__ import annotations

import csv
import io
from typing import Any

from graders.report.records import SCHEMA, Alike, Cause, ClassReport, Student
from graders.spreadsheet import harmless

COLUMNS = (
    "student_id",
    "name",
    "state",
    "score",
    "max_score",
    "late_penalty",
    "handed_in",
    "seconds",
    "needs_manual_grading",
    "root_causes",
    "problem",
    "repairs",
    "feedback",
)
"""Columns of the CSV form before those of the points, which have their names."""


def as_record(report: ClassReport) -> dict[str, Any]:
    """Return the report as plain data for JSON."""
    summary = report.summary
    return {
        "schema": SCHEMA,
        "assignment": report.assignment,
        "made": report.made.isoformat(timespec="seconds"),
        "max_score": report.max_score,
        "summary": {
            "graded": summary.count,
            "mean": summary.mean,
            "median": summary.median,
            "lowest": summary.lowest,
            "highest": summary.highest,
        },
        "distribution": [
            {"from": part.low, "to": part.high, "students": list(part.students)}
            for part in report.distribution
        ],
        "points": [
            {
                "name": rate.point.name,
                "title": rate.point.title,
                "max_score": rate.point.max_score,
                "full": rate.full,
                "part": rate.part,
                "none": rate.none,
            }
            for rate in report.pass_rates
        ],
        "causes": [{**_cause(count.cause), "students": list(count.students)} for count in report.causes],
        "slowest": [student.id for student in report.slowest],
        "failed_runs": [student.id for student in report.failed_runs],
        "students": [_student(student) for student in report.students],
        "alike": None if report.alike is None else _alike(report.alike),
    }


def _cause(cause: Cause) -> dict[str, str | None]:
    return {"point": cause.point, "cause": cause.name, "sentence": cause.sentence}


def _student(student: Student) -> dict[str, Any]:
    return {
        "id": student.id,
        "name": student.name,
        "state": str(student.state),
        "score": student.score,
        "late_penalty": student.penalty,
        "handed_in": student.handed_in.isoformat() if student.handed_in else None,
        "points": dict(student.points),
        "root_causes": [_cause(cause) for cause in student.causes],
        "needs_manual_grading": list(student.waiting),
        "needs_confirmation": list(student.unconfirmed),
        "problem": student.problem,
        "repairs": list(student.repairs),
        "run_failures": list(student.failures),
        "seconds": student.seconds,
        "feedback": student.feedback,
    }


def _alike(alike: Alike) -> dict[str, Any]:
    return {
        "compared": alike.compared,
        "typical": alike.typical,
        "threshold": alike.threshold,
        "pairs": [{"students": list(pair.students), "shares": list(pair.shares)} for pair in alike.pairs],
    }


def as_csv(report: ClassReport) -> str:
    """Return one line for each student. Text that a spreadsheet would run is made harmless."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*COLUMNS, *(harmless(point.name) for point in report.points)])
    for student in report.students:
        points = [student.points.get(point.name) for point in report.points]
        writer.writerow([*_row(student, report.max_score), *points])
    return file.getvalue()


def _row(student: Student, most: float) -> list[object]:
    causes = [f"{cause.point or 'any'}: {cause.name}" for cause in student.causes]
    return [
        harmless(student.id),
        harmless(student.name),
        str(student.state),
        student.score,
        most,
        student.penalty,
        student.handed_in.isoformat() if student.handed_in else None,
        student.seconds,
        harmless("; ".join(student.waiting)),
        harmless("; ".join(causes)),
        harmless(student.problem or ""),
        harmless("; ".join(student.repairs)),
        harmless(student.feedback or ""),
    ]
