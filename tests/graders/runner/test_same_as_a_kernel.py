"""A rich job's outputs are those that a fresh kernel gives to nbclient, cell by cell, but for what follows.

Normalised before they are compared:

- names of files and addresses of objects, which differ from one kernel to the next;
- neighbouring streams of one name count as one, and stdout and stderr between two other outputs are compared
  each for itself: a kernel sends them every fifth of a second, in an order that is a matter of luck;
- what programs write to file descriptors comes into a kernel's outputs some time later, so cells wait for it;
- frames of the machinery in tracebacks, which are ipykernel's there and ours here.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode, v4

from graders.runner import Job, Limits, Result, Runner
from graders.sandbox import UNPROTECTED

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="

CELLS = {
    "print": "print('one')\nprint('two', end='')\nprint('', flush=True)",
    "both_streams": "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('out again')",
    "carriage_returns": "import sys\nfor i in range(3):\n    _ = sys.stdout.write(f'\\r{i}')",
    "result": "6 * 7",
    "suppressed_result": "6 * 7;",
    "none": "None",
    "underscore": "_ + 1, __, Out[4]",
    "history": "In[4], _i4, _ih[4], sorted(Out)",
    "rich_result": "class R:\n    def _repr_html_(self): return '<b>'\n    __repr__ = lambda self: 'R'\nR()",
    "mimebundle": (
        "class M:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        data = {'text/plain': 'm', 'application/json': {'a': [1, 2.5, None]}}\n"
        "        return data, {'text/plain': {'k': 1}}\nM()"
    ),
    "display": "from IPython.display import *\ndisplay(HTML('<i>h</i>'), Markdown('*m*'), Latex('$x$'), 3)",
    "display_order": "print('before')\ndisplay(1)\nprint('after')\n2",
    "bytes_as_png": (
        "import base64\n"
        f"class P:\n    def _repr_png_(self): return base64.b64decode({PNG!r})\n"
        "    def __repr__(self): return 'P'\n"
        f"display(P())\nImage(data=base64.b64decode({PNG!r}), width=3)"
    ),
    "svg_json_javascript": "display(SVG('<svg xmlns=\"x\"></svg>'), JSON({'a': 1}), Javascript('1'))",
    "metadata": "display('x', metadata={'text/plain': {'a': [1]}})",
    "raw": "display({'text/plain': 'p', 'text/html': '<p>'}, raw=True)",
    "display_id": "handle = display('first', display_id='known')\nhandle.update('second')\nprint('end')",
    "update_of_another_cell": "update_display('third', display_id='known')",
    "display_id_twice": "display('fourth', display_id='known')",
    "clear": "print('gone')\ndisplay(1)\nclear_output()\nprint('stays')",
    "clear_and_wait": "print('gone')\nclear_output(wait=True)\nprint('stays')",
    "clear_and_wait_for_nothing": "print('stays')\nclear_output(wait=True)",
    "error": "def f(x):\n    y = x + 1\n    return y / 0\n\nprint('first')\nf(1)",
    "error_in_an_earlier_cell": "f(2)",
    "error_with_a_cause": "try:\n    f(3)\nexcept ArithmeticError as e:\n    raise ValueError('more') from e",
    "error_in_a_library": "import json\njson.loads('{')",
    "syntax_error": "a = 1\nb = (",
    "indentation_error": "if True:\nprint(1)",
    "name_error": "print('x')\nnot_there",
    "own_exception": "class Own(Exception):\n    pass\nraise Own('a\\nb')",
    "recursion": "def again(): return again()\ntry:\n    again()\nexcept RecursionError:\n    print('deep')",
    "system_exit": "raise SystemExit(3)",
    "keyboard_interrupt": "raise KeyboardInterrupt",
    "hostile_repr": "class H:\n    def __repr__(self): raise ValueError('no')\nH()",
    "assertion": "assert 1 == 2, 'they differ'",
    "warning": "import warnings\nwarnings.warn('careful')",
    "line_magic": "%precision 3\n3.14159265",
    "precision_back": "%precision %r",
    "cell_magic": "%%capture captured\nprint('kept')\ndisplay(5)\n6",
    "captured": "captured.stdout, len(captured.outputs)",
    "capture_shown": "captured.show()",
    "timeit": "%timeit -n1 -r1 -q None",
    "unknown_magic": "%no_such_magic",
    "who": "%who_ls int",
    "bash": "%%bash\necho out\necho err >&2",
    "bash_fails": "%%bash\nexit 3",
    "shell": "!echo shell",
    "shell_assigned": "lines = !printf 'a\\nb\\n'\nlines",
    "os_system": "import os, time\nos.system('echo system')\ntime.sleep(0.5)",
    "subprocess": "import subprocess\nsubprocess.run('echo a; echo b >&2', shell=True)\ntime.sleep(0.5)",
    "writefile": "%%writefile written.py\nvalue = 3",
    "import_written": "import written\nwritten.value",
    "run_magic": "%run written.py\nvalue",
    "help": "len?",
    "source_help": "f??",
    "await": "import asyncio\nawait asyncio.sleep(0, 'awaited')",
    "await_fails": "async def g():\n    await asyncio.sleep(0)\n    return 1 / 0\nawait g()",
    "running_loop": "asyncio.run(None)",
    "background_task": "task = asyncio.get_running_loop().create_task(asyncio.sleep(0, 'done'))",
    "background_task_ends": "await task",
    "input": "input('name? ')",
    "getpass": "import getpass\ngetpass.getpass()",
    "figure": "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('plotted')",
    "figure_as_result": "figure = plt.figure()\nfigure.gca().plot([2, 1])\nfigure",
    "two_figures": "plt.figure(); plt.figure(); plt.get_fignums()",
    "no_figures_left": "plt.get_fignums()",
    "show": "plt.plot([1])\nplt.show()\nprint('shown')",
    "dataframe_like": "import numpy as np\nnp.arange(6).reshape(2, 3)",
    "two_expressions": "1\n2",
    "name_of_the_module": "__name__",
    "empty": "",
    "comment": "# nothing",
    "input_transform": "%%html\n<b>cell</b>",
    "latex_magic": "%%latex\n$x$",
    "stdout_replaced": (
        "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as buffer:\n    print('x')\n"
        "buffer.getvalue()"
    ),
    "unicode": "print('\\u20ac \\U0001f600')\n'\\u20ac'",
    "large_int": "2 ** 100",
    "stdout_attributes": (
        "o = sys.stdout\no.isatty(), o.encoding, hasattr(o, 'buffer'), o.writable(), o.readable(), o.closed"
    ),
    "set_next_input": "get_ipython().set_next_input('x')",
    "display_none": "display()\ndisplay(None)",
    "exception_group": "raise ExceptionGroup('several', [ValueError(1)])",
    "print_exc": "import traceback\ntry:\n    f(1)\nexcept ArithmeticError:\n    traceback.print_exc()",
    "last": "In[-1]",
}

ANSI = re.compile(r"\x1b\[[0-9;]*m")
HOME = re.compile(rf"(?<!\S){re.escape(str(Path.home()))}(?=/)")
SOMEWHERE = re.compile(r"/\S*/ipykernel_\d+/\d+\.py|\b\d+\.py\b|<cell \d+>\.py")
ADDRESS = re.compile(r"0x[0-9a-f]+")
MACHINERY = re.compile(r"ipykernel|graders/runner")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The cells, run by nbclient in a kernel of this environment."""
    folder = tmp_path_factory.mktemp("kernel")
    notebook = v4.new_notebook(cells=[v4.new_code_cell(code) for code in CELLS.values()])
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "MPLBACKEND"))}
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        allow_errors=True,
        timeout=120,
        resources={"metadata": {"path": folder}},
    )
    return client.execute(
        env={**environment, "IPYTHONDIR": str(folder / "ipython"), "MPLCONFIGDIR": str(folder)}
    )


@pytest.fixture(scope="module")
def rich(assignment: Path) -> Result:
    """The cells, run by the runner."""
    patient = Limits(step_seconds=60, job_seconds=240)
    with Runner(assignment, patient, sandbox=UNPROTECTED) as runner:
        return runner.run(Job(tuple(CELLS.values()), (), "n", rich=True))


def normal(text: str) -> str:
    return ADDRESS.sub("0x", SOMEWHERE.sub("FILE", HOME.sub("~", text)))


def normalised(outputs: Any) -> list[dict[str, Any]]:
    """Outputs in the form that this module's docstring tells."""
    result: list[dict[str, Any]] = []
    for output in outputs:
        output = {**output}
        if output["output_type"] == "stream":
            texts = result[-1] if result and result[-1]["output_type"] == "streams" else None
            if texts is None:
                texts = {"output_type": "streams"}
                result.append(texts)
            texts[output["name"]] = texts.get(output["name"], "") + normal(output["text"])
            continue
        if output["output_type"] == "error":
            parts = [normal(ANSI.sub("", part)) for part in output["traceback"]]
            output["traceback"] = [part for part in parts if not MACHINERY.search(part)]
            output["evalue"] = normal(output["evalue"])
        if "data" in output:
            output["data"] = {k: normal(v) if isinstance(v, str) else v for k, v in output["data"].items()}
        result.append(output)
    return result


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_shows_what_it_shows_in_a_kernel(kernel: NotebookNode, rich: Result, name: str) -> None:
    index = list(CELLS).index(name)
    assert normalised(rich.cell_outputs.get(index, ())) == normalised(kernel.cells[index].outputs)
    assert rich.execution_counts.get(index) == kernel.cells[index].execution_count


def test_nothing_was_lost_on_the_way(rich: Result) -> None:
    assert rich.lethal_cells == () and len(rich.execution_counts) == len(CELLS) - 1
