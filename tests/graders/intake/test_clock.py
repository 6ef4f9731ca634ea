"""Times mean the same whichever way they are written, and nbgrader reads what was collected as we do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from nbgrader.utils import parse_utc

from graders.intake.clock import is_misread, parse_time
from graders.intake.shelf import read_record

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"

EVENING = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "zone", [" +0300", " +03", "+03:00", " +03:00", "+0300", "+03", " +3", "  +0300", " Europe/Istanbul"]
)
def test_an_offset_counts_in_hours_however_it_is_written(zone: str) -> None:
    assert parse_time(f"2026-11-20 01:30:00{zone}") == EVENING


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-19 22:30:00 UTC", EVENING),
        ("2026-11-19 22:30:00 GMT", EVENING),
        ("2026-11-19T22:30:00Z", EVENING),
        ("2026-11-19 22:30:00.000000 UTC", EVENING),
        ("2026-11-19 19:00:00 -0330", EVENING),
        ("2026-11-19 17:30:00 EST", EVENING),
        ("19 Nov 2026 22:30 +00", EVENING),
        ("2026-11-19 22:30:00", datetime(2026, 11, 19, 22, 30)),
        ("2026-11-19 10:30:00 PM", datetime(2026, 11, 19, 22, 30)),
        ("19 Nov 2026", datetime(2026, 11, 19)),
    ],
)
def test_a_time_is_in_utc_where_it_names_a_zone_and_has_none_else(text: str, time: datetime) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize(
    "text",
    ["", "gestern um 5", "2026-11-20 01:30:00 +99", "0001-01-01 00:00:00 +03", "01:99", "+03", "a b c"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


def test_the_courses_zone_is_known_by_its_own_abbreviations() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert parse_time("2026-07-20 01:30:00 CEST", berlin) == datetime(2026, 7, 19, 23, 30, tzinfo=UTC)
    assert parse_time("2026-07-20 01:30:00 CEST") == datetime(2026, 7, 20, 1, 30)
    assert parse_time("2026-07-20 01:30:00 EDT", berlin) == datetime(2026, 7, 20, 1, 30)


def test_what_nbgrader_misreads_is_told() -> None:
    assert is_misread("2026-11-20 01:30:00 +0300", EVENING)
    assert not is_misread("2026-11-20 01:30:00+03:00", EVENING)


@pytest.mark.parametrize(
    ("stamp", "zone", "utc"),
    [
        (b"2026-11-20 01:30:00 +0300\n", "UTC", "2026-11-19 22:30:00 UTC"),
        (b"2026-11-20 01:30:00.123456 +03\n", "Europe/Istanbul", "2026-11-19 22:30:00 UTC"),
        (b"2026-07-20 01:30:00.123456 CEST\n", "Europe/Berlin", "2026-07-19 23:30:00 UTC"),
    ],
)
def test_a_timestamp_that_nbgrader_misreads_is_written_in_utc_and_kept_beside(
    desk: Desk, stamp: bytes, zone: str, utc: str
) -> None:
    config = desk.course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.Exchange.timezone = '{zone}'\n")
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("ada/07_training/timestamp.txt", stamp)
    assert desk.states() == {"ada": "new"}
    files = desk.submitted("ada")
    assert files["timestamp.txt"].decode() == f"{utc}\n" and files["timestamp.original.txt"] == stamp
    assert parse_utc(utc) == parse_utc(files["timestamp.txt"].decode().strip())
    record = read_record(desk.course.root, NAME, "ada")
    assert record is not None and (record.time, record.time_from) == (utc, "timestamp.txt")
    assert desk.states() == {"ada": "unchanged"}


def test_the_exchanges_folders_mean_the_zone_that_they_name(desk: Desk) -> None:
    config = desk.course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.Exchange.timezone = 'Europe/Berlin'\n")
    for student, time in (("ada", "2026-11-19 22:30:00 UTC"), ("bo", "2026-11-20 01:30:00 +03")):
        for end in ("", "+3a7f"):
            desk.put(f"{student}{end[1:]}+{NAME}+{time}{end}/{NOTEBOOK}", desk.work(student))
    desk.collect()
    for student in ("ada", "bo", "ada3a7f", "bo3a7f"):
        assert desk.submitted(student)["timestamp.txt"] == b"2026-11-19 22:30:00 UTC\n"


@pytest.mark.parametrize("stamp", [b"", b"gestern um 5\n"])
def test_a_timestamp_that_cannot_be_read_is_noted_first(desk: Desk, stamp: bytes) -> None:
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("ada/07_training/timestamp.txt", stamp)
    desk.collect()
    assert desk.notes("ada") == (
        "timestamp.txt is no time that can be read: whether this is late is not known"
    )
    assert desk.submitted("ada")["timestamp.unreadable.txt"] == stamp


def test_a_timestamp_that_cannot_be_read_does_not_matter_where_the_time_is_known(desk: Desk) -> None:
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("ada/07_training/timestamp.txt", b"gestern um 5")
    desk.collect(file_times=True)
    assert not desk.notes("ada") and "timestamp.txt" in desk.submitted("ada")


def test_a_time_at_the_end_of_the_calendar_is_not_known(desk: Desk) -> None:
    config = desk.course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.Exchange.timezone = 'Europe/Berlin'\n")
    desk.put(f"{NAME}_ada_attempt_0001-01-01-00-00-00_{NOTEBOOK}", desk.work("a"))
    assert desk.states() == {"ada": "new"} and set(desk.submitted("ada")) == {NOTEBOOK}
