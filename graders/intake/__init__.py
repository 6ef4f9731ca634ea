"""The intake: submissions as they really come, from folders and archives of an LMS into submitted/.

Everything here is hostile input, file names first. One bad entry costs only its student.
"""

from graders.intake.collect import collect_into, notes_of
from graders.intake.records import Collected, IntakeError, Problem, State, StudentIntake

__all__ = ["Collected", "IntakeError", "Problem", "State", "StudentIntake", "collect_into", "notes_of"]
