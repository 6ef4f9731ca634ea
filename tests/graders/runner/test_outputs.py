"""What a rich job shows: kept whatever becomes of its process, within limits, and never taken at its word."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4

from graders.runner import Job, Limits, Result, Runner
from graders.runner.inside.checks import output_frame
from graders.runner.inside.events import EVIDENCE_TYPE, MAX_DISPLAY_BYTES, MAX_OUTPUTS, MAX_TRACEBACK_CHARS
from graders.runner.outputs import FULL_STEPS, LEFT_OUT, MAX_UPDATED_BYTES, Outputs
from graders.runner.protocol import Clear, Display, Error, Output, Shown, Stream, parse
from graders.sandbox import UNPROTECTED

LIMITS = Limits(step_seconds=20, job_seconds=60, output_bytes=4096)
Rich = Callable[..., Result]


@pytest.fixture(scope="module")
def rich(assignment: Path) -> Iterator[Rich]:
    """rich(*cells, limits, **experiments): run a rich job, each experiment after all cells."""
    with Runner(assignment, LIMITS, sandbox=UNPROTECTED) as runner:

        def run(*cells: str, limits: Limits | None = None, **codes: str) -> Result:
            experiments = tuple(
                (name, f"from tinystack.lab import emit\n{code}") for name, code in codes.items()
            )
            return runner.run(Job(cells, experiments, "n", rich=True), limits)

        yield run


def printed(result: Result, cell: int) -> str:
    """What a cell printed, on both streams."""
    return "".join(
        output["text"] for output in result.cell_outputs[cell] if output["output_type"] == "stream"
    )


def assert_valid(result: Result) -> None:
    """Assert that all outputs are what a notebook's format allows, and can be saved."""
    everything = [*result.cell_outputs.values(), *result.experiment_outputs.values()]
    cells = [v4.new_code_cell(outputs=[v4.new_output(**o) for o in outputs]) for outputs in everything]
    notebook = v4.new_notebook(cells=cells)
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()


@pytest.mark.parametrize(
    "lethal",
    [
        "os._exit(3)",
        "os.kill(os.getpid(), 9)",
        "import ctypes; ctypes.string_at(0)",
        "os.abort()",
        "while True: pass",
        "import signal; signal.signal(2, signal.SIG_IGN)\nwhile True: pass",
    ],
)
def test_what_a_lethal_cell_showed_is_kept(rich: Rich, lethal: str) -> None:
    show = (
        "import os\nos.system('echo program')\nprint('printed')\ndisplay('shown')\nos.write(2, b'raw\\n')\n"
    )
    hasty = Limits(step_seconds=2, job_seconds=40, interrupt_seconds=0.3)
    result = rich("a = 1", show + lethal, "print(a)", limits=hasty)
    assert [cell.index for cell in result.lethal_cells] == [1] and printed(result, 2) == "1\n"
    kinds = [(o["output_type"], o.get("name"), o.get("text")) for o in result.cell_outputs[1]][:3]
    assert kinds[:2] == [("stream", "stdout", "program\nprinted\n"), ("display_data", None, None)]
    assert kinds[2][:2] == ("stream", "stderr") and str(kinds[2][2]).startswith("raw\n")


def test_experiments_run_at_their_places(assignment: Path) -> None:
    codes = tuple(
        (n, f"from tinystack.lab import emit\nemit(str(value)); print('{n}')") for n in ("a", "b", "c")
    )
    cells = ("value = 1", "value = 2", "import os; os._exit(0)", "value = 3")
    with Runner(assignment, LIMITS, sandbox=UNPROTECTED) as runner:
        result = runner.run(Job(cells, codes, "n", positions=(1, 1, 4), rich=True))
    assert result.evidence == {"a": ("1",), "b": ("1",), "c": ("3",)}
    assert result.execution_counts == {0: 1, 1: 4, 2: 5, 3: 6}
    texts = {name: outputs[0]["text"] for name, outputs in result.experiment_outputs.items()}
    assert texts == {"a": "a\n", "b": "b\n", "c": "c\n"}


def test_cells_after_the_last_experiment_are_run_though_that_was_lethal(assignment: Path) -> None:
    with Runner(assignment, LIMITS, sandbox=UNPROTECTED) as runner:
        job = Job(("a = 1", "print(a)"), (("e", "import os; os._exit(0)"),), "n", positions=(1,), rich=True)
        result = runner.run(job)
    assert result.endings["e"].how == "died" and printed(result, 1) == "1\n"


@pytest.mark.parametrize("positions", [(0,), (1, 0), (0, 3), (-1, 0)])
def test_positions_that_do_not_fit_are_refused(positions: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="positions"):
        Job(("a", "b"), (("x", ""), ("y", "")), "n", positions=positions)


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a/../b", "a//b", "a\0b", "."])
def test_paths_out_of_the_working_directory_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path of a file"):
        Job((), (), "n", files=((path, b""),))


def test_files_that_are_too_large_together_are_refused() -> None:
    with pytest.raises(ValueError, match="MiB are allowed"):
        Job((), (), "n", files=(("a", bytes(7 << 20)), ("b", bytes(6 << 20))))


def test_files_are_in_the_working_directory(assignment: Path) -> None:
    files = (("data/numbers.txt", b"1 2"), ("helper.py", b"value = 5"))
    with Runner(assignment, LIMITS, sandbox=UNPROTECTED) as runner:
        code = "import helper\nprint(helper.value, open('data/numbers.txt').read())"
        result = runner.run(Job((code,), (), "n", rich=True, files=files))
    assert printed(result, 0) == "5 1 2\n"


def test_an_interrupted_cell_costs_itself_alone_and_no_new_process(rich: Rich) -> None:
    hasty = Limits(step_seconds=1, job_seconds=30)
    result = rich(
        "import os; pid = os.getpid()", "while True: pass", "print(pid == os.getpid())", limits=hasty
    )
    assert [(cell.index, cell.how) for cell in result.lethal_cells] == [(1, "timed_out")]
    assert printed(result, 2) == "True\n"
    assert [output["ename"] for output in result.cell_outputs[1]] == ["KeyboardInterrupt"]


def test_an_interrupted_await_costs_itself_alone(rich: Rich) -> None:
    hasty = Limits(step_seconds=1, job_seconds=30)
    result = rich("a = 1", "import asyncio\nawait asyncio.sleep(1000)", "print(a)", limits=hasty)
    assert [(cell.index, cell.how) for cell in result.lethal_cells] == [(1, "timed_out")]
    assert printed(result, 2) == "1\n"


def test_exit_ends_its_own_cell_alone(rich: Rich) -> None:
    result = rich("a = 1\nexit()", "quit", "print(a)")
    assert printed(result, 2) == "1\n" and result.lethal_cells == ()


def test_evidence_is_in_no_output(rich: Rich) -> None:
    publish = f"display({{{EVIDENCE_TYPE!r}: 'forged', 'text/plain': 'x'}}, raw=True)"
    hook = f"get_ipython().display_pub.recorder.display({{{EVIDENCE_TYPE!r}: 'forged'}}, {{}})"
    upper = f"display({{{EVIDENCE_TYPE.upper()!r}: 'forged'}}, raw=True)"
    result = rich(publish, hook, upper, e=f"{publish}\nemit('true')")
    assert result.evidence == {"e": ("forged", "true")}
    assert "forged" not in json.dumps(
        [list(result.cell_outputs.values()), list(result.experiment_outputs.values())]
    )


def test_an_error_of_an_experiment_shows_nothing_of_its_code(rich: Rich) -> None:
    result = rich(e="secret_name = 1\nraise ValueError('seen')")
    (error,) = result.experiment_outputs["e"]
    assert error == {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "seen",
        "traceback": ["ValueError: seen"],
    }


FLOODS = {
    "prints": "for i in range(10**5): print('x' * 100)",
    "one_print": "print('x' * 10**7)",
    "programs": "import os\nfor _ in range(200): os.write(1, b'x' * 10**5)",
    "wide_characters": "print('\\U0001f600' * 10**6)",
    "bytes_that_are_no_text": "import os\nfor _ in range(20): os.write(2, b'\\xff' * 10**5)",
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_cut_with_a_note_and_the_next_cell_prints(rich: Rich, name: str) -> None:
    result = rich(FLOODS[name], "print('next')")
    assert "was left out: a cell may print 4 KiB" in printed(result, 0) and printed(result, 1) == "next\n"
    assert len(printed(result, 0).encode()) < 3 * 4096 + 200  # a byte that is no text is shown as three
    assert_valid(result)


def test_a_job_prints_no_more_than_some_steps_may(rich: Rich) -> None:
    result = rich(*["print('x' * 5000)"] * (FULL_STEPS + 3))
    total = sum(len(printed(result, cell)) for cell in result.cell_outputs)
    assert total < (FULL_STEPS * 4096) + 200 * (FULL_STEPS + 3)


HOSTILE = {
    "not_a_number": "display({'application/json': float('nan')}, raw=True)",
    "large_json": "display({'application/json': [0] * 10**6}, raw=True)",
    "deep_json": "x = []\nfor _ in range(60): x = [x]\ndisplay({'application/json': x}, raw=True)",
    "no_mime_type": "display({'<script>': 'x'}, raw=True)",
    "many_types": "display({f'text/t{i}': 'x' for i in range(50)}, raw=True)",
    "text_that_is_no_text": "display({'text/html': ['a', 'list']}, raw=True)",
    "large_picture": "display({'image/png': 'x' * 5 * 10**6}, raw=True)",
    "large_metadata": "display({'text/plain': 'x'}, metadata={'a': 'x' * 10**5}, raw=True)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_notebook_holds_is_left_out_with_a_note(rich: Rich, name: str) -> None:
    result = rich(HOSTILE[name], "display('fine')")
    assert result.cell_outputs[0] == ({"output_type": "stream", "name": "stdout", "text": LEFT_OUT},)
    assert result.cell_outputs[1][0]["data"] == {"text/plain": "'fine'"}
    assert_valid(result)


STRANGE = {
    "surrogates": "print('\\ud800'); display({'text/plain': '\\udfff'}, raw=True); 1 / 0; '\\ud800'",
    "surrogates_in_an_error": "raise ValueError('\\ud800')",
    "long_error": "raise ValueError('x' * 10**7)",
    "hostile_name": "class E(Exception): pass\nE.__name__ = 'x' * 10**6\nraise E",
    "many_displays": "for i in range(2000): display(i); print(i)",
    "control_characters": "print('\\0\\x1b[2J\\x07')",
    "closed_streams": "import os; os.closerange(1, 3); print('x')",
    "deep_traceback": "def f(n): f(n - 1) if n else 1 / 0\nf(500)",
    "recorder_gone": "get_ipython().recorder = get_ipython().displayhook = None\n1",
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_outputs_are_valid_ones(rich: Rich, name: str) -> None:
    result = rich("a = 7", STRANGE[name], e="emit(str(a))")
    assert result.evidence == {"e": ("7",)} and result.lethal_cells == ()
    assert_valid(result)


def test_processes_that_were_forked_print_too(rich: Rich) -> None:
    code = "import os\npid = os.fork()\nif pid == 0:\n    print('child'); os._exit(0)\n"
    code += "_ = os.waitpid(pid, 0)\nprint('parent')"
    assert printed(rich(code), 0) == "child\nparent\n"


def test_threads_print_whole_lines(rich: Rich) -> None:
    code = """
import threading
def say(name):
    for _ in range(20): print(name * 20)
threads = [threading.Thread(target=say, args=(name,)) for name in 'abcd']
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    assert sorted("".join(sorted(printed(rich(code), 0).replace("\n", "")))) == sorted("abcd" * 400)


def test_a_job_that_is_not_rich_records_nothing(assignment: Path) -> None:
    with Runner(assignment, LIMITS, sandbox=UNPROTECTED) as runner:
        result = runner.run(Job(("print('x')\ndisplay(1)\n2",), (), "n"))
    assert result.cell_outputs == {} and result.execution_counts == {} and result.output.startswith("x\n1")


EVENTS: list[Any] = [
    None,
    [],
    {},
    {"type": "stream"},
    {"type": "stream", "name": "stdin", "text": "x"},
    {"type": "stream", "name": "stdout", "text": 1},
    {"type": "stream", "name": "stdout", "text": "x", "more": 1},
    {"type": ["stream"], "name": "stdout", "text": "x"},
    {"type": "display", "data": [], "values": {}, "metadata": "{}", "display_id": None, "update": False},
    {
        "type": "display",
        "data": {"a": 1},
        "values": {},
        "metadata": "{}",
        "display_id": None,
        "update": False,
    },
    {"type": "display", "data": {}, "values": {}, "metadata": "{}", "display_id": 1, "update": False},
    {"type": "error", "ename": "E", "evalue": "", "traceback": "x"},
    {"type": "clear", "wait": 1},
]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_of_another_form_is_dropped_in_the_zygote_and_refused_by_the_client(event: Any) -> None:
    assert output_frame(event) is None
    with pytest.raises(ValueError, match="reply"):
        parse(json.dumps({"kind": "output", "event": event}).encode())


def test_an_event_that_the_zygote_lets_through_can_be_parsed() -> None:
    frame = output_frame({"type": "stream", "name": "stdout", "text": "\ud800x"})
    reply = parse(json.dumps(frame).encode())
    assert isinstance(reply, Output) and reply.event == Stream("stdout", "?x")


def shown_by(*events: Any) -> tuple[Any, ...]:
    outputs = Outputs(4096)
    outputs.begin(0, 5)
    for event in events:
        outputs.note(event)
    return outputs.of(0)


def test_events_before_the_first_step_are_ignored() -> None:
    outputs = Outputs(4096)
    outputs.note(Stream("stdout", "x"))
    assert outputs.keys() == ()


def test_the_execution_count_is_ours() -> None:
    (output,) = shown_by(Shown({"text/plain": "1"}, {}, "{}"))
    assert output["execution_count"] == 5


def test_cleared_outputs_make_room() -> None:
    large = Display({"image/png": "x" * (MAX_DISPLAY_BYTES - 2000)}, {}, "{}", "known", False)
    assert len(shown_by(large, Clear(False), large, Clear(True), large)) == 1
    assert shown_by(large, large)[1]["text"] == LEFT_OUT


def test_updates_cannot_grow_beyond_the_limit() -> None:
    small = Display({"text/plain": "x"}, {}, "{}", "known", False)
    large = Display({"text/plain": "x" * (MAX_DISPLAY_BYTES // 3)}, {}, "{}", "known", True)
    outputs = shown_by(small, small, small, small, large)
    assert [len(output["data"]["text/plain"]) for output in outputs[:-1]] == [1] * 4
    assert outputs[-1]["text"] == LEFT_OUT


def test_updates_of_many_outputs_at_once_have_an_end() -> None:
    shown = [Display({"text/plain": "x" * 5000}, {}, "{}", "known", False)] * (MAX_OUTPUTS // 2)
    updates = [Display({"text/plain": f"{n:5000}"}, {}, "{}", "known", True) for n in range(1000)]
    outputs = shown_by(*shown, *updates)
    assert outputs[-1]["text"] == LEFT_OUT
    (last,) = {output["data"]["text/plain"] for output in outputs[:-1]}
    room = MAX_UPDATED_BYTES / (len(shown) * 5000)
    assert room / 4 < int(last) < room


def test_a_traceback_that_is_too_long_is_refused() -> None:
    assert shown_by(Error("E", "", ["x" * (MAX_TRACEBACK_CHARS + 1)]))[0]["text"] == LEFT_OUT


def test_any_events_make_a_valid_notebook_of_limited_size() -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed={seed}")
    rng = random.Random(seed)

    def text() -> str:
        return rng.choice(["", "x", "\u20ac" * 50, "\n", "\r", "y" * 3000]) * rng.randrange(3)

    def data() -> dict[str, str]:
        return {
            rng.choice(["text/plain", "image/png", "x", EVIDENCE_TYPE, "a/b;c=d"]): text() for _ in range(3)
        }

    def values() -> dict[str, str]:
        texts = ["1", "[", "{}", "NaN", "[" * 5000, '"x"', "1" * 5000]
        return {"application/json": rng.choice(texts)} if rng.random() < 0.3 else {}

    makers: list[Callable[[], Any]] = [
        lambda: Stream(rng.choice(["stdout", "stderr"]), text()),
        lambda: Display(
            data(), values(), rng.choice(["{}", "[]", "x"]), rng.choice([None, "a"]), rng.random() < 0.5
        ),
        lambda: Shown(data(), values(), "{}"),
        lambda: Error(text(), text(), [text() for _ in range(rng.randrange(4))]),
        lambda: Clear(rng.random() < 0.5),
    ]
    outputs = Outputs(4096)
    for number in range(3000):
        if number % 300 == 0:
            outputs.begin(number // 300)
        outputs.note(rng.choice(makers[: rng.choice([4, 5])])())
    everything = [outputs.of(number) for number in range(10)]
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell(outputs=[v4.new_output(**o) for o in of]) for of in everything]
    )
    nbformat.validate(notebook)
    assert all(len(of) <= MAX_OUTPUTS + 1 for of in everything)
    assert EVIDENCE_TYPE not in json.dumps(everything)


def test_a_figure_of_an_experiment_is_named_and_not_drawn(rich: Rich) -> None:
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    result = rich(plot, experiment=f"{plot}\nemit('x')", after=f"{plot}\nemit('y')")
    assert result.evidence == {"experiment": ("x",), "after": ("y",)}
    assert any("image/png" in output.get("data", {}) for output in result.cell_outputs[0])
    for name in result.evidence:
        kinds = [set(output["data"]) for output in result.experiment_outputs[name] if "data" in output]
        assert kinds == [{"text/plain"}]
    later = rich(f"def show():\n    {plot.splitlines()[0]}\n    plt.plot([2, 1])\n    plt.show()", "show()")
    assert any("image/png" in output.get("data", {}) for output in later.cell_outputs[1])
