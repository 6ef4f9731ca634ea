"""The feedback page: what a student reads of a graded notebook, as one HTML file that needs nothing else.

It is made of the autograded notebook's metadata and outputs and of the gradebook's numbers alone: nothing
here opens a database or knows of nbgrader. The page loads nothing and runs no script, whatever students
put in.

    page       render: notebook and grades become the page
    grades     the gradebook's numbers, as plain records
    summary    the points on top: outcome, cause, what explains what
    cells      the notebook's cells, one after the other
    outline    headings: one order for the page, and the table of contents
    outputs    what a cell showed
    text       Markdown, code and HTML of students, made safe; kept, as most cells are the same for all
    hiding     hidden tests are left out of the source
"""

from graders.feedback.grades import CellGrade, Grades
from graders.feedback.page import render

__all__ = ["CellGrade", "Grades", "render"]
