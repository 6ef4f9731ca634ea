"""An experiment runs as it was written, whatever the notebook calls by the names of builtins."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

module = importlib.import_module("tinystack.lab.experiment")  # of whose name tinystack.lab has a function


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What experiments of a test emit, by their names."""
    texts: dict[str, str] = {}
    monkeypatch.setattr(module, "emit", lambda name, text: texts.update({name: text}))
    return texts


def test_names_of_builtins_mean_what_they_always_do_in_an_experiment(emitted: dict[str, str]) -> None:
    notebook: dict[str, Any] = {"experiment": module.experiment, "__name__": "__main__"}
    exec("iter, str, range, kept = 1, 'two', None, [3]", notebook)
    body = """
@experiment("names")
def names(lab):
    with lab.part("all") as part:
        part.observe("steps", [float(step) for step in iter(range(3))])
        part.observe("kept", kept)
        part.observe("text", str(5))
"""
    exec(body, notebook)
    assert '"value":"5"' in emitted["names"] and '"error":null' in emitted["names"]
    assert notebook["iter"] == 1 and notebook["str"] == "two" and notebook["range"] is None


def test_a_missing_file_may_end_the_program(emitted: dict[str, str]) -> None:
    def leave() -> None:
        raise SystemExit("no such file")

    @module.experiment("ends")
    def ends(lab: Any) -> None:
        with lab.part("only") as part:
            part.append("raised", part.error_of(leave))

    assert '"value":"SystemExit"' in emitted["ends"]
