"""Zip files as hostile input: listed without unpacking, and read entry by entry under limits."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from graders.intake.files import CHUNK, File, Listing, Skipped, UnreadableError
from graders.intake.limits import MAX_CLASS_DIRECTORY_BYTES, MAX_DIRECTORY_BYTES, MAX_RATIO, RATIO_FREE_BYTES
from graders.intake.paths import UnsafePathError, clean, is_clutter, shown, suffix_of

ARCHIVES = {".zip"}
OTHER_ARCHIVES = {".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"}

METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Others are rare, and some take memory as the file says."""

AGAIN = "zip the folder again and hand it in"

END = b"PK\x05\x06"
END_BYTES = 22
ZIP64_LOCATOR = b"PK\x06\x07"
ZIP64_LOCATOR_BYTES = 20
MAX_COMMENT = 65_535


def is_archive(name: str) -> bool:
    """Whether a file's name is that of a zip file."""
    return suffix_of(name) in ARCHIVES


@contextmanager
def opened(path: Path, *, of_class: bool = False) -> Iterator[zipfile.ZipFile]:
    """Open a zip file.

    of_class: it comes from the LMS, not from a student, and may be larger. Raises UnreadableError.
    """
    _check_directory(path, MAX_CLASS_DIRECTORY_BYTES if of_class else MAX_DIRECTORY_BYTES, zip64=of_class)
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise UnreadableError(f"it cannot be read ({error.strerror})") from None
    except Exception as error:  # zipfile raises errors of many kinds on what is no zip file
        raise UnreadableError(f"it is no zip file, or a broken one ({shown(str(error))}); {AGAIN}") from None
    with archive:
        yield archive


def _check_directory(path: Path, limit: int, *, zip64: bool) -> None:
    """Refuse an archive whose table of contents does not fit, before it is read into memory.

    Looks for the end record where the standard library does.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MAX_COMMENT - END_BYTES - ZIP64_LOCATOR_BYTES))
            tail = file.read()
    except OSError as error:
        raise UnreadableError(f"it cannot be read ({error.strerror})") from None
    at = len(tail) - END_BYTES
    if at < 0 or not (tail[at:].startswith(END) and tail.endswith(b"\0\0")):
        at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_BYTES:
        raise UnreadableError(f"it is no zip file, or was not stored completely; {AGAIN}")
    directory: int = struct.unpack_from("<L", tail, at + 12)[0]
    is_zip64 = tail[max(0, at - ZIP64_LOCATOR_BYTES) : at].startswith(ZIP64_LOCATOR)
    if (is_zip64 and not zip64) or (not is_zip64 and directory > limit):
        raise UnreadableError("it has too many files; hand in the notebook alone")


def in_archive(archive: zipfile.ZipFile) -> Listing:
    """List an archive. What must not be unpacked is among the skipped."""
    listing = Listing()
    for info in archive.infolist():
        try:
            parts = clean(info.filename)
        except UnsafePathError as error:
            listing.skipped.append(Skipped(error.owner, shown(info.filename), str(error)))
            continue
        if is_clutter(parts):
            continue
        if reason := _refusal(info):
            listing.skipped.append(Skipped(parts, shown(parts), reason))
        elif info.is_dir() or info.filename.endswith("\\"):
            listing.folders.append(parts)
        else:
            opener = _opener(archive, info)
            listing.files.append(File(parts, info.file_size, _time_of(info), opener, info.compress_size))
    return listing


def _refusal(info: zipfile.ZipInfo) -> str:
    """Why an entry must not be unpacked; empty if it may."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "it is a link, which is not followed"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it is no plain file"
    if info.flag_bits & 0x1:
        return "it is encrypted; zip it again without a password"
    if info.compress_type not in METHODS:
        return f"it is packed in an unusual way (method {info.compress_type}); {AGAIN}"
    if info.file_size > RATIO_FREE_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size):
        return f"it unpacks to more than {MAX_RATIO} times its size, as a zip bomb does"
    return ""


def _time_of(info: zipfile.ZipInfo) -> datetime | None:
    """The entry's time, which names no zone."""
    try:
        time = datetime(*info.date_time)
    except ValueError:
        return None
    return time if time.year > 1980 else None


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def open_entry() -> BinaryIO:
        try:
            stream: BinaryIO = archive.open(info)  # type: ignore[assignment]  # reading is all that is needed
            return stream
        except Exception as error:  # as above
            raise UnreadableError(f"it is broken ({shown(str(error))}); {AGAIN}") from None

    return open_entry


def copy(file: File, target: Path, limit: int) -> int:
    """Write a file's content to a new file, and return its size in bytes.

    limit: the most that is written. Raises UnreadableError: there is more than that, more than the ratio
    allows, or the content is broken. OSError is the target's.
    """
    written = 0
    with file.open() as stream, target.open("xb") as out:
        for chunk in _chunks(stream):
            written += len(chunk)
            if written > limit:
                raise UnreadableError(f"it is larger than {limit >> 20} MiB are left; hand in smaller files")
            if file.packed is not None and written > max(RATIO_FREE_BYTES, MAX_RATIO * file.packed):
                raise UnreadableError(
                    f"it unpacks to more than {MAX_RATIO} times its size, as a zip bomb does"
                )
            out.write(chunk)
    return written


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := _read(stream):
        yield chunk


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read(CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableError(f"it is broken ({shown(str(error))}); {AGAIN}") from None
