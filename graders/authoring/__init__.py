"""Tools for authors and instructors: assignments made, previewed, and added to courses.

shipped   the course that comes with the package: its assignments, and the stack that assignments copy
stack     an assignment's copy of the lab and of parts of the framework, kept equal to the package's
skeleton  the notebook and the specimens that a new assignment begins with
new       a new assignment in a course
preview   what students and graders will see of an assignment
setup     assignments and configuration for a course that exists already, or a new course
"""
