"""The truth: what the experiments observe on the reference solution, for one nonce."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from graders.assignment import Assignment, AssignmentError
from graders.evidence import Evidence, Unusable, parse
from graders.runner import Job, Runner

CACHE_FOLDER = Path(".graders") / "truth"
"""Below the course's folder; may be deleted at any time."""


class Truths:
    """Gives the truth for a nonce: from memory, the cache on disk, or a run of the reference solution."""

    def __init__(self, assignment: Assignment, runner: Runner, course: Path | None = None) -> None:
        self._assignment = assignment
        self._runner = runner
        self._folder = course / CACHE_FOLDER / assignment.digest() if course else None
        self._known: dict[str, Mapping[str, Evidence]] = {}

    def for_nonce(self, nonce: str) -> Mapping[str, Evidence]:
        """Return the evidence of the reference, by experiment.

        Raises:
            AssignmentError: the reference solution does not get through its own experiments.
        """
        if nonce not in self._known:
            texts = self._cached(nonce) or self._run(nonce)
            self._known[nonce] = {name: self._checked(name, text) for name, text in texts.items()}
        return self._known[nonce]

    def _path(self, nonce: str) -> Path | None:
        return self._folder / f"{nonce}.json" if self._folder else None

    def _cached(self, nonce: str) -> dict[str, str] | None:
        path = self._path(nonce)
        if path is None or not path.is_file():
            return None
        try:
            texts = json.loads(path.read_text())
        except ValueError:
            return None  # cut short by a crash; made again
        names = {experiment.name for experiment in self._assignment.experiments}
        return texts if isinstance(texts, dict) and texts.keys() == names else None

    def _run(self, nonce: str) -> dict[str, str]:
        experiments = tuple((experiment.name, experiment.code) for experiment in self._assignment.experiments)
        result = self._runner.run(Job(self._assignment.reference, experiments, nonce))
        texts = {
            name: self._only(name, result.evidence.get(name, ()), result.cell_errors)
            for name, _ in experiments
        }
        path = self._path(nonce)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_text(json.dumps(texts))
            unfinished.replace(path)
        return texts

    def _only(self, name: str, texts: tuple[str, ...], errors: object) -> str:
        if len(texts) == 1:
            return texts[0]
        raise AssignmentError(
            f"the reference solution in {self._assignment.folder} leaves {len(texts)} sets of observations "
            f"in the experiment {name!r} instead of one; errors of its cells: {errors or 'none'}"
        )

    def _checked(self, name: str, text: str) -> Evidence:
        try:
            evidence = parse(text)
        except Unusable as unusable:
            raise AssignmentError(
                f"the reference's evidence of {name!r} cannot be used: {unusable}"
            ) from None
        errors = {part.name: part.error for part in evidence.parts.values() if part.error}
        if evidence.error or errors:
            raise AssignmentError(
                f"the reference solution fails in the experiment {name!r}: {evidence.error or errors}"
            )
        return evidence
