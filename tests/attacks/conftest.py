"""One class of all attackers, graded once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.attack import attacks
from tests.attacks.canaries import Canaries
from tests.attacks.rig import ClassRun, Rig, grade_class


@pytest.fixture(scope="session")
def graded(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassRun]:
    """The class, graded."""
    with Canaries() as canaries:
        yield grade_class(Rig(tmp_path_factory.mktemp("attacks"), canaries), repository, attacks())
