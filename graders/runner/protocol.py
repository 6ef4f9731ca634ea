"""The keeper's replies, parsed as hostile input: whatever is of another form is no reply."""

from __future__ import annotations

from typing import Literal

import msgspec


class Ready(msgspec.Struct, tag_field="kind", tag="ready", forbid_unknown_fields=True):
    """Keeper and zygote are ready for a request."""


class Failed(msgspec.Struct, tag_field="kind", tag="failed", forbid_unknown_fields=True):
    """They could not start. sandbox: the machine does not allow what the sandbox needs."""

    message: str
    sandbox: bool = False


class Begin(msgspec.Struct, tag_field="kind", tag="begin", forbid_unknown_fields=True):
    """A step of the attempt begins; steps count from 0."""

    step: int


class StepError(msgspec.Struct, forbid_unknown_fields=True):
    """The exception that ended a step."""

    type: str
    message: str
    function: str
    line: int | None
    cell: int | None


class Done(msgspec.Struct, tag_field="kind", tag="done", forbid_unknown_fields=True):
    """A step has ended, with its error and its evidence. interrupted: it was out of time."""

    step: int
    error: StepError | None
    evidence: list[str]
    interrupted: bool = False


class Stream(msgspec.Struct, tag_field="type", tag="stream", forbid_unknown_fields=True):
    """A step prints."""

    name: Literal["stdout", "stderr"]
    text: str


class Display(msgspec.Struct, tag_field="type", tag="display", forbid_unknown_fields=True):
    """A step displays something, or what has the same display_id changes. values, metadata: JSON texts."""

    data: dict[str, str]
    values: dict[str, str]
    metadata: str
    display_id: str | None
    update: bool


class Shown(msgspec.Struct, tag_field="type", tag="result", forbid_unknown_fields=True):
    """The value of a cell's last expression."""

    data: dict[str, str]
    values: dict[str, str]
    metadata: str


class Error(msgspec.Struct, tag_field="type", tag="error", forbid_unknown_fields=True):
    """A traceback, as IPython shows it."""

    ename: str
    evalue: str
    traceback: list[str]


class Clear(msgspec.Struct, tag_field="type", tag="clear", forbid_unknown_fields=True):
    """The step's outputs are cleared: now, or when the next one comes."""

    wait: bool


class LeftOut(msgspec.Struct, tag_field="type", tag="left_out", forbid_unknown_fields=True):
    """Something was shown that is too large, or of no kind that a notebook has."""


Event = Stream | Display | Shown | Error | Clear | LeftOut


class Output(msgspec.Struct, tag_field="kind", tag="output", forbid_unknown_fields=True):
    """What the current step of a rich job shows; see `inside/events.py`."""

    event: Event


class Ended(msgspec.Struct, tag_field="kind", tag="ended", forbid_unknown_fields=True):
    """The attempt's process has ended. status: exit status, or minus a signal; None where it was killed."""

    how: Literal["exited", "timed_out", "out_of_time", "flooded", "zygote_lost"]
    status: int | None
    finished: bool
    output: str
    all_gone: bool


Reply = Ready | Failed | Begin | Done | Output | Ended

_decoder = msgspec.json.Decoder(Reply)


def parse(body: bytes) -> Reply:
    """Return the reply in a frame's body. Raises ValueError if it is none."""
    try:
        reply: Reply = _decoder.decode(body)
        return reply
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"a reply that is none: {error}") from None
