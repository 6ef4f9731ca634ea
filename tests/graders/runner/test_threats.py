"""What hostile or broken code may try, each by name: it costs that code's own evidence, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graders.runner import Limits, Result

Run = Callable[..., Result]
pytestmark = pytest.mark.usefixtures("unharmed")

HASTY = Limits(step_seconds=0.3, job_seconds=20.0)
"""A hang costs a third of a second: thirty times what the other steps of these tests take."""

LETHAL = {
    "exits": "import os; os._exit(0)",
    "exits_with_our_status": "import os; os._exit(70)",
    "kills_itself": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "kills_its_group": "import os, signal; os.killpg(0, signal.SIGKILL)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "aborts": "import os; os.abort()",
    "closes_everything": "import os; os.closerange(0, 256)",
    "replaces_itself": "import os; os.execv('/bin/true', ['true'])",
}

HANGS = {
    "busy": "while True: pass",
    "sleeping": "import time; time.sleep(1000)",
    "swallowing": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "deaf": "import signal\nfor n in (2, 14, 15, 27): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
    "in_c": "sum(range(10**12))",
    "stopped": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
}

ENDS = {
    "system_exit": "raise SystemExit(0)",
    "keyboard_interrupt": "raise KeyboardInterrupt",
    "own_base_exception": "class Mine(BaseException): pass\nraise Mine('x')",
    "generator_exit": "raise GeneratorExit",
    "deep_recursion": "def f(): return f()\nf()",
    "memory_hog": "hog = bytearray(64 * 1024**3)",
    "memory_hog_bit_by_bit": "hog = []\nwhile True: hog.append(bytearray(32 * 1024**2))",
    "hostile_message": "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
    "huge_message": "raise ValueError('x' * 10**7)",
    "surrogates": "raise ValueError('\\ud800' * 10)",
    "large_file": "open('big', 'wb').truncate(10**12)",
}


@pytest.mark.parametrize("name", LETHAL)
def test_a_cell_that_ends_its_process_is_skipped_and_the_others_keep_their_evidence(
    run: Run, name: str
) -> None:
    result = run("a = 1", LETHAL[name], "b = 2", first="emit(str(a))", second="emit(str(b))")
    assert result.evidence == {"first": ("1",), "second": ("2",)}
    assert [(cell.index, cell.how) for cell in result.lethal_cells] == [(1, "died")]


@pytest.mark.parametrize("name", LETHAL)
def test_an_experiment_that_ends_its_process_costs_its_own_evidence(run: Run, name: str) -> None:
    result = run("a = 1", before="emit(str(a))", lethal=LETHAL[name], after="emit(str(a + 1))")
    assert result.evidence == {"before": ("1",), "lethal": (), "after": ("2",)}
    assert [result.endings[n].how for n in ("before", "lethal", "after")] == ["finished", "died", "finished"]
    assert result.endings["lethal"].text and result.lethal_cells == ()


@pytest.mark.parametrize("name", HANGS)
def test_an_experiment_that_hangs_is_ended_in_time(run: Run, name: str) -> None:
    result = run("a = 1", before="emit(str(a))", hang=HANGS[name], after="emit(str(a + 1))", limits=HASTY)
    assert result.evidence == {"before": ("1",), "hang": (), "after": ("2",)}
    assert result.endings["hang"].how == "timed_out" and result.seconds < 3


@pytest.mark.parametrize("name", ["busy", "swallowing"])
def test_a_cell_that_hangs_is_skipped(run: Run, name: str) -> None:
    result = run("a = 1", HANGS[name], "b = 2", n="emit(str(a + b))", limits=HASTY)
    assert result.evidence == {"n": ("3",)}
    assert [(cell.index, cell.how) for cell in result.lethal_cells] == [(1, "timed_out")]


@pytest.mark.parametrize("name", ENDS)
def test_an_error_of_any_kind_ends_its_own_step_alone(run: Run, name: str) -> None:
    result = run("a = 1", ENDS[name], bad=f"emit('x')\n{ENDS[name]}", good="emit(str(a))")
    assert [error.index for error in result.cell_errors] == [1] and result.lethal_cells == ()
    assert result.evidence == {"bad": ("x",), "good": ("1",)}
    assert result.endings["bad"].how == "finished" and 0 < len(result.endings["bad"].text) < 1100


def test_the_job_ends_when_its_time_is_used_up(run: Run) -> None:
    limits = Limits(step_seconds=0.4, job_seconds=0.6)
    result = run(limits=limits, a="emit('a')", b="while True: pass", c="while True: pass", d="emit('d')")
    hows = " ".join(result.endings[name].how for name in "abcd")
    assert hows == "finished timed_out timed_out not_reached"
    assert result.evidence["a"] == ("a",) and result.evidence["d"] == () and result.seconds < 2


def test_cpu_time_is_limited_where_wall_time_is_not(run: Run) -> None:
    limits = Limits(step_seconds=10, cpu_seconds=1)
    assert run(limits=limits, n="while True: pass").endings["n"].how == "died"


def test_prints_on_stdout_do_not_corrupt_the_channel(run: Run) -> None:
    noise = "import os, sys\nprint('begin'); os.system('echo child')\n"
    noise += 'os.write(1, b\'{"kind": "done"}\\n\\xff\\x00\')\n'
    result = run(noise, noise, n=f"{noise}emit('1')\nsys.stderr.write('loud')")
    assert result.evidence["n"] == ("1",) and result.cell_errors == ()
    assert "begin" in result.output and "child" in result.output and result.output.endswith("loud")


def test_a_flood_of_output_is_capped_to_its_end(run: Run) -> None:
    flood = "import os\nfor _ in range(300): os.write(1, b'x' * 10**5)\nprint('the end')"
    result = run(flood, n="emit('1')")
    assert result.evidence["n"] == ("1",) and len(result.output) <= 65_536 and "the end" in result.output


@pytest.mark.parametrize("numbers", ["range(3, 51)", "range(3, 256)"])
def test_garbage_on_all_descriptors_is_ignored(run: Run, numbers: str) -> None:
    garbage = f"import os\nfor fd in {numbers}:\n"
    garbage += "    for data in (b'garbage', b'\\n{\"kind\": \"finished\"}\\n', bytes(300)):\n"
    garbage += "        try: os.write(fd, data)\n        except OSError: pass\n"
    result = run(garbage, "b = 2", bad=garbage, good="emit(str(b))")
    assert result.evidence["good"] == ("2",) and result.endings["bad"].how == "finished"


def test_a_flood_on_all_descriptors_ends_the_attempt_and_no_other(run: Run) -> None:
    flood = "import os\nwhile True:\n  for fd in range(3, 256):\n"
    flood += "    try: os.write(fd, b'x' * 65536)\n    except OSError: pass"
    result = run("b = 2", bad=flood, good="emit(str(b))", limits=Limits(step_seconds=5, job_seconds=15))
    assert result.evidence == {"bad": (), "good": ("2",)} and result.endings["bad"].how == "died"


def test_two_evidence_texts_are_both_returned_and_a_flood_is_cut(run: Run) -> None:
    result = run(
        "from tinystack.lab import emit\nemit('too early')",
        two="emit('1'); emit('2')",
        many="for i in range(9): emit('x')",
    )
    assert result.evidence == {"two": ("1", "2"), "many": ("x",) * 4}


def test_evidence_too_large_is_handed_on_cut(run: Run) -> None:
    result = run(n="for _ in range(4): emit('\\U0001f600' * 10**6)", bad="emit('\\ud800')", good="emit('1')")
    assert [len(text) for text in result.evidence["n"]] == [300_000] * 4
    assert result.evidence["bad"] == ("?",) and result.evidence["good"] == ("1",)


def test_what_a_student_does_to_the_shell_forges_nothing(run: Run) -> None:
    tricks = (
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])",
        "type(get_ipython()).run_code = lambda *a, **k: None",
        "get_ipython().display_pub = None",
        "import sys; sys.stdout = sys.stderr = None",
    )
    for trick in tricks:
        result = run("a = 1", trick, bad="raise ValueError('seen')", good="a + 1")
        assert result.evidence == {"bad": (), "good": ()}
        assert result.endings["bad"].text == "ValueError: seen"
