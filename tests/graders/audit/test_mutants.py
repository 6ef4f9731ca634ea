"""The mutants of the reference, and the list of those that are equivalent to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.audit.mutants import (
    Equivalent,
    MutantError,
    mutants,
    read_equivalent,
    reference_cells,
    stale,
)


def test_mutants_differ_from_the_reference_in_one_cell_and_have_names_of_their_own(
    lesson: Assignment,
) -> None:
    reference, found = reference_cells(lesson), mutants(lesson)
    assert len(found) >= 200
    assert len({mutant.name for mutant in found}) == len(found)
    for mutant in found:
        assert sum(a != b for a, b in zip(reference, mutant.cells, strict=True)) == 1


def test_the_reference_is_run_without_demonstrations_and_checks(lesson: Assignment) -> None:
    code = "\n".join(reference_cells(lesson))
    assert "class Trainer" in code and "import numpy" in code
    assert "selfcheck." not in code and "demo_" not in code


def test_listed_mutants_exist_with_the_change_that_is_listed(lesson: Assignment) -> None:
    there = {mutant.name: mutant.change for mutant in mutants(lesson)}
    assert {name: entry.change for name, entry in read_equivalent().items()}.items() <= there.items()


def test_entry_of_a_killed_mutant_is_stale(lesson: Assignment) -> None:
    alive, killed = mutants(lesson)[:2]
    listed = {m.name: Equivalent(m.name, m.change, "a reason") for m in (alive, killed)}
    assert [entry.name for entry in stale(listed, [alive])] == [killed.name]


@pytest.mark.parametrize(
    "text",
    [
        '[[mutant]]\nname = "a"\nchange = "b"\n',
        '[[mutant]]\nname = "a"\nchange = "b"\nreason = " "\n',
        "[[mutant\n",
    ],
)
def test_list_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "equivalent.toml"
    path.write_text(text)
    with pytest.raises(MutantError, match=r"equivalent\.toml"):
        read_equivalent(path)
