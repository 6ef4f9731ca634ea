"""When an attempt was handed in: what is known of it, and the file that tells nbgrader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from traitlets.config import Config

from graders.intake.clock import is_misread, parse_time
from graders.intake.records import IntakeError
from graders.intake.staging import Staged

TIMESTAMP = "timestamp.txt"
STUDENTS_TIMESTAMP = "timestamp.student.txt"
BAD_TIMESTAMP = "timestamp.unreadable.txt"
MISREAD_TIMESTAMP = "timestamp.original.txt"

FORMAT = "%Y-%m-%d %H:%M:%S UTC"
MAX_TIMESTAMP_BYTES = 200

Origin = Literal["name", "timestamp.txt", "file", "unknown"]


@dataclass(frozen=True)
class HandedIn:
    """A time and where it is from. `file`: the newest file's own time, which may be that of the download.

    misread: whether nbgrader would take the course's timestamp.txt for another time.
    """

    time: datetime | None
    origin: Origin
    misread: bool = False

    @property
    def counts(self) -> bool:
        """Whether the time can be held against the student."""
        return self.time is not None and self.origin in ("name", "timestamp.txt")

    def text(self) -> str:
        """Return the time as nbgrader reads it."""
        return self.time.astimezone(UTC).strftime(FORMAT) if self.time is not None else ""


def zone_of(config: Config) -> tzinfo:
    """Return the zone of times that name none: c.Exchange.timezone, as in nbgrader. Raises IntakeError."""
    name = config.Exchange.timezone if "timezone" in config.Exchange else "UTC"
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError):
        if name == "UTC":
            return UTC
        raise IntakeError(
            f"there is no time zone {name!r}: correct c.Exchange.timezone in nbgrader_config.py"
        ) from None


def handed_in(named: datetime | None, files: Sequence[Staged], zone: tzinfo, *, own_times: bool) -> HandedIn:
    """Tell when an attempt was handed in: by its name, the course's timestamp.txt, or else its files."""
    if named is not None and (time := _in_utc(named, zone)) is not None:
        return HandedIn(time, "name")
    stamp = next((file for file in files if file.parts == (TIMESTAMP,) and not file.unpacked), None)
    if own_times and stamp is not None and (time := read_stamp(stamp.path, zone)) is not None:
        return HandedIn(time, "timestamp.txt", is_misread(_text_of(stamp.path), time))
    known = (_in_utc(file.modified, zone) for file in files if file.modified is not None)
    times = [time for time in known if time is not None]
    return HandedIn(max(times), "file") if times else HandedIn(None, "unknown")


def read_stamp(path: Path, zone: tzinfo) -> datetime | None:
    """Read a timestamp.txt. None where it is none: nbgrader would then not grade the student at all.

    zone: the course's, for its abbreviations; as in nbgrader, a time that names no zone is in UTC.
    """
    text = _text_of(path)
    time = parse_time(text, zone) if text else None
    return _in_utc(time, UTC) if time is not None else None


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_TIMESTAMP_BYTES).decode("utf-8", "replace").strip()


def _in_utc(time: datetime, zone: tzinfo) -> datetime | None:
    """A time in UTC; None where it is out of the calendar there. zone: its own, where it has none."""
    try:
        return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None
