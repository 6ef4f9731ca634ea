"""The table of attacks in the documentation says what the tests say."""

from __future__ import annotations

import pytest

from tests.attacks.attack import attacks
from tests.attacks.rig import RUN_SECONDS, ClassRun
from tests.attacks.table import PAGE, page, plain

pytestmark = [pytest.mark.timeout(2 * RUN_SECONDS), pytest.mark.xdist_group("attacks")]


def test_every_attack_was_tried_on_nbgrader_alone_or_says_why_not() -> None:
    found = plain().attacks
    assert found.keys() == {attack.name for attack in attacks()}
    assert {name for name, failures in found.items() if failures is None} == {
        attack.name for attack in attacks() if "plain" in attack.fields
    }


def test_the_table_is_that_of_this_run(graded: ClassRun) -> None:
    """Make it anew with `python -m tests.attacks.table`."""
    assert PAGE.read_text("utf-8") == page(graded.outcomes, plain())
