"""The class's gradebook, nbgrader's own database: few queries to read it, one transaction per student.

records      what is read of it, as plain data
tables       nbgrader's tables
database     transactions, waiting for locks, and errors that name the file and the remedy
frame        the assignment: its notebooks and cells
saving       what nbgrader's autograding leaves of one student
fitting      whether a graded submission fits the assignment
cells        the rows of cells
penalties    points for being late, from nbgrader's plug-in
reading      what is there of students
book         all of it for one assignment, opened once for a class
confirmation the points by hand that nbgrader wants confirmed, in words
whole        nbgrader's own gradebook, for exporters, which ask it for every submission
"""

from graders.gradebook.book import ClassGradebook
from graders.gradebook.database import GradebookError, GradebookLocked, NotInGradebook
from graders.gradebook.records import (
    ByHand,
    CellGrade,
    Frame,
    FrameCell,
    FrameNotebook,
    NotebookRows,
    StoredSubmission,
    StudentRows,
)

__all__ = [
    "ByHand",
    "CellGrade",
    "ClassGradebook",
    "Frame",
    "FrameCell",
    "FrameNotebook",
    "GradebookError",
    "GradebookLocked",
    "NotInGradebook",
    "NotebookRows",
    "StoredSubmission",
    "StudentRows",
]
