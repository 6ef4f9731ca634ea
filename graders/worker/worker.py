"""One process's worker for one assignment: a runner for students' code, the truths, and the known bugs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import OverwriteCells
from nbgrader.utils import setenv

from graders.assignment import METADATA, is_test, load, nbgrader_data
from graders.bundle import Bundle, Submitted
from graders.diagnosis import known_bugs
from graders.evidence import Evidence
from graders.execution import execute
from graders.fingerprints import Fingerprints, KnownBug
from graders.graded import GradedNotebook, GradedSubmission
from graders.known_evidence import Texts, machine, merged
from graders.marking import mark, set_evidence
from graders.nbgrader_plugins.execute import ExecuteSubmission
from graders.nbgrader_plugins.judge import Judge
from graders.nbgrader_plugins.repair import RepairNotebook, fit
from graders.runner import RunnerError
from graders.truth import Truths
from graders.verdict import Verdict
from graders.worker.clock import Clock
from graders.worker.pipeline import Step, steps
from graders.worker.reading import read
from graders.worker.results import graded_notebook, ungraded_notebook

Reader = Callable[[str, dict[str, Any]], NotebookNode]
"""Gets a notebook of a submission by its name; may note a problem in the resources."""

STAGES = {RepairNotebook: "repair", ExecuteSubmission: "execute", Judge: "judge"}
"""Stages by preprocessor; all others sanitize."""

REJUDGING = (Judge, OverwriteCells)
"""Preprocessors that judging again takes: points may have changed."""


class Worker:
    """Grades submissions of one assignment, one after another.

    Raises:
        AssignmentError: the bundle's own notebook is not as it must be.
        RunnerError: students' code cannot be run here.
        SandboxError: it cannot be run safely here.
    """

    def __init__(self, bundle: Bundle, unpacked: Path | None = None) -> None:
        """Prepare for a bundle. unpacked: its assignment's folder, if there is one already."""
        self._folder = None if unpacked else tempfile.TemporaryDirectory(prefix="graders-assignment-")
        self.assignment = load(unpacked or bundle.unpack(Path(self._folder.name if self._folder else "")))
        self._frame, self._made_on = bundle.frame, bundle.made_on
        executor = ExecuteSubmission(config=bundle.config)
        self._limits = executor.limits()
        self._runner = executor.runner(self.assignment.folder, bundle.preload)
        self._truths = Truths(self.assignment, self._runner, known=bundle.known_of)
        self._bugs = Fingerprints(
            self.assignment, self._runner, bundle.bugs, bundle.signatures, bundle.known_of
        )
        replaced: dict[type, Step] = {
            RepairNotebook: self._repair,
            ExecuteSubmission: self._execute,
            Judge: self._judge,
        }
        sanitizers, autograders = (
            steps(bundle.config, name, bundle.frame, replaced)
            for name in ("sanitize_preprocessors", "autograde_preprocessors")
        )
        self._work = sanitizers + autograders

    def start(self) -> None:
        """Start the runner, so that the first submission need not wait. Raises RunnerError, SandboxError."""
        self._runner.start()

    def close(self) -> None:
        """End the runner, and remove what was unpacked here."""
        self._runner.close()
        if self._folder is not None:
            self._folder.cleanup()

    def check_reference(self, nonce: str) -> None:
        """Run the reference solution on the numbers of a nonce.

        Raises AssignmentError: it does not get through its own experiments, so that nobody can be judged.
        """
        self._truths.for_nonce(nonce)

    def grade(self, submitted: Submitted, nonce: str) -> GradedSubmission:
        """Run and judge a submission; never raises for what is wrong with it.

        A fault of the grader is noted as trouble, and leaves every cell to a human.
        """

        def reader(name: str, resources: dict[str, Any]) -> NotebookNode:
            notebook, resources["problem"] = read(submitted.notebooks[name], name, self.assignment)
            return notebook

        return self._submission(submitted, nonce, self._work, reader)

    def rejudge(self, submitted: Submitted, texts: Mapping[str, str], nonce: str) -> GradedSubmission:
        """Judge autograded notebooks, texts by name, by the evidence in them; nothing of theirs is run.

        The instructor's cells and points in them become those of the bundle.
        """

        def reader(name: str, resources: dict[str, Any]) -> NotebookNode:
            notebook: NotebookNode = nbformat.reads(texts[name], as_version=4)
            return notebook

        judging = [(kind, step) for kind, step in self._work if issubclass(kind, REJUDGING)]
        return self._submission(submitted, nonce, judging, reader)

    def _submission(
        self, submitted: Submitted, nonce: str, work: list[tuple[type, Step]], reader: Reader
    ) -> GradedSubmission:
        clock, notebooks, troubles = Clock(), [], []
        noted: dict[str, list[Any]] = {"notes": [], "causes": [], "seconds": []}
        for name in submitted.notebooks:
            resources = self._resources(submitted, name, nonce)
            try:
                notebook = self._notebook(name, resources, work, reader, clock, noted)
            except Exception as error:  # ours, not the student's: a human grades, and the class goes on
                troubles.append(f"the grader failed on {name}.ipynb: {type(error).__name__}: {error}")
                notebook = ungraded_notebook(self.assignment, self._frame, name, troubles[-1])
            notebooks.append(notebook)
        return GradedSubmission(
            submitted.assignment,
            submitted.student,
            tuple(notebooks),
            submitted.timestamp,
            tuple(noted["notes"]),
            tuple(noted["causes"]),
            "; ".join(troubles) or None,
            sum(noted["seconds"]),
            dict(clock.seconds),
            self._learned(),
        )

    def _learned(self) -> Mapping[str, Texts]:
        """What was found out since the last submission, if it holds on the coordinator's machine too."""
        learned = merged(self._truths.take_learned(), self._bugs.take_learned())
        return learned if self._made_on == machine() else {}

    def _resources(self, submitted: Submitted, name: str, nonce: str) -> dict[str, Any]:
        names = {"student": submitted.student, "assignment": submitted.assignment, "notebook": name}
        return {
            "nbgrader": names,
            "unique_key": name,
            "nonce": nonce,
            "files": submitted.files,
            "evidence": submitted.evidence,
            "notes": submitted.notes,
        }

    def _notebook(
        self,
        name: str,
        resources: dict[str, Any],
        work: list[tuple[type, Step]],
        reader: Reader,
        clock: Clock,
        noted: dict[str, list[Any]],
    ) -> GradedNotebook:
        with clock.stage("read"):
            notebook = reader(name, resources)
        with setenv(NBGRADER_EXECUTION="autograde"):
            for kind, step in work:
                stage = next((name for base, name in STAGES.items() if issubclass(kind, base)), "sanitize")
                with clock.stage(stage, elsewhere=stage == "execute"):
                    notebook, resources = step(notebook, resources)
        with clock.stage("write"):
            graded = graded_notebook(name, notebook)
        _collect(notebook.metadata.get(METADATA, {}), noted)
        return graded

    def _repair(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        name = resources["nbgrader"]["notebook"]
        return fit(nb, name, self.assignment, resources["problem"], resources["notes"]), resources

    def _execute(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        result = execute(nb, self._runner, resources["nonce"], resources["files"], self._limits)
        nb.metadata.setdefault(METADATA, {})["seconds"] = round(result.seconds, 3)
        for cell in nb.cells:
            texts = resources["evidence"].get(nbgrader_data(cell).get("grade_id"))
            if texts is not None and is_test(cell):
                set_evidence(cell, texts)
        return nb, resources

    def _judge(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        if resources["nbgrader"]["notebook"] != self.assignment.name:
            return nb, resources
        nonce = resources["nonce"]

        def bugs(verdicts: Mapping[str, Verdict], evidence: Mapping[str, Evidence]) -> Mapping[str, KnownBug]:
            try:
                return known_bugs(verdicts, evidence, self._bugs, nonce)
            except RunnerError:
                return {}  # costs the exact name of a bug, and nothing else

        mark(nb, self.assignment, self._truths.for_nonce(nonce), bugs)
        return nb, resources


def _collect(metadata: Mapping[str, Any], noted: dict[str, list[Any]]) -> None:
    """Take over what the steps have noted in a notebook's metadata."""
    noted["notes"] += [metadata["problem"]] if metadata.get("problem") else []
    noted["notes"] += metadata.get("repairs", [])
    noted["seconds"].append(metadata.get("seconds", 0.0))
    noted["causes"] += [
        (name, verdict["cause"])
        for name, verdict in metadata.get("verdicts", {}).items()
        if verdict.get("cause") and not verdict.get("explained_by")
    ]
