"""What the steps of a rich job have shown, as the outputs of a notebook's cells, made as nbclient does."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from graders.runner.inside.events import (
    EVIDENCE_TYPE,
    MAX_DISPLAY_BYTES,
    MAX_JSON_CHARS,
    MAX_JSON_DEPTH,
    MAX_METADATA_CHARS,
    MAX_NAME_CHARS,
    MAX_OUTPUTS,
    MAX_TRACEBACK_CHARS,
    MAX_TRACEBACK_PARTS,
    MAX_TYPE_CHARS,
    MAX_TYPES,
)
from graders.runner.protocol import Clear, Display, Error, Event, LeftOut, Shown, Stream
from graders.runner.records import Key, Output

MAX_UPDATED_BYTES = 64 * MAX_DISPLAY_BYTES
"""What outputs may take that others replace, in a job: looking at so much takes some seconds."""

FULL_STEPS = 16
"""How many steps of a job may print as much as one may."""

CUT = "\n[The rest of what this cell printed was left out: a cell may print {} KiB, and a notebook {} KiB.]\n"
LEFT_OUT = "[An output was left out: it was too large, or of a kind that a notebook does not have.]\n"

_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)


class _Refused(Exception):
    """An output is not as it must be, or there is no room for it."""


class Outputs:
    """The outputs of all steps of a job. Never holds more than a job may show, whatever it is told.

    stream_bytes: what one step may print.
    """

    def __init__(self, stream_bytes: int) -> None:
        self._stream_bytes = stream_bytes
        self._steps: dict[Key, _Step] = {}
        self._current: _Step | None = None
        self._update_room = MAX_UPDATED_BYTES

    def begin(self, key: Key, count: int | None = None) -> None:
        """A step begins; what it showed in an earlier attempt is forgotten. count: its execution count."""
        self._current = self._steps[key] = _Step(count)

    def note(self, event: Event) -> None:
        """Take what the current step shows."""
        step = self._current
        if step is None:
            return
        try:
            self._take(step, event)
        except _Refused:
            step.note_left_out()

    def of(self, key: Key) -> tuple[Output, ...]:
        """Return a step's outputs, as nbformat has them."""
        step = self._steps.get(key)
        return tuple(step.outputs()) if step else ()

    def keys(self) -> tuple[Key, ...]:
        """Return the steps that have begun."""
        return tuple(self._steps)

    def _take(self, step: _Step, event: Event) -> None:
        match event:
            case Stream():
                self._stream(step, event)
            case Clear():
                step.clear(wait=event.wait)
            case Display():
                self._display(step, event)
            case Shown():
                self._add(
                    step, {"output_type": "execute_result", "execution_count": step.count, **_bundle(event)}
                )
            case Error():
                self._error(step, event)
            case LeftOut():
                step.note_left_out()

    def _stream(self, step: _Step, event: Stream) -> None:
        step.clear_if_due()
        whole = FULL_STEPS * self._stream_bytes
        room = min(self._stream_bytes - step.printed, whole - sum(s.printed for s in self._steps.values()))
        data = event.text.encode("utf-8", "replace")
        if step.cut or not data:
            return
        step.print(event.name, data[: max(0, room)])
        if len(data) > room:
            step.cut = True
            step.print("stdout", CUT.format(self._stream_bytes >> 10, whole >> 10).encode())

    def _display(self, step: _Step, event: Display) -> None:
        if event.display_id is not None and len(event.display_id) > MAX_NAME_CHARS:
            raise _Refused
        bundle = _bundle(event)
        if event.display_id is not None:
            for other in self._steps.values():
                if self._update_room < 0:
                    raise _Refused
                self._update_room -= other.taken_by(event.display_id)
                self._make_room(other.growth(event.display_id, bundle))
                other.update(event.display_id, bundle)
        if not event.update:
            self._add(step, {"output_type": "display_data", **bundle}, event.display_id)

    def _error(self, step: _Step, event: Error) -> None:
        if len(event.traceback) > MAX_TRACEBACK_PARTS:
            raise _Refused
        error = {"ename": event.ename[:MAX_NAME_CHARS], "evalue": event.evalue[:MAX_TRACEBACK_CHARS]}
        if sum(map(len, event.traceback)) > MAX_TRACEBACK_CHARS:
            raise _Refused
        self._add(step, {"output_type": "error", **error, "traceback": list(event.traceback)})

    def _add(self, step: _Step, output: Output, display_id: str | None = None) -> None:
        step.clear_if_due()
        size = _size(output)
        self._make_room(size)
        step.add(output, size, display_id)

    def _make_room(self, size: int) -> None:
        if size + sum(step.shown for step in self._steps.values()) > MAX_DISPLAY_BYTES:
            raise _Refused


class _Step:
    """The outputs of one step. A stream is held as bytes until it is asked for.

    count: its execution count. printed, shown: bytes of streams, and of everything else.
    """

    def __init__(self, count: int | None) -> None:
        self.count = count
        self.printed = 0
        self.shown = 0
        self.cut = False
        self._left_out = False
        self._clear_next = False
        self._entries: list[Output | tuple[str, bytearray]] = []
        self.displays: dict[str, list[Output]] = {}

    def print(self, name: str, data: bytes) -> None:
        """Add to a stream: to the one before it, if that is of the same name."""
        last = self._entries[-1] if self._entries else None
        if isinstance(last, tuple) and last[0] == name:
            last[1].extend(data)
        elif self._has_room():
            self._entries.append((name, bytearray(data)))
        self.printed += len(data)

    def add(self, output: Output, size: int, display_id: str | None) -> None:
        """Add an output. Raises _Refused where there are too many."""
        if not self._has_room():
            raise _Refused
        self._entries.append(output)
        self.shown += size
        if display_id is not None:
            self.displays.setdefault(display_id, []).append(output)

    def taken_by(self, display_id: str) -> int:
        """How much room the outputs of a display_id take."""
        return sum(map(_size, self.displays.get(display_id, ())))

    def growth(self, display_id: str, bundle: Output) -> int:
        """How much more room the outputs of a display_id would take if they showed something else."""
        return sum(
            _size({**output, **bundle}) - _size(output) for output in self.displays.get(display_id, ())
        )

    def update(self, display_id: str, bundle: Output) -> None:
        """Let every output of a display_id show something else."""
        for output in self.displays.get(display_id, ()):
            self.shown -= _size(output)
            output.update(bundle)
            self.shown += _size(output)

    def clear(self, *, wait: bool) -> None:
        """Forget the outputs: now, or when the next one comes."""
        self._clear_next = wait
        if not wait:
            self._entries.clear()
            self.displays.clear()
            self.printed = self.shown = 0
            self.cut = False

    def note_left_out(self) -> None:
        """Say once that something was left out."""
        self._left_out = True

    def outputs(self) -> list[Output]:
        """Return the outputs as nbformat has them."""
        outputs = [
            _stream(entry[0], entry[1].decode("utf-8", "replace"))
            if isinstance(entry, tuple)
            else dict(entry)
            for entry in self._entries
        ]
        return [*outputs, _stream("stdout", LEFT_OUT)] if self._left_out else outputs

    def clear_if_due(self) -> None:
        """Another output comes: forget the others, if they wait for that."""
        if self._clear_next:
            self.clear(wait=False)

    def _has_room(self) -> bool:
        if len(self._entries) >= MAX_OUTPUTS:
            self._left_out = True
            return False
        return True


def _stream(name: str, text: str) -> Output:
    return {"output_type": "stream", "name": name, "text": text}


def _bundle(event: Display | Shown) -> Output:
    """The data and metadata of a display. Raises _Refused."""
    if len(event.data) + len(event.values) > MAX_TYPES or len(event.metadata) > MAX_METADATA_CHARS:
        raise _Refused
    data: dict[str, Any] = {key: text for key, text in event.data.items() if _allowed(key)}
    for key, text in event.values.items():
        if _allowed(key) and (key == "application/json" or key.endswith("+json")):
            data[key] = _json(text)
    if len(data) < len(event.data) + len(event.values):
        raise _Refused
    metadata = _json(event.metadata)
    if not isinstance(metadata, dict):
        raise _Refused
    return {"data": data, "metadata": metadata}


def _allowed(key: str) -> bool:
    """Whether outputs may have this MIME type: evidence comes another way."""
    if len(key) > MAX_TYPE_CHARS or not _MIME_TYPE.fullmatch(key):
        return False
    return not key.lower().startswith(EVIDENCE_TYPE)


def _json(text: str) -> Any:
    if len(text) > MAX_JSON_CHARS:
        raise _Refused
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise _Refused from None
    _check_depth(value, MAX_JSON_DEPTH)
    return value


def _check_depth(value: Any, depth: int) -> None:
    """Raise _Refused if lists and objects are nested deeper: what writes a notebook recurses into each."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if items and not depth:
        raise _Refused
    for item in items:
        _check_depth(item, depth - 1)


def _size(value: Any) -> int:
    """How much room an output takes, in bytes, about."""
    if isinstance(value, str):
        return 50 + len(value) * (1 if value.isascii() else 4)
    if isinstance(value, dict):
        return 200 + sum(_size(key) + _size(item) for key, item in value.items())
    if isinstance(value, list):
        return 60 + sum(map(_size, value))
    return 32
