"""When an attempt was handed in: what is known of it, and the file that tells nbgrader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from traitlets.config import Config

from graders.intake.names import parse_time
from graders.intake.records import IntakeError
from graders.intake.staging import Staged

TIMESTAMP = "timestamp.txt"
STUDENTS_TIMESTAMP = "timestamp.student.txt"
BAD_TIMESTAMP = "timestamp.unreadable.txt"

FORMAT = "%Y-%m-%d %H:%M:%S UTC"
MAX_TIMESTAMP_BYTES = 200

Origin = Literal["name", "timestamp.txt", "file", "unknown"]


@dataclass(frozen=True)
class HandedIn:
    """A time and where it is from. `file`: the newest file's own time, which may be that of the download."""

    time: datetime | None
    origin: Origin

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
    if named is not None:
        return HandedIn(_aware(named, zone), "name")
    stamp = next((file for file in files if file.parts == (TIMESTAMP,) and not file.unpacked), None)
    if own_times and stamp is not None and (time := read_stamp(stamp.path)) is not None:
        return HandedIn(time, "timestamp.txt")
    times = [_aware(file.modified, zone) for file in files if file.modified is not None]
    return HandedIn(max(times), "file") if times else HandedIn(None, "unknown")


def read_stamp(path: Path) -> datetime | None:
    """Read a timestamp.txt. None where it is none: nbgrader would then not grade the student at all."""
    with path.open("rb") as file:
        text = file.read(MAX_TIMESTAMP_BYTES).decode("utf-8", "replace").strip()
    time = parse_time(text) if text else None
    return _aware(time, UTC) if time is not None else None


def _aware(time: datetime, zone: tzinfo) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=zone)
