"""Setting up a course: what is planned is said, what is there is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.authoring.setup import GITIGNORE, Kind, Plan, SetupError, carry_out, plan
from graders.course import CONFIG, Course, is_course
from graders.doctor.config import missing_plug_ins

OLD = 'c = get_config()\nc.CourseDirectory.course_id = "old"\nc.ClearSolutions.code_stub = {"python": "..."}'


def written(root: Path, config: str = OLD) -> Path:
    root.mkdir(exist_ok=True)
    (root / CONFIG).write_text(config)
    return root


def kinds(planned: Plan) -> list[tuple[str, str]]:
    return [
        (str(change.kind), change.path.relative_to(planned.root).as_posix()) for change in planned.changes
    ]


def set_up(root: Path, *names: str, replace: bool = False) -> Path | None:
    return carry_out(plan(root, names or ("07_training",), replace=replace))


def test_planning_changes_nothing(tmp_path: Path) -> None:
    planned = plan(tmp_path / "new", ["07_training", "08_adam"])
    assert kinds(planned) == [
        ("make", CONFIG),
        ("make", ".gitignore"),
        ("make", "source/07_training"),
        ("make", "source/08_adam"),
        ("make", "specimens/08_adam"),
    ]
    assert not (tmp_path / "new").exists()


def test_a_new_course_has_the_assignment_and_the_plug_ins_and_is_closed_to_others(tmp_path: Path) -> None:
    set_up(tmp_path / "spring term")
    course = Course(tmp_path / "spring term")
    assert is_course(course.root) and course.assignments() == ["07_training"]
    assert missing_plug_ins(course.config()) == []
    assert course.config().CourseDirectory.course_id == "spring-term"
    assert course.root.stat().st_mode & 0o077 == 0


def test_an_old_course_keeps_its_settings_and_gets_one_block_at_the_end(tmp_path: Path) -> None:
    root = written(tmp_path / "old")
    assert kinds(plan(root, ["07_training"])) == [("append to", CONFIG), ("make", "source/07_training")]
    set_up(root)
    assert (root / CONFIG).read_text().startswith(OLD + "\n")
    config = Course(root).config()
    assert (config.CourseDirectory.course_id, config.ClearSolutions.code_stub) == ("old", {"python": "..."})
    assert missing_plug_ins(config) == []


def test_done_twice_it_does_nothing_the_second_time(tmp_path: Path) -> None:
    root = written(tmp_path / "old")
    set_up(root)
    before = (root / CONFIG).read_text()
    assert plan(root, ["07_training"]).changes == ()
    set_up(root)
    assert (root / CONFIG).read_text() == before


def test_lists_that_the_instructor_set_are_named(tmp_path: Path) -> None:
    more = '\nc.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.Execute"]\n'
    planned = plan(written(tmp_path / "old", OLD + more), ["07_training"])
    assert [note for note in planned.notes if "c.Autograde.autograde_preprocessors" in note]
    assert not [note for note in planned.notes if "exporter_class" in note]


def test_an_assignment_that_differs_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    root = tmp_path / "course"
    set_up(root, "08_adam")
    mine = root / "source" / "08_adam" / "08_adam.ipynb"
    mine.write_text("mine")
    planned = plan(root, ["08_adam"])
    assert planned.changes == () and any("08_adam.ipynb): it is kept" in note for note in planned.notes)
    kept = set_up(root, "08_adam", replace=True)
    assert kept is not None and (kept / "source" / "08_adam" / "08_adam.ipynb").read_text() == "mine"
    assert Course(root).assignment("08_adam").points


def test_a_file_that_appears_after_the_plan_was_made_is_not_overwritten(tmp_path: Path) -> None:
    root = written(tmp_path / "old")
    planned = plan(root, ["07_training"])
    assert planned.changes[1].kind is Kind.MAKE
    (root / "source" / "07_training").mkdir(parents=True)
    with pytest.raises(SetupError, match="appeared in the meantime"):
        carry_out(planned)
    assert list((root / "source" / "07_training").iterdir()) == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("c = get_config(\n", "SyntaxError"),
        ("import no_such_module\n", "no_such_module"),
        (OLD + '\nc.CourseDirectory.source_directory = "instructor"\n', "'instructor'"),
    ],
)
def test_a_course_that_cannot_take_it_is_refused_with_the_file_and_the_reason(
    tmp_path: Path, config: str, said: str
) -> None:
    root = written(tmp_path / "old", config)
    with pytest.raises(SetupError) as caught:
        plan(root, ["07_training"])
    assert str(root / CONFIG) in str(caught.value) and said in str(caught.value)


def test_an_assignment_that_the_package_does_not_have_is_refused_with_those_it_has(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"'09_none'.*07_training, 08_adam"):
        plan(tmp_path, ["09_none"])


def test_a_file_is_no_course(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="is no folder"):
        plan(tmp_path / "file", ["07_training"])


def test_what_the_project_keeps_out_of_git_of_a_course_at_work_a_new_course_does_too() -> None:
    own = (Path(__file__).parents[3] / ".gitignore").read_text()
    (at_work,) = (part for part in own.split("\n\n") if part.startswith("# A course at work"))
    names = {line for line in at_work.splitlines() if not line.startswith("#")}
    assert {"/*-report.html", "/report.csv", "/gradebook.db*"} <= names <= set(GITIGNORE.splitlines())
