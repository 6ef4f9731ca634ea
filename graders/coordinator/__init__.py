"""The coordinator: plans a class's grading, gives submissions to workers, and alone writes what they return.

class_run     the whole of it, as `graders grade` asks for it
plan, version what has to be done for a student, and on what that depends
run           giving out tasks, and taking up what a lost worker left
tasks         a student's work, step by step
pool, cluster where workers run: here, or on a Dask cluster
reader        what is read of the course
writer        what is written, in an order that a crash cannot spoil
knowledge     what the reference and known bugs leave: known to workers, and added to by them
preparation   finding that out ahead of grading
staging       results set aside until somebody has agreed to what they change
"""

import graders.lean_imports.nbconvert
import graders.lean_imports.nbgrader  # noqa: F401 (both come before nbgrader)
from graders.coordinator.class_run import ClassRun, Options, StudentGrade
from graders.coordinator.cluster import ClusterError
from graders.coordinator.preparation import Preparation
from graders.coordinator.release import ReleaseError
from graders.coordinator.run import Watcher
from graders.coordinator.staging import Change
from graders.one_run import CourseBusyError, only_run

__all__ = [
    "Change",
    "ClassRun",
    "ClusterError",
    "CourseBusyError",
    "Options",
    "Preparation",
    "ReleaseError",
    "StudentGrade",
    "Watcher",
    "only_run",
]
