"""What a student's code finds: a real shell, a clean namespace, a folder of its own."""

from __future__ import annotations

from collections.abc import Callable

from graders.runner import CellError, Result

Run = Callable[..., Result]


def test_cells_share_a_namespace_with_the_experiments(run: Run) -> None:
    result = run("a = 2", "def double(x):\n    return 2 * x", n="emit(str(double(a)))")
    assert result.evidence == {"n": ("4",)}
    assert result.endings["n"].how == "finished" and result.cell_errors == ()


def test_a_cell_that_raises_does_not_stop_the_next(run: Run) -> None:
    result = run("a = 1\n\ndef f(x):\n    return 1 / x", "f(0)", "b = 3", n="emit(str(a + b))")
    assert result.evidence == {"n": ("4",)}
    assert result.cell_errors == (CellError(1, "ZeroDivisionError", "division by zero", 4, "f", 0),)


def test_a_syntax_error_names_its_line_and_costs_its_own_cell(run: Run) -> None:
    result = run("a = 1\nb = (\nc = 3", "d = 4", n="emit(str(d))")
    assert [(e.index, e.type, e.line, e.cell) for e in result.cell_errors] == [(0, "SyntaxError", 2, 0)]
    assert result.evidence["n"] == ("4",)


def test_magics_and_top_level_await_work(run: Run) -> None:
    cells = (
        "%precision 3",
        "import asyncio\nawait asyncio.sleep(0)\nx = await asyncio.sleep(0, 5)",
        "%%capture out\nprint(9)",
    )
    result = run(*cells, n="emit(str(x) + out.stdout)")
    assert result.cell_errors == () and result.evidence["n"] == ("59\n",)


def test_an_experiment_may_use_magics_too(run: Run) -> None:
    assert run(n="%precision 3\nemit('done')").evidence["n"] == ("done",)


def test_exit_in_a_cell_ends_nothing(run: Run) -> None:
    assert run("exit()", "quit()", n="emit('here')").evidence["n"] == ("here",)


def test_input_is_an_error_and_does_not_wait(run: Run) -> None:
    result = run("name = input('who? ')", n="emit('on')")
    assert [error.type for error in result.cell_errors] == ["StdinNotImplementedError"]
    assert result.evidence["n"] == ("on",)


def test_instances_of_classes_defined_in_a_cell_can_be_pickled(run: Run) -> None:
    cell = "import pickle\nclass Trainer:\n    pass\nagain = pickle.loads(pickle.dumps(Trainer()))"
    for as_module, name in ((False, "__main__"), (True, "trainer")):
        result = run(cell, as_module=as_module, n="emit(type(again).__module__)")
        assert result.cell_errors == () and result.evidence["n"] == (name,)


def test_the_main_block_of_a_module_is_not_run(run: Run) -> None:
    cell = "ran = False\nif __name__ == '__main__':\n    ran = True"
    assert run(cell, as_module=True, n="emit(str(ran))").evidence["n"] == ("False",)
    assert run(cell, as_module=False, n="emit(str(ran))").evidence["n"] == ("True",)


def test_random_numbers_start_afresh_and_depend_on_the_nonce_alone(run: Run) -> None:
    cell = "import random, numpy as np\nnumbers = (random.random(), np.random.rand())"
    first, second, other = (run(cell, nonce=n, n="emit(str(numbers))").evidence for n in ("a", "a", "b"))
    assert first == second != other


def test_the_state_of_one_job_is_not_seen_by_the_next(run: Run) -> None:
    leave = "import os, numpy, tinystack\n%load_ext storemagic\n"
    leave += "numpy.mark = tinystack.mark = mark = 1\nos.environ['MARK'] = '1'\n%store mark"
    run(leave, "open('left.txt', 'w').write('1')\nopen(os.path.expanduser('~/left.txt'), 'w').write('1')")
    look = "import os, numpy, tinystack\n%load_ext storemagic\n%store -r\n"
    look += "seen = [hasattr(numpy, 'mark'), hasattr(tinystack, 'mark'), 'mark' in globals()]"
    more = "seen += ['MARK' in os.environ, sorted(os.listdir('.'))]\n"
    more += "seen += [os.path.exists(os.path.expanduser('~/left.txt'))]"
    result = run(look, more, n="emit(str(seen))")
    assert result.evidence["n"] == ("[False, False, False, False, ['tinystack'], False]",)


def test_the_environment_holds_the_nonce_and_no_secret(run: Run) -> None:
    code = "import os\nfor name in ('TINYSTACK_NONCE', 'NBGRADER_EXECUTION'): emit(os.environ[name])\n"
    *values, names = run(nonce="the-nonce", n=f"{code}emit(str(sorted(os.environ)))").evidence["n"]
    assert values == ["the-nonce", "autograde"]
    assert set(eval(names)) <= {
        *("PATH", "HOME", "LANG", "TMPDIR", "IPYTHONDIR", "MPLBACKEND", "MPLCONFIGDIR", "LC_CTYPE"),
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "PWD"),
        *(
            "TINYSTACK_NONCE",
            "NBGRADER_EXECUTION",
            "PWD",
            "PAGER",
            "GIT_PAGER",
            "CLICOLOR",
            "FORCE_COLOR",
            "TERM",
            "PIP_RETRIES",
            "PIP_DISABLE_PIP_VERSION_CHECK",
        ),
    }


def test_nothing_of_graders_is_imported_or_importable(run: Run) -> None:
    code = "import sys\nemit(str([name for name in [*sys.modules, *sys.path] if 'graders' in name]))"
    assert run(n=code).evidence["n"] == ("[]",)
    assert run(n="import graders").endings["n"].text.startswith("ModuleNotFoundError")
