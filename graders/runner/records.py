"""What goes into a run and what comes out of it: plain frozen records."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

How = Literal["finished", "died", "timed_out", "not_reached"]

Key = int | str
"""A step of a job: a cell, by its index, or an experiment, by its name."""

Output = dict[str, Any]
"""An output of a notebook's cell: stream, display_data, execute_result or error."""

MIB = 1024 * 1024

MAX_FILES_BYTES = 12 * MIB
"""Of a job's files together: with a large notebook they still fit into one frame."""


class RunnerError(Exception):
    """A fault that is not the student's: the job was not run to its end, and nobody may be judged by it."""


@dataclass(frozen=True)
class Limits:
    """What one job may use.

    step_seconds: wall time of one cell or experiment. All nine experiments take 0.1 s, and end
        after a second of CPU each; on a machine with ten jobs per core that is ten seconds of wall time.
    job_seconds: wall time of a job with all its attempts. 300 hanging notebooks then take hours, not days.
    cpu_seconds: CPU time of one process, so that threads do not multiply the wall time.
    memory_bytes: address space of one process; IPython and numpy take 0.12 GiB, matplotlib as much again.
    file_bytes: one file's size; a checkpoint takes some kilobytes.
    open_files: descriptors of one process, at least 201; no honest notebook comes near it.
    output_bytes: how much is kept of the end of stdout and stderr together; more than a page of any feedback.
    interrupt_seconds: from the interrupt of a step that is out of time to its end by force.
    processes: processes and threads of one job at a time, its own among them.
    scratch_bytes: the size of the folder that a job may write to, which is kept in memory.
    """

    step_seconds: float = 30.0
    job_seconds: float = 120.0
    cpu_seconds: int = 60
    memory_bytes: int = 2048 * MIB
    file_bytes: int = 64 * MIB
    open_files: int = 256
    output_bytes: int = 64 * 1024
    interrupt_seconds: float = 2.0
    processes: int = 64
    scratch_bytes: int = 128 * MIB


@dataclass(frozen=True)
class Job:
    """Student's code in cells, and the experiments (name, code) to run after it in the same namespace.

    nonce: where the experiments' numbers come from. as_module: the code is that of a plain module: its
    `__name__` is "trainer", and an `if __name__ == "__main__"` block is not run.
    positions: for each experiment, how many of the cells come before it, never descending; None: all of them.
    rich: record what cells and experiments display, as a notebook's outputs.
    files: the submission's other files, by relative path, put into the working directory.
    once: the experiments are those of this job alone, so that keeping them compiled is of no use.
    kernel: the name of a Jupyter kernel to run a rich job in, in place of the runner's own shell.

    Raises:
        ValueError: two experiments have the same name, the positions do not fit, a kernel is named for
            another kind of job, a file's path is none of a working directory, or the files are too large.
    """

    cells: tuple[str, ...]
    experiments: tuple[tuple[str, str], ...]
    nonce: str
    as_module: bool = False
    positions: tuple[int, ...] | None = None
    rich: bool = False
    files: tuple[tuple[str, bytes], ...] = ()
    kernel: str = ""
    once: bool = False

    def __post_init__(self) -> None:
        names = [name for name, _ in self.experiments]
        if len(set(names)) < len(names):
            raise ValueError(f"experiments of the same name: {', '.join(names)}")
        places = self.positions
        if places is not None and (
            len(places) != len(names)
            or sorted(places) != list(places)
            or any(not 0 <= place <= len(self.cells) for place in places)
        ):
            raise ValueError(f"{places} are no positions among {len(self.cells)} cells")
        if self.kernel and (self.as_module or not self.rich):
            raise ValueError("a kernel runs rich jobs of notebooks only")
        _check_files(self.files)

    def steps(self) -> list[Key]:
        """Return cells and experiments in the order in which they are run."""
        return list(self._steps)

    @cached_property
    def _steps(self) -> list[Key]:
        places = self.positions or (len(self.cells),) * len(self.experiments)
        steps: list[Key] = []
        for index in range(len(self.cells) + 1):
            steps += [
                name for place, (name, _) in zip(places, self.experiments, strict=True) if place == index
            ]
            steps += [index] if index < len(self.cells) else []
        return steps

    def execution_counts(self) -> dict[Key, int]:
        """Return the count that a kernel would give each step; it does not run an empty cell."""
        run = [key for key in self._steps if not (isinstance(key, int) and not self.cells[key].strip())]
        return {key: count for count, key in enumerate(run, start=1)}


def check_path(path: str) -> None:
    """Raise ValueError if a path is none of a file below the working directory."""
    if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError(f"{path!r} is no path of a file in the working directory")


def _check_files(files: tuple[tuple[str, bytes], ...]) -> None:
    for path, _ in files:
        check_path(path)
    size = sum(len(data) for _, data in files)
    if size > MAX_FILES_BYTES:
        raise ValueError(
            f"the files beside the notebook take {size} bytes, and {MAX_FILES_BYTES >> 20} MiB are allowed"
        )


@dataclass(frozen=True)
class Ending:
    """How an experiment ended, and a sentence: the error that it raised, or why it did not finish."""

    how: How
    text: str = ""


@dataclass(frozen=True)
class CellError:
    """An error that ended a cell. index: that cell, from 0. function: empty where the error is at top level.

    line: from 1, in the cell `cell`, another one where a function of an earlier cell failed; both are
    None where no line of the student's is part of it.
    """

    index: int
    type: str
    message: str
    line: int | None
    function: str
    cell: int | None = None


@dataclass(frozen=True)
class LethalCell:
    """A cell that ended its process, or had to be ended; everything else ran again without it."""

    index: int
    how: Literal["died", "timed_out"]
    text: str


@dataclass(frozen=True)
class Result:
    """What a job came to.

    evidence: the texts that each experiment published, unread, in order. endings: how each experiment ended.
    output: the end of all streams, hostile like the evidence. seconds: wall time of all attempts.
    cell_outputs, experiment_outputs: of a rich job, the outputs of each cell (by index) and experiment, as
    nbformat has them, checked, but hostile in what they say. execution_counts: of the cells that were run.
    """

    evidence: dict[str, tuple[str, ...]]
    endings: dict[str, Ending]
    cell_errors: tuple[CellError, ...] = ()
    lethal_cells: tuple[LethalCell, ...] = ()
    output: str = ""
    seconds: float = field(default=0.0, compare=False)
    cell_outputs: dict[int, tuple[Output, ...]] = field(default_factory=dict)
    experiment_outputs: dict[str, tuple[Output, ...]] = field(default_factory=dict)
    execution_counts: dict[int, int] = field(default_factory=dict)
