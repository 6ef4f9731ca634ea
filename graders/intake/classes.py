"""Archives that hold a class: told by the names that an LMS or the course's own layout gives to their files.

A student's zip file can hold anything. So it is a class's only if every file in it is named in such a way.
"""

from __future__ import annotations

from graders.intake.archives import is_archive
from graders.intake.files import Listing
from graders.intake.layout import NOTEBOOK, without_wrapper
from graders.intake.names import Conventions, Sender, of_folder
from graders.intake.paths import Parts, suffix_of

CONVENTIONS = Conventions()
"""Without the course's own pattern, which a student's names may match by chance."""


class ClassArchiveError(Exception):
    """A zip file that was taken for one student's holds several students' work. The message is its name."""


def is_of_lms(listing: Listing) -> bool:
    """Whether an LMS has named all that is in an archive."""
    return bool(_senders(listing, ""))


def is_of_several(listing: Listing, assignment: str) -> bool:
    """Whether all that is in an archive is named as the work of several students on an assignment."""
    return len(_senders(listing, assignment)) > 1


def _senders(listing: Listing, assignment: str) -> set[Sender]:
    """Whose the files are; nobody's where one of them is not named so, or where none can be work."""
    listing = without_wrapper(listing, assignment, CONVENTIONS)
    names = [file.parts[-1] for file in listing.files]
    if not any(suffix_of(name) == NOTEBOOK or is_archive(name) for name in names):
        return set()
    senders = {_sender(file.parts, assignment) for file in listing.files}
    return {sender for sender in senders if sender is not None} if None not in senders else set()


def _sender(parts: Parts, assignment: str) -> Sender | None:
    named = of_folder(parts[0]) if len(parts) > 1 else CONVENTIONS.of_file(parts[0])
    if named is not None:
        return named.sender
    return Sender("folder", parts[0]) if len(parts) > 2 and parts[1] == assignment else None
