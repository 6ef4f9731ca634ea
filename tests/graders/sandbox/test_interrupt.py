"""A cell that hangs is interrupted, and ended by force only where that does not help."""

from __future__ import annotations

import time

from graders.runner import Job, Limits, Runner

HASTY = Limits(step_seconds=0.5, interrupt_seconds=1.0, job_seconds=30.0)
EMIT = "from tinystack.lab import emit\nemit(str(count))"


def run_cells(runner: Runner, hang: str) -> tuple[int, tuple[str, ...], list[str]]:
    """How many processes it took, what `count` was at the end, and which cells were out of time."""
    cells = ("import os\ncount = 1\nfirst = os.getpid()", hang, "count += 1")
    job = Job(cells, (("pids", "from tinystack.lab import emit\nemit('x')"), ("count", EMIT)), "n")
    begun = time.monotonic()
    result = runner.run(job, HASTY)
    assert time.monotonic() - begun < 25
    late = [cell.how for cell in result.lethal_cells] + [
        error.type for error in result.cell_errors if error.index == 1
    ]
    return len(result.lethal_cells), result.evidence["count"], late


def test_a_hanging_cell_is_interrupted_and_the_next_go_on(runner: Runner) -> None:
    _, count, late = run_cells(runner, "count = 10\nwhile True: pass")
    assert count == ("11",) and late, "what the cell did before it hung is there: it ran in one process"


def test_a_job_that_ends_as_it_is_interrupted_has_ended_by_itself(runner: Runner) -> None:
    after = (("after", "from tinystack.lab import emit\nemit('x')"),)
    for early in range(8):  # milliseconds before the interrupt, about
        end = f"import os, time\ntime.sleep({HASTY.step_seconds} - {early} / 1000)\nos._exit(3)"
        result = runner.run(Job((end,), after, "n"), HASTY)
        assert result.evidence["after"] == ("x",), (early, result.endings)
        assert not any("lost" in cell.text for cell in result.lethal_cells), result.lethal_cells


def test_a_cell_that_ignores_the_interrupt_is_ended_and_skipped(runner: Runner) -> None:
    deaf = "import signal\ncount = 10\nsignal.signal(2, signal.SIG_IGN)\nwhile True: pass"
    lethal, count, late = run_cells(runner, deaf)
    assert lethal == 1 and count == ("2",) and "timed_out" in late


def test_a_cell_that_catches_the_interrupt_is_ended_and_skipped(runner: Runner) -> None:
    swallow = (
        "import time\ncount = 10\nwhile True:\n    try: time.sleep(1000)\n    except BaseException: pass"
    )
    lethal, count, late = run_cells(runner, swallow)
    assert lethal == 1 and count == ("2",) and "timed_out" in late


def test_an_experiment_that_hangs_keeps_its_evidence_and_counts_as_late(runner: Runner) -> None:
    hang = "from tinystack.lab import emit\nemit('seen')\nwhile True: pass"
    job = Job(("count = 1",), (("before", EMIT), ("hang", hang), ("after", EMIT)), "n")
    result = runner.run(job, HASTY)
    assert result.endings["hang"].how == "timed_out" and result.evidence["hang"] == ("seen",)
    assert [result.endings[name].how for name in ("before", "after")] == ["finished", "finished"]
    assert result.evidence["after"] == ("1",)
