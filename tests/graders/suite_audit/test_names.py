"""--names OLD=NEW, given one by one or in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.suite_audit.names import parse_names
from graders.suite_audit.records import SuiteError


def test_pairs_and_files_can_be_mixed(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("# what our course calls them\nnn.train = tinytorch.core.training\n\nnn=tinytorch\n")
    expected = {"nn.train": "tinytorch.core.training", "nn": "tinytorch", "opt": "tinystack.optimizers"}
    assert parse_names([str(file), "opt=tinystack.optimizers"]) == expected


@pytest.mark.parametrize("text", ["=x", "a=", "a b=tinytorch", "a=tiny torch", "1=tinytorch"])
def test_what_is_no_pair_of_modules_is_refused(text: str) -> None:
    with pytest.raises(SuiteError, match="write OLD=NEW"):
        parse_names([text])


def test_a_module_that_is_not_served_is_refused() -> None:
    with pytest.raises(SuiteError, match="none of the modules that are served"):
        parse_names(["nn=torch.nn"])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="neither OLD=NEW nor a file"):
        parse_names([str(tmp_path / "nowhere")])
