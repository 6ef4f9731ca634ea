"""Times as an LMS, nbgrader and people write them.

nbgrader takes what stands behind a time for the name of a zone, and a number for seconds from UTC: `01:30:00
+0300` is 01:25 to it, and `01:30:00 PM` half past one at night.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

OFFSET = re.compile(
    r"(?P<time>.*\d:\d\d[\d:.,]*)\s*(?P<offset>Z|UTC|GMT|[+-]\d\d?(?::?\d\d)?)", re.IGNORECASE
)
HALVES_OF_DAY = {"am", "pm"}

NO_TIME = (ValueError, OverflowError, TypeError, AttributeError, OSError)
"""What nbgrader raises on texts that are no time; zones are looked up as files."""


def parse_time(text: str, local: tzinfo | None = None) -> datetime | None:
    """Read a time; None where it is none.

    In UTC where it names a zone that is known, and without a zone else. local: the zone whose abbreviations
    are known besides those that are zones of their own, as EST is one and CEST is not.
    """
    words = text.split()
    try:
        if found := OFFSET.fullmatch(" ".join(words)):
            offset = found["offset"] if found["offset"][0] in "+-" else "+00:00"
            return _plain(f"{found['time']}{offset}").replace(tzinfo=UTC)
        if len(words) == 3 and ":" in words[1] and words[2].lower() not in HALVES_OF_DAY:
            return _in_zone(_plain(" ".join(words[:2])), _read(" ".join(words)), words[2], local)
        return _plain(text)
    except NO_TIME:
        return None


def is_misread(text: str, time: datetime) -> bool:
    """Whether nbgrader reads a text as another time than this one, which is in UTC, or not at all."""
    try:
        return _read(text.strip()).replace(tzinfo=UTC) != time
    except NO_TIME:
        return True


def _in_zone(time: datetime, in_utc: datetime, zone: str, local: tzinfo | None) -> datetime:
    """Give a time its zone. in_utc: what nbgrader makes of both; the same where it knows no such zone."""
    if in_utc != time:
        return in_utc.replace(tzinfo=UTC)
    is_local = local is not None and time.replace(tzinfo=local).tzname() == zone
    return time.replace(tzinfo=local).astimezone(UTC) if is_local else time


def _plain(text: str) -> datetime:
    """Read a time whose third word is no zone; nbgrader looks for one where there are two single spaces."""
    words = text.split()
    return _read(("  " if len(words) == 3 else " ").join(words))


def _read(text: str) -> datetime:
    """Read a time as nbgrader does: in UTC, without a zone. Raises NO_TIME."""
    from nbgrader.utils import parse_utc  # takes a second to import

    time: datetime = parse_utc(text)
    return time
