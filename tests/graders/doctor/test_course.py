"""What the doctor finds in a course: nothing in a good one, and each fault that is put into it."""

from __future__ import annotations

import os
import shlex
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from graders.course import STATES, Course
from graders.doctor import assignments, config, database, exchange, secret
from graders.doctor.findings import Finding, Level
from graders.nonce import SECRET_FILE, make_secret


def bad(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level is not Level.OK]


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = bad(findings)
    assert found.remedy
    return found


def loaded(course: Course) -> Config:
    made = config.load(course)[0]
    assert made is not None
    return made


def append(course: Course, line: str) -> None:
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f"\n{line}\n")


def test_a_good_configuration_has_no_finding(course: Course) -> None:
    assert bad(config.load(course)[1]) == []


@pytest.mark.parametrize(
    ("line", "level", "what", "remedy"),
    [
        ("c.Autograde.auto_grade_preprocesors = []", Level.PROBLEM, "c.Autograde.auto_", "autograde_preproc"),
        ("c.Exchang.root = '/x'", Level.WARNING, "c.Exchang ", "did you mean Exchange?"),
        ("c.ExecuteSubmission.timeot = 3", Level.PROBLEM, "timeot is no setting", "did you mean timeout?"),
        ("c.Autograde.autograde_preprocessors = []", Level.PROBLEM, "plug-ins are not set", "graders init"),
        ("import no_such_module", Level.PROBLEM, "no_such_module", "mend it"),
    ],
)
def test_what_nbgrader_passes_over_in_silence_is_found(
    course: Course, line: str, level: Level, what: str, remedy: str
) -> None:
    append(course, line)
    found = only(config.load(course)[1])
    assert found.level is level and what in found.what and remedy in found.remedy


def test_settings_of_other_programs_and_of_parents_are_left_alone(course: Course) -> None:
    append(course, "c.Exchange.root = '/x'\nc.ExchangeSubmit.strict = True\nc.Execute.timeout = 9")
    assert bad(config.load(course)[1]) == []


@pytest.fixture
def book(course: Course) -> Path:
    """The course's gradebook, made by nbgrader, with a backup."""
    path = course.root / "gradebook.db"
    with Gradebook(f"sqlite:///{path}"):
        pass
    path.with_name("gradebook.db.backup").write_bytes(path.read_bytes())
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_gradebook_that_is_not_there_yet_is_fine(course: Course) -> None:
    assert bad(database.examine(loaded(course))) == []


def test_a_good_gradebook_has_no_finding(course: Course, book: Path) -> None:
    assert bad(database.examine(loaded(course))) == []


def remove_backup(book: Path) -> None:
    book.with_name("gradebook.db.backup").unlink()


def age_backup(book: Path) -> None:
    old = time.time() - 5 * 86_400
    os.utime(book.with_name("gradebook.db.backup"), (old, old))


@pytest.mark.parametrize(
    ("fault", "level", "what"),
    [
        (remove_backup, Level.WARNING, "no backup"),
        (age_backup, Level.WARNING, "5 days older"),
        (
            lambda book: change(book, "update alembic_version set version_num='x'"),
            Level.PROBLEM,
            "schema is x",
        ),
        (lambda book: change(book, "drop table alembic_version"), Level.PROBLEM, "no such table"),
        (lambda book: book.write_text("no database" * 100), Level.PROBLEM, "not a database"),
    ],
)
def test_each_fault_of_a_gradebook_is_found(
    course: Course, book: Path, fault: Callable[[Path], object], level: Level, what: str
) -> None:
    fault(book)
    found = only(database.examine(loaded(course)))
    assert found.level is level and what in found.what


def test_the_command_for_a_backup_can_be_pasted_whatever_the_folder_is_called(
    course: Course, book: Path, tmp_path: Path
) -> None:
    place = tmp_path / "Kurs Übung $1"
    place.mkdir()
    moved = book.rename(place / book.name)
    append(course, f"c.CourseDirectory.db_url = 'sqlite:///{moved}'")
    command = only(database.examine(loaded(course))).remedy.partition(": ")[2]
    assert shlex.split(command) == ["sqlite3", str(moved), f'.backup "{moved}.backup"']


def test_a_folder_in_place_of_the_gradebook_is_found(course: Course, book: Path) -> None:
    book.unlink()
    book.mkdir()
    found = only(database.examine(loaded(course)))
    assert found.level is Level.PROBLEM and f"{book} is no file" in found.what and "backup" in found.remedy


def test_a_schema_of_an_older_nbgrader_is_to_be_upgraded(course: Course, book: Path) -> None:
    change(book, "update alembic_version set version_num='50a4d84c131a'")
    found = only(database.examine(loaded(course)))
    assert "50a4d84c131a" in found.what and "nbgrader db upgrade" in found.remedy


def test_a_gradebook_that_somebody_else_writes_is_locked(course: Course, book: Path) -> None:
    with closing(sqlite3.connect(book, isolation_level=None)) as other:
        other.execute("begin exclusive")
        found = only(database.examine(loaded(course)))
        other.execute("rollback")
    assert "locked" in found.what and "close the formgrader" in found.remedy


def test_an_address_that_is_none_is_found(course: Course) -> None:
    append(course, "c.CourseDirectory.db_url = 'gradebook'")
    assert "'gradebook' is no database" in only(database.examine(loaded(course))).what


def test_a_course_that_others_can_enter_is_found(course: Course) -> None:
    assert bad(exchange.examine(course, loaded(course))) == []
    course.root.chmod(0o755)
    assert "chmod o-rwx" in only(exchange.examine(course, loaded(course))).remedy


def test_a_course_that_cannot_be_written_is_found(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != course.root)
    found = only(exchange.examine(course, loaded(course)))
    assert found.level is Level.PROBLEM and "not writable" in found.what and str(course.root) in found.what


@pytest.fixture
def kept(course: Course) -> Path:
    """The file of the course's secret."""
    make_secret(course.root)
    return course.root / SECRET_FILE


def test_a_good_secret_has_no_finding(course: Course, kept: Path) -> None:
    assert bad(secret.examine(course)) == []


def test_a_secret_that_is_not_made_yet_is_fine(course: Course) -> None:
    (found,) = secret.examine(course)
    assert found.level is Level.OK and "not there yet" in found.what


def test_a_secret_that_others_can_read_is_found(course: Course, kept: Path) -> None:
    kept.chmod(0o644)
    assert only(secret.examine(course)).remedy == f"run chmod 600 '{kept}'"


def test_a_damaged_secret_is_found(course: Course, kept: Path) -> None:
    kept.write_text("0123")
    found = only(secret.examine(course))
    assert found.level is Level.PROBLEM and f"{kept} holds no secret" in found.what
    assert found.remedy.startswith("restore it from a backup")


def test_a_lost_secret_is_found_where_work_was_graded_with_it(course: Course, kept: Path) -> None:
    state = course.root / STATES / "08_adam" / "ada.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    kept.unlink()
    found = only(secret.examine(course))
    assert found.level is Level.PROBLEM and f"{kept} is gone" in found.what
    assert found.remedy.startswith("restore it from a backup") and "--force" in found.remedy


@pytest.fixture
def root(course: Course, tmp_path: Path) -> Path:
    """An exchange that the course names, and that something was released into."""
    place = tmp_path / "exchange"
    (place / "course" / "inbound").mkdir(parents=True)
    (place / "course" / "inbound").chmod(0o2733)
    append(course, f"c.Exchange.root = {str(place)!r}")
    return place


def test_a_good_exchange_has_no_finding(course: Course, root: Path) -> None:
    assert bad(exchange.examine(course, loaded(course))) == []


def test_an_exchange_that_is_not_there_is_found(course: Course, root: Path) -> None:
    root.rename(root.with_name("moved"))
    assert f"mkdir -p {root}" in only(exchange.examine(course, loaded(course))).remedy


@pytest.mark.parametrize(("mode", "remedy"), [(0o2777, "chmod o-r "), (0o700, "chmod ugo+wx ")])
def test_an_inbox_with_the_wrong_rights_is_found(course: Course, root: Path, mode: int, remedy: str) -> None:
    (root / "course" / "inbound").chmod(mode)
    assert remedy in only(exchange.examine(course, loaded(course))).remedy


def test_an_exchange_needs_a_course_with_a_name(course: Course, root: Path) -> None:
    append(course, "c.CourseDirectory.course_id = ''")
    assert "course_id" in only(exchange.examine(course, loaded(course))).remedy


def test_a_good_assignment_has_no_finding(course: Course) -> None:
    assert bad(assignments.examine(course)) == []


def spoil(course: Course, old: str, new: str) -> None:
    path = course.root / "source" / "08_adam" / "08_adam.ipynb"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_notebook_that_is_none_is_found(course: Course) -> None:
    path = course.root / "source" / "08_adam" / "08_adam.ipynb"
    path.write_text(path.read_text()[:-100])
    assert "cannot be read as a notebook" in only(assignments.examine(course)).what


def test_a_reference_that_fails_its_own_experiment_is_found(course: Course) -> None:
    spoil(course, "return mean / (np.sqrt(square) + self.eps)", "raise RuntimeError('spoilt')")
    found = only(assignments.examine(course))
    assert found.level is Level.PROBLEM and "spoilt" in found.what


def test_a_lab_that_was_changed_is_found(course: Course) -> None:
    with (course.root / "source" / "08_adam" / "tinystack" / "lab" / "part.py").open("a") as file:
        file.write("# mine\n")
    found = only(assignments.examine(course))
    assert "lab/part.py" in found.what and "graders new 08_adam --update-lab" in found.remedy


def test_an_assignment_that_nobody_measured_is_found(course: Course) -> None:
    (course.root / "specimens").rename(course.root / "elsewhere")
    assert "what the tests of 08_adam are worth" in only(assignments.examine(course)).what


def test_an_assignment_without_experiments_is_nbgraders_and_no_fault(course: Course) -> None:
    (course.root / "source" / "ps1").mkdir()
    nbformat.write(nbformat.v4.new_notebook(), course.root / "source" / "ps1" / "ps1.ipynb")
    found = list(assignments.examine(course))
    assert bad(found) == [] and any("ps1: no experiments" in finding.what for finding in found)


def test_a_course_without_assignments_is_found(course: Course) -> None:
    (course.root / "source" / "08_adam").rename(course.root / "elsewhere")
    assert "graders init" in only(assignments.examine(course)).remedy
