"""Puts results in place: the folders that nbgrader would have made, each replaced in one step.

files        what is in a folder, without links that lead out of it
replacing    a folder built beside the one that it replaces
publisher    autograded/STUDENT/ASSIGNMENT and feedback/STUDENT/ASSIGNMENT
"""

from graders.publication.publisher import PublicationError, Publisher

__all__ = ["PublicationError", "Publisher"]
