"""The truth: what the experiments observe on the reference solution, for one nonce."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from graders.assignment import Assignment, AssignmentError
from graders.evidence import Evidence, Unusable, parse
from graders.known_evidence import EvidenceStore, Known, Texts, name_of_run, nothing_known
from graders.runner import Job, Runner


class Truths:
    """Gives the truth for a nonce: from memory, what is known already, or a run of the reference solution.

    course: the folder of a course whose known evidence is used, and added to. known: where what is known
    comes from, in place of a course.
    """

    def __init__(
        self,
        assignment: Assignment,
        runner: Runner,
        course: Path | None = None,
        known: Known = nothing_known,
    ) -> None:
        self._assignment = assignment
        self._runner = runner
        self._store = EvidenceStore(course, assignment) if course else None
        self._known = self._store.read if self._store else known
        self._truths: dict[str, Mapping[str, Evidence]] = {}
        self._learned: dict[str, Texts] = {}
        self._names = names_of_reference(assignment)

    def for_nonce(self, nonce: str) -> Mapping[str, Evidence]:
        """Return the evidence of the reference, by experiment.

        Raises:
            AssignmentError: the reference solution does not get through its own experiments.
        """
        if nonce not in self._truths:
            self._truths[nonce] = self._looked_up(nonce) or self._found_out(nonce)
        return self._truths[nonce]

    def take_learned(self) -> dict[str, Texts]:
        """Return what was found out since the last call, by nonce."""
        learned, self._learned = self._learned, {}
        return learned

    def _looked_up(self, nonce: str) -> Mapping[str, Evidence] | None:
        """The truth from what is known; None where it is not known, or not usable."""
        known = self._known(nonce)
        texts = {name: known.get(run) for name, run in self._names.items()}
        try:
            return {name: self._checked(name, text) for name, text in texts.items()}
        except AssignmentError:
            return None

    def _found_out(self, nonce: str) -> Mapping[str, Evidence]:
        """The truth from a run of the reference."""
        texts = self._run(nonce)
        found = {name: self._checked(name, text) for name, text in texts.items()}
        self._learned[nonce] = {self._names[name]: text for name, text in texts.items()}
        if self._store is not None:
            with contextlib.suppress(OSError):  # it is then found out again by the next one who needs it
                self._store.add(nonce, self._learned[nonce])
        return found

    def _run(self, nonce: str) -> dict[str, str]:
        experiments = tuple((experiment.name, experiment.code) for experiment in self._assignment.experiments)
        result = self._runner.run(Job(self._assignment.reference, experiments, nonce))
        return {
            name: self._only(name, result.evidence.get(name, ()), result.cell_errors)
            for name, _ in experiments
        }

    def _only(self, name: str, texts: tuple[str, ...], errors: object) -> str:
        if len(texts) == 1:
            return texts[0]
        raise AssignmentError(
            f"the reference solution in {self._assignment.folder} leaves {len(texts)} sets of observations "
            f"in the experiment {name!r} instead of one; errors of its cells: {errors or 'none'}"
        )

    def _checked(self, name: str, text: str | None) -> Evidence:
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


def names_of_reference(assignment: Assignment) -> dict[str, str]:
    """Name, by experiment, the run of the reference solution, by all that is run in it."""
    codes = [experiment.code for experiment in assignment.experiments]
    whole = name_of_run("the reference", *assignment.reference, "its experiments", *codes)
    return {experiment.name: name_of_run(whole, experiment.name) for experiment in assignment.experiments}
