"""Attacks on the grading of a class: each is held, its student is told, and nobody else is touched."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from tests.attacks.attack import BASES, FAMILIES, Attack, attacks
from tests.attacks.rig import RUN_SECONDS, ClassRun

pytestmark = [pytest.mark.timeout(2 * RUN_SECONDS), pytest.mark.xdist_group("attacks")]

ATTACKS = attacks()
LEAST = 60


def parameter(attack: Attack) -> ParameterSet:
    """An attack that is open must fail, so that its table row changes with the fix."""
    marks = [pytest.mark.xfail(reason=attack.fields["open"], strict=True)] if "open" in attack.fields else []
    return pytest.param(attack, id=f"{attack.family}-{attack.name}", marks=marks)


def test_there_are_enough_attacks_in_each_of_the_four_families() -> None:
    by_family = {family: [attack for attack in ATTACKS if attack.family == family] for family in FAMILIES}
    assert len(ATTACKS) >= LEAST and min(map(len, by_family.values())) >= 12


def test_the_whole_class_is_graded_with_attackers_in_it(graded: ClassRun) -> None:
    assert graded.exit_code == 0, graded.printed[-3000:]
    assert "Traceback" not in graded.printed


def test_honest_students_have_the_points_of_their_work(graded: ClassRun) -> None:
    assert [graded.rig.points(name) for name in BASES] == [(0.0, []), (70.0, []), (100.0, [])]


@pytest.mark.parametrize("attack", [parameter(attack) for attack in ATTACKS])
def test_an_attack_gets_no_undeserved_point_reads_nothing_and_is_told_what_happened(
    graded: ClassRun, attack: Attack
) -> None:
    assert graded.outcomes[attack.name].failures == []


@pytest.mark.parametrize("name", BASES)
def test_honest_notebooks_are_graded_as_in_a_class_without_attackers(graded: ClassRun, name: str) -> None:
    assert graded.together[name] == graded.alone[name]


def test_files_of_the_course_home_and_temporary_folders_are_untouched(graded: ClassRun) -> None:
    """The submitted files are among them."""
    assert len(graded.before) > len(ATTACKS)
    assert graded.after == graded.before


def test_autograded_and_feedback_hold_the_students_and_nothing_else(graded: ClassRun) -> None:
    students = sorted([*BASES, *(attack.student for attack in ATTACKS)])
    for folder in ("autograded", "feedback"):
        assert sorted(path.name for path in (graded.rig.course / folder).iterdir()) == students


def test_nobody_has_reached_a_port_or_socket_of_the_machine(graded: ClassRun) -> None:
    assert graded.rig.canaries.connections == []


def test_no_file_process_or_socket_is_left_on_the_machine(graded: ClassRun) -> None:
    assert graded.marks == []
    assert graded.processes == {}


def test_a_process_of_somebody_else_still_runs(graded: ClassRun) -> None:
    assert graded.rig.canaries.process.poll() is None


def test_the_terminal_of_the_grader_gets_printable_text_only(graded: ClassRun) -> None:
    assert [char for char in graded.printed if not (char.isprintable() or char == "\n")] == []
