"""Known evidence: what the reference and the known bugs leave, found out once for each nonce of a course.

It is kept as texts, as the experiments left them. Nobody parses them before they are needed, and then as
strictly as any evidence. Whatever is missing is found out again, so the files may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from graders.assignment import Assignment

FOLDER = Path(".graders") / "known"
"""Below the course's folder, by assignment; like the secret beside it, readable by the owner alone."""

FORMAT = "known evidence/1"

Texts = Mapping[str, str | None]
"""Evidence texts by the name of what left them (see `name_of_run`); None: it left nothing usable."""

Known = Callable[[str], Texts]
"""Returns what is known of a nonce."""


def nothing_known(nonce: str) -> Texts:
    """Return no texts: all is found out anew."""
    return {}


def name_of_run(*texts: str) -> str:
    """Name a run by all that is run in it, so that evidence of other code is never taken for its own."""
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)}\0".encode() + data)
    return digest.hexdigest()[:32]


@cache
def machine() -> str:
    """Name what the last digits of numbers depend on: the processor's abilities, Python, and numpy."""
    about = platform.machine(), platform.python_version(), np.__version__, *platform.libc_ver(), _abilities()
    return name_of_run(*about)


def _abilities() -> str:
    """The line of /proc/cpuinfo that lists what the first processor can; empty where there is none."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A file of the store. key: where its texts hold. digest: of the texts, as they are in the file."""

    key: str
    digest: str
    texts: msgspec.Raw


class EvidenceStore:
    """The known evidence of an assignment, in the course's folder: a file for each nonce.

    A file that is damaged, or of another version of the assignment's files, another machine or another
    nonce, counts as empty.
    """

    def __init__(self, course: Path, assignment: Assignment) -> None:
        self._folder = course / FOLDER / assignment.name
        self._setting = name_of_run(FORMAT, machine(), *_files_seen_by_jobs(assignment.folder))

    def read(self, nonce: str) -> Texts:
        """Return what is known of a nonce."""
        try:
            data = self._path(nonce).read_bytes()
            file = msgspec.json.decode(data, type=_File)
            if file.key != self._key(nonce) or file.digest != _digest(file.texts):
                return {}
            return msgspec.json.decode(file.texts, type=dict[str, str | None])
        except (OSError, msgspec.DecodeError):
            return {}

    def add(self, nonce: str, texts: Texts) -> None:
        """Add to what is known of a nonce. Raises OSError: the file cannot be written."""
        self._write(nonce, {**self.read(nonce), **texts})

    def keep(self, names: Mapping[str, Collection[str]]) -> None:
        """Remove all but these names of runs, by nonce. Raises OSError: a file cannot be written."""
        wanted_files = {self._path(nonce) for nonce in names}
        for path in self._folder.glob("*"):
            if path not in wanted_files and path.is_file():
                path.unlink()
        for nonce, wanted in names.items():
            there = self.read(nonce)
            kept = {name: text for name, text in there.items() if name in wanted}
            if len(kept) < len(there):
                self._write(nonce, kept)

    def _write(self, nonce: str, texts: Texts) -> None:
        raw = msgspec.Raw(msgspec.json.encode(texts))
        self._folder.mkdir(parents=True, exist_ok=True)
        for folder in (self._folder.parent, self._folder):
            folder.chmod(0o700)
        path = self._path(nonce)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(_File(self._key(nonce), _digest(raw), raw)))
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def _key(self, nonce: str) -> str:
        return name_of_run(self._setting, nonce)

    def _path(self, nonce: str) -> Path:
        return self._folder / f"{name_of_run(nonce)}.json"


def _digest(raw: msgspec.Raw) -> str:
    return hashlib.sha256(raw).hexdigest()


def _files_seen_by_jobs(folder: Path) -> Iterator[str]:
    """Name and content of each file that is there when an assignment's experiments run: all but notebooks."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _is_seen(name) and path.is_file():
            yield from (name, hashlib.sha256(path.read_bytes()).hexdigest())


def _is_seen(name: str) -> bool:
    parts = name.split("/")
    return not any(
        part.startswith(".") or part == "__pycache__" or ".ipynb" in part.lower() for part in parts
    )


def merged(one: Mapping[str, Texts], other: Mapping[str, Texts]) -> dict[str, Texts]:
    """Put together what is known by nonce."""
    return {nonce: {**one.get(nonce, {}), **other.get(nonce, {})} for nonce in (*one, *other)}
