"""Hidden tests are left out of what students see, so that next year's class cannot collect them."""

from __future__ import annotations

import re

from graders.assignment import HIDDEN_TESTS

GAP = re.compile(r"\n{3,}")


def without_hidden_tests(source: str) -> str:
    """Return the source of a test cell without its hidden region."""
    return GAP.sub("\n\n", HIDDEN_TESTS.sub("", source)).strip()
