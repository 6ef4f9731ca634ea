"""The preprocessors that a course has set for autograding, in their order, those with a database replaced."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets.config import Config

from graders.gradebook.records import Frame
from graders.worker.sanitize import CheckMetadataOnce, KernelspecFromFrame, OverwriteFromFrame

Step = Callable[[NotebookNode, dict[str, Any]], tuple[NotebookNode, dict[str, Any]]]

WRITERS = (SaveAutoGrades, AssignLatePenalties)
"""What they write to the gradebook, the coordinator writes."""


def steps(config: Config, name: str, frame: Frame, replaced: Mapping[type, Step]) -> list[tuple[type, Step]]:
    """Return the steps of one of Autograde's lists of preprocessors, each with its class.

    name: `sanitize_preprocessors` or `autograde_preprocessors`. replaced: what stands in for classes that are
    found in the list, or for classes derived from them.

    Raises:
        ImportError, AttributeError: the configuration names a class that is not there.
    """
    classes = [_class(entry) for entry in getattr(Autograde(config=config), name)]
    found = []
    for kind in classes:
        if issubclass(kind, WRITERS):
            continue
        step = next((step for base, step in replaced.items() if issubclass(kind, base)), None)
        found.append((kind, step or _own(kind, config, frame)))
    return found


def _own(kind: type, config: Config, frame: Frame) -> Step:
    if issubclass(kind, OverwriteCells):
        step: Step = OverwriteFromFrame(frame, config=config).preprocess
    elif issubclass(kind, OverwriteKernelspec):
        step = KernelspecFromFrame(frame, config=config).preprocess
    elif kind is CheckCellMetadata:
        step = CheckMetadataOnce(config=config).preprocess
    else:
        step = kind(config=config).preprocess
    return step


def _class(entry: type | str) -> type:
    if isinstance(entry, type):
        return entry
    module, _, name = entry.rpartition(".")
    found: type = getattr(importlib.import_module(module), name)
    return found
