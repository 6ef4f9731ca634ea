"""What becomes of single tests, of suites that cannot be measured, and of trainers that misbehave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.library import Chaff, Wheat
from graders.suite_audit.measure import measure_suite
from graders.suite_audit.records import SuiteError, SuiteReport

GOOD = """
def test_steps():
    trainer, _ = train()
    assert trainer.step == 2
"""

TOP_LEVEL = """
from tinytorch import Tensor, Linear, MSELoss, SGD, Trainer
import tinytorch.core.training as training
def train():
    assert training.Trainer is Trainer
    model = Linear(2, 1)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), MSELoss())
    return trainer, trainer.train_epoch([(Tensor([[1.0, 2.0]]), Tensor([[1.0]]))] * 2)
"""


def names(tests: tuple[str, ...]) -> list[str]:
    return [test.rpartition("::")[2] for test in tests]


def caught(report: SuiteReport) -> int:
    return sum(row.caught for row in report.coverage)


def broken_by(chaff: Chaff, before: str, after: str) -> Chaff:
    assert before in chaff.source
    return replace(chaff, source=chaff.source.replace(before, after))


def test_a_bug_is_caught_by_a_test_that_passes_on_the_reference(measure, one_wheat: Wheat) -> None:
    assert caught(measure(GOOD)) == 1
    assert not measure(GOOD, one_wheat).rejected


def test_a_test_that_fails_on_the_reference_catches_nothing(measure) -> None:
    report = measure("def test_wrong():\n    assert train()[0].step == 3\n")
    assert caught(report) == 0
    assert names(report.fail_on_everything) == ["test_wrong"]


def test_a_skip_catches_nothing(measure) -> None:
    report = measure("import pytest\ndef test_a():\n    if train()[0].step != 2: pytest.skip('not yet')\n")
    assert caught(report) == 0


def test_a_test_that_asserts_nothing_of_the_trainer_can_never_fail(measure) -> None:
    report = measure("def test_a():\n    assert True\n" + GOOD)
    assert names(report.never_fail) == names(report.untouched) == ["test_a"]


def test_a_test_that_fails_without_a_trainer_can_fail(measure) -> None:
    report = measure("def test_loss():\n    assert train()[1] >= 0\n")
    assert caught(report) == 0
    assert not report.never_fail


def test_a_test_that_depends_on_chance_is_named(measure) -> None:
    report = measure("import random\nCHANCE = random.random()\ndef test_a():\n    assert CHANCE < 0.8\n")
    assert names(report.unstable) == ["test_a"]
    assert caught(report) == 0


def test_layers_obey_the_seed_of_the_suite(measure) -> None:
    text = """
import numpy as np
def test_a():
    np.random.seed(42)
    assert Linear(2, 1).weight.data.ravel()[0] == {}
"""
    value = 0.7  # any value fails, and the same way on all seeds
    assert not measure(text.format(value)).unstable


def test_a_correct_trainer_that_is_rejected_is_listed(measure, one_wheat: Wheat) -> None:
    report = measure("def test_a():\n    assert '_update' in vars(Trainer)\n", one_wheat)
    assert [item.trainer for item in report.rejected] == [one_wheat.name]


def test_a_test_that_rejects_the_reference_alone_is_no_broken_test(measure, one_wheat: Wheat) -> None:
    report = measure("def test_a():\n    assert '_update' not in vars(Trainer)\n", one_wheat)
    assert [item.trainer for item in report.rejected] == ["the instructor's solution"]


def test_a_trainer_that_hangs_is_ended_and_counts_as_caught(measure, counts_wrongly: Chaff) -> None:
    chaff = broken_by(counts_wrongly, "losses = []", "while True: pass")
    report = measure(GOOD, chaff, timeout=3.0)
    assert caught(report) == 1
    assert "did not come to an end" in report.notes[0]
    assert "test_steps" in report.notes[0]


@pytest.mark.parametrize("how", ["import os; os._exit(0)", "import os; os.abort()", "import sys; sys.exit()"])
def test_a_trainer_that_ends_the_process_counts_as_caught(measure, counts_wrongly: Chaff, how: str) -> None:
    assert caught(measure(GOOD, broken_by(counts_wrongly, "losses = []", how))) == 1


def test_a_trainer_that_cannot_be_imported_counts_as_caught(measure, counts_wrongly: Chaff) -> None:
    report = measure("def test_a():\n    assert True\n", replace(counts_wrongly, source="1 / 0"))
    assert caught(report) == 1
    assert not report.broken


def test_a_trainer_is_not_seen_by_the_next_one(measure, counts_wrongly: Chaff) -> None:
    spoils = "import pathlib, tinystack; tinystack.SGD.step = None; pathlib.Path('left').write_text('')\n"
    chaff = replace(counts_wrongly, source=spoils + counts_wrongly.source)
    text = (
        "import pathlib\ndef test_a():\n    assert not pathlib.Path('left').exists()\n    assert SGD.step\n"
    )
    twice = [replace(chaff, name=f"chaffs/orchestration/{i}") for i in range(2)]
    clean = replace(counts_wrongly, name="chaffs/orchestration/clean")
    report = measure(text, *twice, clean, jobs=1)
    assert next(row for row in report.coverage if row.point == "orchestration").survivors == (clean.name,)


def test_a_syntax_error_is_said_with_its_file(measure) -> None:
    with pytest.raises(SuiteError, match=r"(?s)cannot be imported.*test_of_the_course.*SyntaxError"):
        measure("def test_a(:\n")


def test_an_unknown_module_is_said_with_the_remedy(measure) -> None:
    with pytest.raises(SuiteError, match=r"(?s)No module named 'mynet'.*--names OLD="):
        measure("def test_a(): pass\n", head="from mynet.layers import Linear\n")


def test_a_suite_without_tests_is_said_to_have_none(measure) -> None:
    with pytest.raises(SuiteError, match="has no tests"):
        measure("def check_a(): pass\n")


def test_a_suite_that_does_not_exist_is_named(lesson: Assignment, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"nowhere\.py does not exist"):
        measure_suite(tmp_path / "nowhere.py", lesson)


def test_a_suite_that_hangs_on_the_reference_is_said_to(measure) -> None:
    with pytest.raises(SuiteError, match=r"does not end within 2 s .*test_a.*--timeout"):
        measure("def test_a():\n    while True: pass\n", timeout=2.0)


def test_a_suite_that_pytest_cannot_start_is_quoted(measure, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(SuiteError, match=r"(?s)could not be started.*nothing_of_that_name"):
        measure(GOOD)


def test_a_missing_name_fails_the_tests_that_use_it_alone(measure) -> None:
    head = "from tinytorch.core.activations import ReLU, Softmax\nfrom tinytorch.core.spatial import Conv2d\n"
    report = measure("def test_a():\n    Softmax()\n" + GOOD, head=head + TOP_LEVEL)
    assert names(report.fail_on_everything) == ["test_a"]
    assert report.missing == ("tinytorch.core.activations.Softmax", "tinytorch.core.spatial.Conv2d")
    assert caught(report) == 1


def test_names_map_modules_and_all_below_them(measure) -> None:
    head = TOP_LEVEL.replace("tinytorch.core.training", "nn.fit").replace("from tinytorch", "from nn.all")
    names_given = {"nn.fit": "tinytorch.core.training", "nn.all": "tinytorch"}
    assert caught(measure(GOOD, head=head, names=names_given)) == 1


def test_a_conftest_may_import_the_trainer(measure, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\nfrom tinytorch.core.training import Trainer\n"
        "@pytest.fixture\ndef make(): return Trainer\n"
    )
    report = measure("def test_a(make):\n    assert make is Trainer\n" + GOOD)
    assert caught(report) == 1
    assert names(report.tests) == ["test_a", "test_steps"]


def test_a_trainer_can_be_pickled(measure) -> None:
    report = measure(
        "import pickle\ndef test_a():\n    assert pickle.loads(pickle.dumps(Trainer)) is Trainer\n"
    )
    assert not report.fail_on_everything


def test_the_suites_own_options_for_pytest_do_not_disturb(measure, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -x -n 4 --maxfail=1\n")
    assert names(measure("def test_a():\n    assert False\n" + GOOD).tests) == ["test_a", "test_steps"]
