"""Runs a submission in a kernel; a cell that kills or hangs the kernel costs that cell alone."""

from __future__ import annotations

import os
from subprocess import DEVNULL
from typing import Any

from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Integer, List

from graders.assignment import is_test
from graders.nbgrader_plugins.course import course_directory, nonce_of

NONCE_VARIABLE = "TINYSTACK_NONCE"

LETHAL = {DeadKernelError: "the cell ended the kernel", CellTimeoutError: "the cell did not end in time"}


class ExecuteSubmission(Execute):
    """nbgrader's Execute, with the student's nonce in the environment and restarts where a kernel is lost.

    After a restart the cells before are run again, without the tests and without the cells that were lethal.
    """

    timeout = Integer(
        20, help="Wall seconds for one cell. All hidden tests of a correct submission take 0.1 s."
    ).tag(config=True)

    extra_arguments = List(
        ["--IPKernelApp.log_level=ERROR"],
        help="Arguments of the kernel; by default it keeps its warnings about itself to itself.",
    ).tag(config=True)

    max_restarts = Integer(
        12,
        help=(
            "How often one notebook gets a new kernel. "
            "Each of the tests may be lethal; so may some solutions."
        ),
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, km: KernelManager | None = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run all cells; each code cell ends up with its outputs, or an error that says why it has none."""
        assert resources is not None
        names = resources["nbgrader"]
        nonce = nonce_of(course_directory(self), names["assignment"], names["student"])
        self._launch = {
            "env": {**os.environ, NONCE_VARIABLE: nonce},
            "stdout": DEVNULL,  # what is printed arrives as messages; the rest is for nobody
            "stderr": DEVNULL,
        }
        lethal: set[int] = set()
        position = 0
        for _ in range(self.max_restarts + 1):
            position = self._run_from(nb, resources, position, lethal)
            if position == len(nb.cells):
                return nb, resources
        self._mark(nb.cells[position:], "not run: too many cells before ended the kernel")
        return nb, resources

    def start_new_kernel(self, **options: Any) -> Any:
        """Start the kernel with the nonce in its environment."""
        return super().start_new_kernel(**{**self._launch, **options})

    async def async_start_new_kernel(self, **options: Any) -> None:
        """Start the kernel with the nonce in its environment."""
        await super().async_start_new_kernel(**{**self._launch, **options})

    def _run_from(self, nb: NotebookNode, resources: dict[str, Any], start: int, lethal: set[int]) -> int:
        """Run a notebook from cell `start` in a new kernel; return where to go on, its length when done."""
        again = [
            cell if _prepares(cell) and i not in lethal else _skipped()
            for i, cell in enumerate(nb.cells[:start])
        ]
        attempt = NotebookNode({**nb, "cells": [*map(_copy, again), *nb.cells[start:]]})
        self._position = start
        try:
            super().preprocess(attempt, resources)
        except (DeadKernelError, CellTimeoutError) as error:
            lethal.add(self._position)
            self._mark(nb.cells[self._position : self._position + 1], LETHAL[type(error)])
            return self._position + 1
        nb.metadata["language_info"] = attempt.metadata.get("language_info", {})
        return len(nb.cells)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run one cell, and remember which."""
        self._position = index
        done: tuple[NotebookNode, dict[str, Any]] = super().preprocess_cell(cell, resources, index)
        return done

    def _mark(self, cells: list[NotebookNode], reason: str) -> None:
        for cell in cells:
            if cell.cell_type == "code":
                self.log.warning("%s: %s", cell.get("id", "a cell"), reason)
                error = new_output("error", ename="NotRun", evalue=reason, traceback=[f"NotRun: {reason}"])
                cell.outputs = [*cell.get("outputs", []), error]


def _prepares(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and not is_test(cell)


def _skipped() -> NotebookNode:
    return NotebookNode({"cell_type": "raw", "source": "", "metadata": {}})


def _copy(cell: NotebookNode) -> NotebookNode:
    """A copy to run again: its outputs are those of the first time."""
    return NotebookNode({**cell, "outputs": []}) if cell.cell_type == "code" else cell
