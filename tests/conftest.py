"""What all tests share. `pythonpath` in pyproject.toml makes `graders` and `tinystack` importable."""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path

import hypothesis
import pytest

SEED_VARIABLE = "TEST_SEED"
IN_CI = "CI" in os.environ
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# No deadline: the tests run side by side, so an example can be slow for no reason of its own.
hypothesis.settings.register_profile("graders", deadline=None, derandomize=IN_CI, print_blob=True)
hypothesis.settings.load_profile("graders")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """A seed of its own for each test, the same in every run; TEST_SEED in the environment replaces it."""
    value = int(os.environ.get(SEED_VARIABLE, zlib.crc32(request.node.nodeid.encode())))
    print(f"{SEED_VARIABLE}={value}")
    return value


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium. Without one, tests that look at pages are skipped, but fail in CI."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    message = f"no Chromium found under the names {', '.join(BROWSERS)}: install the package chromium"
    if IN_CI:
        pytest.fail(message)
    pytest.skip(message)
