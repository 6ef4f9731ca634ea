"""The executor's options, as they are set in nbgrader_config.py: known, without contradiction, or refused."""

from __future__ import annotations

import pytest
from traitlets import TraitError
from traitlets.config import Config

from graders.nbgrader_plugins.execute import ExecuteSubmission
from graders.runner import Limits
from graders.runner.records import MIB


def configured(*lines: str) -> ExecuteSubmission:
    """The executor with these lines in nbgrader_config.py."""
    c = Config()
    for line in lines:
        exec(line, {"c": c})
    return ExecuteSubmission(config=c)


def test_the_defaults_are_the_runner_s() -> None:
    assert configured().limits() == Limits()


def test_every_limit_can_be_set() -> None:
    limits = configured(
        "c.ExecuteSubmission.cell_seconds = 1.5",
        "c.ExecuteSubmission.notebook_seconds = 9",
        "c.ExecuteSubmission.cpu_seconds = 3",
        "c.ExecuteSubmission.memory_mib = 4",
        "c.ExecuteSubmission.processes = 5",
        "c.ExecuteSubmission.file_mib = 6",
        "c.ExecuteSubmission.scratch_mib = 7",
        "c.ExecuteSubmission.output_kib = 8",
    ).limits()
    assert (limits.step_seconds, limits.job_seconds, limits.cpu_seconds) == (1.5, 9, 3)
    assert (limits.memory_bytes, limits.processes, limits.output_bytes) == (4 * MIB, 5, 8 * 1024)
    assert (limits.file_bytes, limits.scratch_bytes) == (6 * MIB, 7 * MIB)


@pytest.mark.parametrize("section", ["Execute", "ExecutePreprocessor", "ExecuteSubmission"])
def test_nbgrader_s_own_timeout_counts(section: str) -> None:
    assert configured(f"c.{section}.timeout = 7").limits().step_seconds == 7


CONTRADICTIONS = {
    "c.Execute.timeout = 7; c.ExecuteSubmission.cell_seconds = 8": "two names of one limit",
    "c.ExecuteSubmission.cell_seconds = 200": "raise c.ExecuteSubmission.notebook_seconds",
    "c.ExecuteSubmission.file_mib = 900": "raise c.ExecuteSubmission.scratch_mib",
    "c.ExecuteSubmission.timeout = -1": "for ever",
    "c.ExecuteSubmission.memory_mib = 0": "c.ExecuteSubmission.memory_mib = 0: it must be more than 0",
    "c.ExecuteSubmission.memory_mib = '2 GiB'": "memory_mib",
    "c.ExecuteSubmission.memory_gib = 2": "memory_gib is no option; there are: cell_seconds",
}


@pytest.mark.parametrize("line", CONTRADICTIONS)
def test_an_option_that_cannot_be_meant_names_itself(line: str) -> None:
    with pytest.raises(TraitError, match=CONTRADICTIONS[line].replace(".", r"\.")):
        configured(line).limits()


def test_the_sandbox_is_given_up_by_name_only() -> None:
    assert configured().protection().sandboxed
    assert not configured("c.ExecuteSubmission.unprotected = True").protection().sandboxed
    assert "gradebook" in str(ExecuteSubmission.unprotected.help)
