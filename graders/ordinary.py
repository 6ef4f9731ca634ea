"""Ordinary notebooks: those of the newest format with nothing unusual in them, as nearly all are.

These types admit less than the schema of that format does, and are checked in a fifth of the time.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Lines = str | list[str]
Bundle = dict[str, Lines]
"""Data by MIME type. The schema admits other values for JSON."""

Id = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9-_]+\Z", min_length=1, max_length=64)]
Count = Annotated[int, Meta(ge=0)] | None
Name = Annotated[str, Meta(pattern=r"^.+\Z")]
Tag = Annotated[str, Meta(pattern=r"^[^,]+\Z")]
Tags = Annotated[list[Tag], Meta(max_length=1)]
"""The schema admits more than one if all are different."""


class _Result(msgspec.Struct, tag_field="output_type", tag="execute_result", forbid_unknown_fields=True):
    data: Bundle
    metadata: dict[str, Any]
    execution_count: Count


class _Display(msgspec.Struct, tag_field="output_type", tag="display_data", forbid_unknown_fields=True):
    data: Bundle
    metadata: dict[str, Any]


class _Stream(msgspec.Struct, tag_field="output_type", tag="stream", forbid_unknown_fields=True):
    name: str
    text: Lines


class _Error(msgspec.Struct, tag_field="output_type", tag="error", forbid_unknown_fields=True):
    ename: str
    evalue: str
    traceback: list[str]


class _About(msgspec.Struct):
    """Metadata of a cell; others than these may be anything."""

    jupyter: dict[str, Any] | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET


class _AboutRaw(_About):
    format: str | UnsetType = UNSET


class _AboutCode(_About):
    execution: dict[str, str] | UnsetType = UNSET
    collapsed: bool | UnsetType = UNSET
    scrolled: bool | Literal["auto"] | UnsetType = UNSET


class _Raw(msgspec.Struct, tag_field="cell_type", tag="raw", forbid_unknown_fields=True):
    id: Id
    metadata: _AboutRaw
    source: Lines
    attachments: dict[str, Bundle] | UnsetType = UNSET


class _Markdown(msgspec.Struct, tag_field="cell_type", tag="markdown", forbid_unknown_fields=True):
    id: Id
    metadata: _About
    source: Lines
    attachments: dict[str, Bundle] | UnsetType = UNSET


class _Code(msgspec.Struct, tag_field="cell_type", tag="code", forbid_unknown_fields=True):
    id: Id
    metadata: _AboutCode
    source: Lines
    outputs: list[_Result | _Display | _Stream | _Error]
    execution_count: Count


class _Kernel(msgspec.Struct):
    name: str
    display_name: str


class _Language(msgspec.Struct):
    name: str
    codemirror_mode: str | dict[str, Any] | UnsetType = UNSET
    file_extension: str | UnsetType = UNSET
    mimetype: str | UnsetType = UNSET
    pygments_lexer: str | UnsetType = UNSET


class _AboutNotebook(msgspec.Struct):
    kernelspec: _Kernel | UnsetType = UNSET
    language_info: _Language | UnsetType = UNSET
    orig_nbformat: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    title: str | UnsetType = UNSET
    authors: list[Any] | UnsetType = UNSET


class _Notebook(msgspec.Struct, forbid_unknown_fields=True):
    metadata: _AboutNotebook
    nbformat: Literal[4]
    nbformat_minor: Literal[5]
    cells: list[_Raw | _Markdown | _Code]


def is_ordinary(raw: dict[str, object]) -> bool:
    """Whether a notebook is one that the schema of format 4.5 admits, and ordinary."""
    try:
        msgspec.convert(raw, _Notebook)
    except (msgspec.ValidationError, RecursionError):
        return False
    return True
