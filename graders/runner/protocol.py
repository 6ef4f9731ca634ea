"""The zygote's replies, parsed as hostile input: whatever is of another form is no reply."""

from __future__ import annotations

from typing import Literal

import msgspec


class Ready(msgspec.Struct, tag_field="kind", tag="ready", forbid_unknown_fields=True):
    """The zygote has imported everything and waits for a request."""


class Failed(msgspec.Struct, tag_field="kind", tag="failed", forbid_unknown_fields=True):
    """The zygote could not start."""

    message: str


class Begin(msgspec.Struct, tag_field="kind", tag="begin", forbid_unknown_fields=True):
    """A step of the attempt begins; steps count from 0, cells before experiments."""

    step: int


class StepError(msgspec.Struct, forbid_unknown_fields=True):
    """The exception that ended a step."""

    type: str
    message: str
    function: str
    line: int | None
    cell: int | None


class Done(msgspec.Struct, tag_field="kind", tag="done", forbid_unknown_fields=True):
    """A step has ended, with its error and its evidence."""

    step: int
    error: StepError | None
    evidence: list[str]


class Ended(msgspec.Struct, tag_field="kind", tag="ended", forbid_unknown_fields=True):
    """The attempt's process has ended. status: exit status, or minus a signal; None where it was killed."""

    how: Literal["exited", "timed_out", "out_of_time", "flooded", "zygote_lost"]
    status: int | None
    finished: bool
    output: str
    all_gone: bool


Reply = Ready | Failed | Begin | Done | Ended

_decoder = msgspec.json.Decoder(Reply)


def parse(body: bytes) -> Reply:
    """Return the reply in a frame's body. Raises ValueError if it is none."""
    try:
        reply: Reply = _decoder.decode(body)
        return reply
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"a reply that is none: {error}") from None
