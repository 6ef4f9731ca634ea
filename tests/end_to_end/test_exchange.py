"""The exchange: an assignment goes out, work comes back, feedback goes out, between accounts of the system.

Each command of nbgrader's exchange runs with the rights of the account that it is for. These accounts need
not be able to read the interpreter: a process that has imported everything forks, gives up its rights, and
runs the command. Making the release, grading and feedback need no exchange; they run as the account of the
tests, and what they made is handed over to the instructor.
"""

from __future__ import annotations

import copy
import os
import pwd
import re
import shutil
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jupyter_core.migrate  # noqa: F401 - loaded late, when nobody may read it
import nbformat
import nbgrader.exchange.default  # noqa: F401 - the same
import pytest
import sqlalchemy.dialects.sqlite  # noqa: F401 - the same
from nbformat import NotebookNode
from nbgrader.apps import (
    CollectApp,
    FetchAssignmentApp,
    FetchFeedbackApp,
    ReleaseAssignmentApp,
    ReleaseFeedbackApp,
    SubmitApp,
)

import graders.nbgrader_plugins.configuration  # noqa: F401 - the same, by nbgrader_config.py

ASSIGNMENT = "08_adam"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
ACCOUNTS = ("daemon", "nobody", "games")
"""An instructor and two students: accounts that every Linux has, and that own nothing."""

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n*", re.DOTALL)

EXCHANGE_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "training"
c.Exchange.root = {exchange!r}
"""


def missing() -> str:
    """Why commands cannot be run as other accounts here; empty where they can."""
    if sys.platform != "linux":
        return "accounts of the system are told apart as Linux does"
    if os.geteuid() != 0:
        return "only root may act as other accounts: run this test as root, as in a container"
    known = {entry.pw_name for entry in pwd.getpwall()}
    unknown = [name for name in ACCOUNTS if name not in known]
    return f"the system has no account {', '.join(unknown)}" if unknown else ""


pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@dataclass(frozen=True)
class Person:
    """An account, and the folder in which its owner works, which is closed to the others."""

    name: str
    folder: Path

    @property
    def uid(self) -> int:
        return pwd.getpwnam(self.name).pw_uid

    @property
    def gid(self) -> int:
        return pwd.getpwnam(self.name).pw_gid

    def take(self, path: Path) -> None:
        """Make everything in a folder this account's own."""
        for place in (path, *path.rglob("*")):
            os.chown(place, self.uid, self.gid, follow_symlinks=False)

    def nbgrader(self, app: Any, *arguments: str) -> None:
        """Run an nbgrader command with this account's rights; it must succeed."""
        code, said = self.run(lambda: app.launch_instance([*arguments]))
        assert code == 0, said

    def run(self, action: Any) -> tuple[int, str]:
        """Call a function in a process that has this account's rights, its folder and its home."""
        with tempfile.TemporaryFile("w+") as log:
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                child = os.fork()  # Python 3.12 warns where the tests themselves have threads
            if child == 0:
                self._be(action, log.fileno())
            _, status = os.waitpid(child, 0)
            log.seek(0)
            return os.waitstatus_to_exitcode(status), log.read()

    def _be(self, action: Any, log: int) -> None:
        """In the child: become this account, call the function, end. Never returns."""
        code = 1
        try:
            os.dup2(log, 1)
            os.dup2(log, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            warnings.resetwarnings()
            warnings.simplefilter("ignore")
            home = {"HOME": str(self.folder), "USER": self.name, "LOGNAME": self.name}
            home["JUPYTER_PREFER_ENV_PATH"] = "0"  # Jupyter looks at the environment's folder otherwise
            for name in [name for name in os.environ if name.startswith(("JUPYTER", "XDG", "PYTEST"))]:
                del os.environ[name]
            os.environ.update(home)
            os.chdir(self.folder)
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)
            action()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


@dataclass(frozen=True)
class School:
    """A course, its exchange, and three people."""

    root: Path
    course: Any  # commands in the instructor's folder, run as the account of the tests
    instructor: Person
    ada: Person
    bob: Person

    @property
    def exchange(self) -> Path:
        return self.root / "exchange"


@pytest.fixture
def school(repository: Path, new_course: Callable[[], Any]) -> Iterator[School]:
    """Folders that other accounts can reach, which pytest's own are not."""
    root = Path(tempfile.mkdtemp(prefix="exchange-"))
    root.chmod(0o755)
    people = [Person(name, root / name) for name in ACCOUNTS]
    made = School(root, replace(new_course(), root=people[0].folder), *people)
    made.exchange.mkdir()
    made.exchange.chmod(0o777)  # as nbgrader's manual has it: everybody makes folders in it
    config = EXCHANGE_CONFIG.format(exchange=str(made.exchange))
    for person in people:
        person.folder.mkdir(mode=0o700)
        (person.folder / "nbgrader_config.py").write_text(config)
    course = made.instructor.folder
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for folder in ("source", "specimens"):
        shutil.copytree(repository / folder / ASSIGNMENT, course / folder / ASSIGNMENT, ignore=ignored)
    plugins = "\nfrom graders.nbgrader_plugins.configuration import configure\n\nconfigure(c)\n"
    (course / "nbgrader_config.py").write_text(config + plugins)
    for person in people:
        person.take(person.folder)
    yield made
    shutil.rmtree(root)


def grading(school: School, *command: str) -> None:
    """Run a command of nbgrader that needs no exchange, and hand over to the instructor what it made."""
    school.course.nbgrader(*command)
    school.instructor.take(school.instructor.folder)


@pytest.fixture
def solved(repository: Path) -> NotebookNode:
    """The reference, as a student hands it in."""
    notebook = nbformat.read(repository / "source" / ASSIGNMENT / NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        cell.source = HIDDEN.sub("", cell.source)
    return notebook


def hand_in(student: Person, notebook: NotebookNode) -> None:
    """Write a solution over the notebook that was fetched, and submit it."""

    def save() -> None:
        nbformat.write(notebook, student.folder / ASSIGNMENT / NOTEBOOK)

    code, said = student.run(save)
    assert code == 0, said
    student.nbgrader(SubmitApp, ASSIGNMENT)


def feedback_of(student: Person) -> str:
    """The text of the one feedback page that a student has fetched."""
    (page,) = (student.folder / ASSIGNMENT / "feedback").rglob("*.html")
    assert page.stat().st_uid == student.uid
    return page.read_text()


def without_correction(notebook: NotebookNode) -> NotebookNode:
    broken = copy.deepcopy(notebook)
    for cell in broken.cells:
        cell.source = re.sub(r" / \(1 - beta. \*\* self\.counts\[i\]\)", "", cell.source)
    assert broken != notebook
    return broken


def test_work_goes_out_and_comes_back_as_feedback_between_accounts(
    school: School, solved: NotebookNode
) -> None:
    instructor, ada, bob = school.instructor, school.ada, school.bob
    grading(school, "generate_assignment", ASSIGNMENT)
    instructor.nbgrader(ReleaseAssignmentApp, ASSIGNMENT)
    for student, work in ((ada, solved), (bob, without_correction(solved))):
        student.nbgrader(FetchAssignmentApp, ASSIGNMENT)
        assert (student.folder / ASSIGNMENT / NOTEBOOK).stat().st_uid == student.uid
        hand_in(student, work)
    instructor.nbgrader(CollectApp, ASSIGNMENT)
    collected = instructor.folder / "submitted"
    assert {path.name for path in collected.iterdir()} == {ada.name, bob.name}
    assert {path.stat().st_uid for path in collected.rglob("*")} == {instructor.uid}

    grading(school, "autograde", ASSIGNMENT, "--create")
    grading(school, "generate_feedback", ASSIGNMENT)
    instructor.nbgrader(ReleaseFeedbackApp, ASSIGNMENT)
    for student in (ada, bob):
        student.nbgrader(FetchFeedbackApp, ASSIGNMENT)
    assert "bias correction: 5 of 5 points" in feedback_of(ada)
    assert "bias correction: 0 of 5 points" in feedback_of(bob)
    assert "without the correction of the first updates" in feedback_of(bob)


def can_list(person: Person, folder: Path) -> bool:
    return person.run(lambda: os.listdir(folder))[0] == 0


def test_students_reach_neither_the_course_nor_what_others_hand_in(
    school: School, solved: NotebookNode
) -> None:
    grading(school, "generate_assignment", ASSIGNMENT)
    school.instructor.nbgrader(ReleaseAssignmentApp, ASSIGNMENT)
    school.ada.nbgrader(FetchAssignmentApp, ASSIGNMENT)
    hand_in(school.ada, solved)
    outbound, inbound = (school.exchange / "training" / name for name in ("outbound", "inbound"))
    assert can_list(school.bob, outbound) and can_list(school.bob, school.bob.folder)
    assert not can_list(school.bob, inbound)
    assert not can_list(school.bob, school.ada.folder)
    assert not can_list(school.bob, school.instructor.folder / "source")
    assert can_list(school.instructor, inbound)
