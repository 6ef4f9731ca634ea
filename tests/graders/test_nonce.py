"""Nonces: reproducible, different for each student, and from a secret that is never made twice."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from graders.course import STATES
from graders.nonce import (
    SECRET_BYTES,
    SECRET_FILE,
    VARIANTS,
    SecretError,
    check_secret,
    course_secret,
    make_secret,
    nonce_for,
)


def test_the_first_call_makes_a_secret_that_later_calls_return(tmp_path: Path) -> None:
    secret = course_secret(tmp_path)
    assert len(secret) == SECRET_BYTES and course_secret(tmp_path) == secret


def test_only_the_owner_can_read_the_secret(tmp_path: Path) -> None:
    course_secret(tmp_path)
    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600


def test_two_courses_have_two_secrets(tmp_path: Path) -> None:
    assert course_secret(tmp_path / "a") != course_secret(tmp_path / "b")


@pytest.mark.parametrize("text", ["", "not hex", "ab" * (SECRET_BYTES - 1), "ab" * (SECRET_BYTES + 1)])
def test_a_damaged_secret_is_reported_and_not_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / SECRET_FILE
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(SecretError, match="restore it from a backup") as raised:
        course_secret(tmp_path)
    assert str(path) in str(raised.value) and path.read_text() == text


def test_a_secret_in_bytes_that_are_no_text_is_reported(tmp_path: Path) -> None:
    path = tmp_path / SECRET_FILE
    path.parent.mkdir()
    path.write_bytes(b"\xff" * SECRET_BYTES)
    with pytest.raises(SecretError, match="restore it from a backup"):
        course_secret(tmp_path)


def test_a_secret_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).mkdir(parents=True)
    with pytest.raises(SecretError, match="cannot be read"):
        course_secret(tmp_path)


def graded(course: Path) -> None:
    """Leave what grading somebody leaves behind."""
    path = course / STATES / "07_training" / "ada.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")


def test_a_lost_secret_is_reported_where_work_was_graded_with_it_and_not_made_anew(tmp_path: Path) -> None:
    graded(tmp_path)
    for call in (check_secret, course_secret):
        with pytest.raises(SecretError, match=r"is gone.*restore it from a backup.*--force") as raised:
            call(tmp_path)
        assert str(tmp_path / SECRET_FILE) in str(raised.value)
    assert not (tmp_path / SECRET_FILE).exists()


def test_a_secret_that_is_not_made_yet_is_no_fault(tmp_path: Path) -> None:
    check_secret(tmp_path)
    assert not (tmp_path / SECRET_FILE).exists()


def test_a_new_secret_takes_the_place_of_a_lost_one_when_it_is_asked_for(tmp_path: Path) -> None:
    graded(tmp_path)
    make_secret(tmp_path)
    secret = course_secret(tmp_path)
    make_secret(tmp_path)
    assert course_secret(tmp_path) == secret


def test_a_nonce_is_the_same_each_time_and_differs_by_secret_and_assignment() -> None:
    first = nonce_for(b"s", "07_training", "ada")
    assert first == nonce_for(b"s", "07_training", "ada") and len(first) == 32
    others = {nonce_for(b"t", "07_training", "ada"), nonce_for(b"s", "08_training", "ada")}
    assert len(others | {first}) == 3


def test_a_class_shares_few_variants_and_no_secret_or_assignment_shares_them_with_another() -> None:
    students = [f"student{number}" for number in range(200)]
    ours = {nonce_for(b"s", "07_training", student) for student in students}
    theirs = {nonce_for(b"s", "08_training", student) for student in students}
    assert len(ours) == len(theirs) == VARIANTS and not ours & theirs


def test_the_secret_is_ignored_by_git(repository: Path) -> None:
    assert SECRET_FILE.parts[0] in (repository / ".gitignore").read_text()
