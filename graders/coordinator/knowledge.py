"""What the reference and known bugs leave: handed to workers, and added to by what they find out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from graders.assignment import Assignment
from graders.bundle import Bundle
from graders.coordinator.run import Task
from graders.coordinator.tasks import Sink
from graders.graded import GradedSubmission
from graders.known_evidence import EvidenceStore, Texts, merged


class Knowledge:
    """The known evidence of an assignment during a run. Nobody but the coordinator writes it."""

    def __init__(self, course: Path, assignment: Assignment) -> None:
        self._store = EvidenceStore(course, assignment)
        self._learned: dict[str, Texts] = {}

    def given_to(self, bundle: Bundle, nonces: Iterable[str]) -> Bundle:
        """Add to a bundle what is known of some nonces."""
        return replace(bundle, known={nonce: self._store.read(nonce) for nonce in sorted(set(nonces))})

    def noting(self, sink: Sink) -> Sink:
        """Return a sink that notes what workers have found out, and hands on the rest of their results."""

        def take(digest: str, graded: GradedSubmission) -> Task | None:
            self._learned = merged(self._learned, graded.learned)
            return sink(digest, replace(graded, learned={}))

        return take

    def close(self) -> None:
        """Keep what workers of this machine have found out."""
        for nonce, texts in self._learned.items():
            with contextlib.suppress(OSError):  # it is then found out again by the next run
                self._store.add(nonce, texts)
        self._learned = {}
