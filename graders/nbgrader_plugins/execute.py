"""Runs a submission in the sandbox; a cell that ends its process, or never ends, costs that cell alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Bool, Float, Integer, TraitError, validate

from graders.assignment import METADATA
from graders.execution import execute, files_beside, stops
from graders.nbgrader_plugins.course import (
    assignment_of,
    course_directory,
    has_experiments,
    nonce_of,
    runner_of,
)
from graders.runner import Limits, Runner
from graders.runner.records import MIB
from graders.sandbox import Protection

DEFAULTS = Limits()


class ExecuteSubmission(Execute):
    """nbgrader's Execute, by the runner: a sandbox and limits for every notebook, and no kernel to wait for.

    Of nbgrader's own options `timeout` counts, as another name of `cell_seconds`.
    """

    timeout = Integer(
        None, allow_none=True, help="Another name of cell_seconds, for courses that have set nbgrader's."
    ).tag(config=True)

    cell_seconds = Float(
        DEFAULTS.step_seconds,
        help="Wall seconds for one cell. All hidden tests of a correct submission take 0.1 s.",
    ).tag(config=True)

    notebook_seconds = Float(
        DEFAULTS.job_seconds, help="Wall seconds for a notebook; cells that are left then are not run."
    ).tag(config=True)

    cpu_seconds = Integer(DEFAULTS.cpu_seconds, help="CPU seconds of one process.").tag(config=True)

    memory_mib = Integer(DEFAULTS.memory_bytes // MIB, help="MiB of memory of one process.").tag(config=True)

    processes = Integer(
        DEFAULTS.processes, help="Processes and threads that a notebook may have at a time."
    ).tag(config=True)

    file_mib = Integer(DEFAULTS.file_bytes // MIB, help="MiB of the largest file that may be written.").tag(
        config=True
    )

    scratch_mib = Integer(
        DEFAULTS.scratch_bytes // MIB, help="MiB of all files that a notebook may have at a time."
    ).tag(config=True)

    output_kib = Integer(
        DEFAULTS.output_bytes // 1024,
        help="KiB that one cell may print; a notebook may print 16 times as much.",
    ).tag(config=True)

    unprotected = Bool(
        False,
        help=(
            "Run without the sandbox. Students' code can then read the gradebook, the hidden tests and "
            "everybody's work, change them, and use the network, as the account that grades can."
        ),
    ).tag(config=True)

    full_kernel = Bool(
        False,
        help=(
            "Run each notebook in the Jupyter kernel that it names, in the same sandbox: for widgets and "
            "other languages. It takes seconds for each notebook."
        ),
    ).tag(config=True)

    @validate(
        *("cell_seconds", "notebook_seconds", "cpu_seconds", "memory_mib", "processes", "file_mib"),
        *("scratch_mib", "output_kib"),
    )
    def _positive(self, proposal: Any) -> Any:
        if not proposal.value > 0:
            raise TraitError(
                f"{self._option(proposal.trait.name)} = {proposal.value}: it must be more than 0"
            )
        return proposal.value

    @validate("timeout")
    def _a_limit(self, proposal: Any) -> Any:
        if proposal.value is not None and proposal.value <= 0:
            raise TraitError(
                f"{self._option('timeout')} = {proposal.value} would let a cell run for ever: give it some "
                "seconds, or leave it out"
            )
        return proposal.value

    def limits(self) -> Limits:
        """Return what one notebook may use.

        Raises:
            TraitError: an option is not known, or two contradict each other; the message names them.
        """
        self._check_names()
        seconds = self._cell_seconds()
        if seconds > self.notebook_seconds:
            raise TraitError(
                f"one cell may take {seconds:g} s, but all of them together {self.notebook_seconds:g} s: "
                f"raise {self._option('notebook_seconds')} or lower {self._option('cell_seconds')}"
            )
        if self.file_mib > self.scratch_mib and "file_mib" in self._configured():
            raise TraitError(
                f"one file may have {self.file_mib} MiB, but all of them together {self.scratch_mib} MiB: "
                f"raise {self._option('scratch_mib')} or lower {self._option('file_mib')}"
            )
        return Limits(
            step_seconds=seconds,
            job_seconds=self.notebook_seconds,
            cpu_seconds=self.cpu_seconds,
            memory_bytes=self.memory_mib * MIB,
            file_bytes=self.file_mib * MIB,
            output_bytes=self.output_kib * 1024,
            processes=self.processes,
            scratch_bytes=self.scratch_mib * MIB,
        )

    def protection(self) -> Protection:
        """Return whether students' code runs in a sandbox."""
        return Protection(sandboxed=not self.unprotected)

    def runner(self, assignment: Path, preload: Sequence[str] = ()) -> Runner:
        """Return a new runner for an assignment's folder, with these options.

        preload: modules that many submissions import.

        Raises:
            TraitError: two options contradict each other.
        """
        return Runner(assignment, self.limits(), preload, self.protection(), full_kernel=self.full_kernel)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, km: KernelManager | None = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run all cells; each code cell ends up with its outputs, or an error that says why it has none.

        Raises:
            SandboxError: the machine does not give the sandbox that was asked for.
            RunnerError: the code could not be run, for no reason of its own.
        """
        assert resources is not None
        coursedir, names = course_directory(self), resources["nbgrader"]
        if not has_experiments(coursedir, names["assignment"]):
            return self._as_nbgrader_does(nb, resources)
        assignment = assignment_of(coursedir, names["assignment"])
        files = files_beside(Path(resources["metadata"]["path"]), assignment.folder)
        nonce = nonce_of(coursedir, names["assignment"], names["student"])
        runner = runner_of(assignment, self.protection(), self.full_kernel)
        result = execute(nb, runner, nonce, files, self.limits())
        nb.metadata.setdefault(METADATA, NotebookNode())["seconds"] = round(result.seconds, 3)
        for sentence in stops(nb, result, self.limits()):
            self.log.warning("%s", sentence)
        return nb, resources

    def _as_nbgrader_does(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run a notebook without experiments, an assignment of the course's own, in a kernel, as ever."""
        self.log.warning(
            "%s has no experiments: it runs as nbgrader runs it, without the sandbox",
            resources["nbgrader"]["assignment"],
        )
        if self.timeout is None:
            self.timeout = int(self.cell_seconds)
        done: tuple[NotebookNode, dict[str, Any]] = super().preprocess(nb, resources)
        return done

    def _check_names(self) -> None:
        own = self.config.get(type(self).__name__, {})
        unknown = sorted(name for name in own if not self.has_trait(name))
        if unknown:
            known = ", ".join(sorted(name for name in vars(ExecuteSubmission) if self.has_trait(name)))
            raise TraitError(f"{self._option(unknown[0])} is no option; there are: {known}")

    def _cell_seconds(self) -> float:
        if self.timeout is None:
            return float(self.cell_seconds)
        if "cell_seconds" in self._configured() and self.cell_seconds != self.timeout:
            raise TraitError(
                f"{self._option('cell_seconds')} = {self.cell_seconds:g}, but timeout = {self.timeout}: they "
                "are two names of one limit; keep one of them"
            )
        return float(self.timeout)

    def _configured(self) -> set[str]:
        """The options that the course's configuration sets."""
        sections = [self.config.get(cls.__name__, {}) for cls in type(self).__mro__]
        return {name for section in sections for name in section}

    def _option(self, name: str) -> str:
        return f"c.ExecuteSubmission.{name}"
