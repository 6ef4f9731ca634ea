"""What is collected from: a folder, an archive, or a folder with archives that hold a class each."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from graders.intake.archives import OTHER_ARCHIVES, in_archive, is_archive, opened
from graders.intake.classes import CONVENTIONS, is_of_lms
from graders.intake.files import File, Listing, UnreadableError, in_folder
from graders.intake.layout import NOTEBOOK
from graders.intake.paths import clean_name, suffix_of
from graders.intake.records import IntakeError

OWN_FOLDERS = ("source", "release", "submitted", "autograded", "feedback", ".graders")
"""Folders of a course. What lies in submitted/ was collected, or is graded as it is.

To collect it again would take its late marks and its notes from it, which are not in its files.
"""


class Source(NamedTuple):
    """A listing, and the name of the archive that it is of, if it is of one.

    among: whether there are others beside it, so that attempts are told apart by its name.
    """

    listing: Listing
    archive: str = ""
    among: bool = False


def check_place(source: Path, root: Path) -> None:
    """Raise IntakeError where a source is the course itself, or one of its own folders, also by a link."""
    real = source.resolve()
    own = [(root / name).resolve() for name in OWN_FOLDERS]
    if real == root or any(real.is_relative_to(folder) for folder in own):
        raise IntakeError(
            f"{source} is part of the course, not what students handed in: name that; "
            "without --from, submitted/ is graded"
        )
    if root.is_relative_to(real):
        raise IntakeError(
            f"{source} holds the course itself, {root}: name the folder of what students handed in"
        )


@contextmanager
def opened_sources(path: Path) -> Iterator[list[Source]]:
    """List a source, which can be read as long as this is open. Raises IntakeError."""
    with ExitStack() as stack:
        if not path.is_dir():
            yield [_class_archive(path, stack)]
            return
        listing = in_folder(path)
        only = listing.files[0] if len(listing.files) == 1 and not listing.folders else None
        if only is not None and _is_unnamed_archive(only):
            yield [_class_archive(_paths_in(path)[only.parts[0]], stack)]
            return
        classes = _class_archives(path, listing, stack)
        archives = {found.archive for found in classes}
        others = [file for file in listing.files if file.parts[-1] not in archives]
        yield [Source(replace(listing, files=others)), *classes] if classes else [Source(listing)]


def _class_archive(path: Path, stack: ExitStack) -> Source:
    if not path.exists():
        raise IntakeError(f"{path} does not exist: name a folder or a zip file of submissions")
    if not (is_archive(path.name) or zipfile.is_zipfile(path)):
        kind = "an archive of another kind" if suffix_of(path.name) in OTHER_ARCHIVES else "no zip file"
        raise IntakeError(f"{path} is {kind}: unpack it, and name the folder")
    try:
        archive = stack.enter_context(opened(path, of_class=True))
        return Source(in_archive(archive), clean_name(path.name))
    except UnreadableError as error:
        raise IntakeError(f"{path}: {error}") from None


def _class_archives(folder: Path, listing: Listing, stack: ExitStack) -> Sequence[Source]:
    """Archives of a class each, as a folder for several groups has them; none where one is of another kind.

    A zip file that lies among the work of others may be a student's own. What it says of others is not
    believed: its names would be enough to hand in for them.
    """
    archives = [file for file in listing.files if _is_unnamed_archive(file)]
    if listing.folders or not archives or any(map(_is_work, listing.files)):
        return ()
    paths, found = _paths_in(folder), []
    if len({file.parts for file in archives}) < len(archives):  # names that differ in odd characters alone
        return ()
    with ExitStack() as own:
        for file in archives:
            try:
                classes = in_archive(own.enter_context(opened(paths[file.parts[0]])))
            except UnreadableError:
                return ()
            if not is_of_lms(classes):
                return ()
            found.append(Source(classes, file.parts[0], among=True))
        stack.enter_context(own.pop_all())
    return found


def _is_unnamed_archive(file: File) -> bool:
    """Whether a file is an archive whose name is not one that an LMS gives to a student's."""
    return is_archive(file.parts[-1]) and CONVENTIONS.of_file(file.parts[-1]) is None


def _is_work(file: File) -> bool:
    """Whether a file in no folder is a student's, or may be one's."""
    name = file.parts[-1]
    return suffix_of(name) == NOTEBOOK or CONVENTIONS.of_file(name) is not None


def _paths_in(folder: Path) -> dict[str, Path]:
    """The plain files of a folder by their names in its listing."""
    there = (path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink())
    return {clean_name(path.name.replace("\\", "_")): path for path in there}
