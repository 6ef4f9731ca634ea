"""All that a worker needs to grade submissions of one assignment, as plain data that can be sent to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from traitlets.config import Config

from graders.assignment import Assignment
from graders.gradebook.records import Frame
from graders.known_evidence import Texts, machine
from graders.library import Chaff

IGNORED = ("__pycache__", ".ipynb_checkpoints", ".DS_Store")
"""Names that are no part of an assignment."""


@dataclass(frozen=True)
class Bundle:
    """An assignment, ready to be graded anywhere.

    files: the source folder's files by relative path, its notebooks among them. frame: the cells as the
    gradebook has them. config: the course's configuration. bugs: the known bugs that can be named, with
    their signatures by name. preload: modules that submissions import, so that it is done once for all.
    known: by nonce, what the reference and the bugs leave, as far as it is known. made_on: the machine that
    this holds for.
    """

    name: str
    files: Mapping[str, bytes]
    frame: Frame
    config: Config
    bugs: tuple[Chaff, ...]
    signatures: Mapping[str, str]
    preload: tuple[str, ...] = ()
    known: Mapping[str, Texts] = field(default_factory=dict)
    made_on: str = field(default_factory=machine)

    def known_of(self, nonce: str) -> Texts:
        """Return what is known of a nonce: nothing on a machine whose numbers may be others."""
        return self.known.get(nonce, {}) if self.made_on == machine() else {}

    def digest(self) -> str:
        """Name the bundle by its content, so that a worker unpacks it once.

        What is known is no part of it: a worker without finds out the same.
        """
        named = self.name, self.frame, sorted(self.signatures.items()), self.preload
        digest = hashlib.sha256(repr(named).encode())
        for path, data in sorted(self.files.items()):
            digest.update(path.encode() + b"\0" + hashlib.sha256(data).digest())
        for bug in self.bugs:
            digest.update(bug.source.encode() + b"\0")
        digest.update(repr(sorted(self.config.items(), key=str)).encode())
        return digest.hexdigest()[:32]

    def unpack(self, folder: Path) -> Path:
        """Write the assignment's files below a folder, and return its own folder there."""
        for name, data in self.files.items():
            path = folder / self.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder / self.name


@dataclass(frozen=True)
class Submitted:
    """A submission as it was handed in.

    notebooks: by name, the bytes of each expected notebook; None where it is missing; a text where it could
    not be read, which says why. files: what else was handed in, by relative path. timestamp: in UTC without a
    zone. notes: what the intake found out of the ordinary. evidence: by experiment, the texts of an earlier
    run where they still count: they are judged instead of what the experiment leaves now.
    """

    assignment: str
    student: str
    notebooks: Mapping[str, bytes | str | None]
    files: tuple[tuple[str, bytes], ...] = ()
    timestamp: datetime | None = None
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def files_of(assignment: Assignment) -> dict[str, bytes]:
    """Read the files of an assignment's source folder, by path relative to it."""
    paths = sorted(path for path in assignment.folder.rglob("*") if path.is_file())
    relative = {path.relative_to(assignment.folder): path for path in paths}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in relative.items()
        if not any(part in IGNORED for part in name.parts)
    }
