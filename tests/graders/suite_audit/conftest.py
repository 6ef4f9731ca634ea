"""Measuring suites: the four of suites/ on the whole library, small ones on a few trainers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.library import Chaff, Specimen, Wheat, chaffs, wheats
from graders.suite_audit.measure import measure_suite
from graders.suite_audit.records import SuiteReport
from graders.suite_audit.trainers import reference_code

Measure = Callable[..., SuiteReport]

HEAD = """\
from tinytorch.core.tensor import Tensor
from tinytorch.core.layers import Linear
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.training import Trainer

def train():
    model = Linear(2, 1)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), MSELoss())
    return trainer, trainer.train_epoch([(Tensor([[1.0, 2.0]]), Tensor([[1.0]]))] * 2)

"""


@pytest.fixture(scope="session")
def suites() -> Path:
    return Path(__file__).parent / "suites"


@pytest.fixture(scope="session")
def counts_wrongly(lesson: Assignment) -> Chaff:
    """The reference, but for a step counter that stays at 0."""
    code = reference_code(lesson).replace("self.step += 1", "pass")
    return replace(
        chaffs()[0], name="chaffs/orchestration/counts_wrongly", point="orchestration", source=code
    )


@pytest.fixture(scope="session")
def one_wheat() -> Wheat:
    return wheats()[0]


@pytest.fixture
def measure(
    lesson: Assignment, counts_wrongly: Chaff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Measure:
    """measure(text, *specimens): what a suite with the usual imports is worth, here on a wrong trainer."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a second of each start

    def run(text: str, *specimens: Specimen, head: str = HEAD, **options) -> SuiteReport:
        suite = tmp_path / "test_of_the_course.py"
        suite.write_text(head + text)
        return measure_suite(suite, lesson, specimens=specimens or [counts_wrongly], **options)

    return run
