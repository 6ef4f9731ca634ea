"""A whole audit: an assignment with the specimens, the mutants and the pinned matrix that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graders.assignment import Assignment
from graders.audit import snapshot
from graders.audit.findings import Finding, Kind, findings
from graders.audit.measure import Library, Measured
from graders.audit.mutants import Equivalent, mutants, read_equivalent
from graders.specimens import chaffs_of, equivalent_of, wheats_of

LISTED_DIFFERENCES = 20
"""Differences from the pinned matrix that are listed one by one: a changed experiment makes hundreds."""


def library_of(assignment: Assignment) -> Library:
    """Read all specimens of an assignment, and make its mutants. Raises LibraryError."""
    return Library(wheats_of(assignment), chaffs_of(assignment), mutants(assignment))


def all_equivalent(assignment: Assignment) -> Mapping[str, Equivalent]:
    """Read the package's and the course's own lists of equivalent mutants."""
    return {
        name: entry for path in equivalent_of(assignment) for name, entry in read_equivalent(path).items()
    }


def found_in(
    measured: Measured, equivalent: Mapping[str, Equivalent], pinned: Path = snapshot.SNAPSHOT
) -> list[Finding]:
    """All findings of one audit; those against the snapshot where it is of the same nonce.

    pinned: the snapshot. One that a course never made is not missed.
    """
    found = findings(measured, equivalent)
    if measured.nonce != snapshot.NONCE or (pinned != snapshot.SNAPSHOT and not pinned.is_file()):
        return found
    differences = snapshot.differences(snapshot.read(pinned), snapshot.take(measured))
    found += [Finding(Kind.SNAPSHOT, place, text) for place, text in differences[:LISTED_DIFFERENCES]]
    if len(differences) > LISTED_DIFFERENCES:
        rest = len(differences) - LISTED_DIFFERENCES
        found.append(Finding(Kind.SNAPSHOT, "and more", f"{rest} further differences"))
    return found
