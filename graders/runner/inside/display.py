"""What IPython calls to show a value or a display: recorded in a rich job, printed in any other."""

from __future__ import annotations

from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

from .checks import MAX_EVIDENCE_CHARS, MAX_EVIDENCE_TEXTS
from .events import EVIDENCE_TYPE
from .recorder import Recorder


class StudentPublisher(DisplayPublisher):
    """Keeps evidence instead of showing it. recorder: where the rest goes; None: it is printed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        self.recorder: Recorder | None = None
        self._texts: list[str] = []

    def publish(self, data: Any, metadata: Any = None, *args: Any, **options: Any) -> None:
        """Stand in for IPython's own: note evidence, record or print the rest."""
        if isinstance(data, dict) and isinstance(data.get(EVIDENCE_TYPE), str):
            self._texts.append(data[EVIDENCE_TYPE][:MAX_EVIDENCE_CHARS])
            del self._texts[MAX_EVIDENCE_TEXTS:]
        elif self.recorder is None:
            super().publish(data, metadata, *args, **options)
        else:
            self._validate_data(data, metadata)  # type: ignore[no-untyped-call]
            display_id = (options.get("transient") or {}).get("display_id")
            self.recorder.display(data, metadata, display_id, options.get("update", False))

    def clear_output(self, wait: bool = False) -> None:
        """Clear what the cell has shown."""
        if self.recorder is None:
            super().clear_output(wait)  # type: ignore[no-untyped-call]
        else:
            self.recorder.clear(wait)

    def take(self) -> list[str]:
        """Return the evidence published since the last call, and forget it."""
        texts, self._texts = self._texts, []
        return texts


class StudentHook(DisplayHook):
    """Shows the value of a cell. recorder: where it goes; None: it is printed."""

    recorder: Recorder | None = None
    _formatted: tuple[Any, Any] | None = None

    def write_output_prompt(self) -> None:
        """A recorded value has its prompt elsewhere."""
        self._formatted = None
        if self.recorder is None:
            super().write_output_prompt()  # type: ignore[no-untyped-call]

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Take the value's representations."""
        if self.recorder is None:
            super().write_format_data(format_dict, md_dict)
        else:
            self._formatted = (format_dict, md_dict)

    def finish_displayhook(self) -> None:
        """Record the value, after IPython has put it into `Out`."""
        if self.recorder is None:
            super().finish_displayhook()  # type: ignore[no-untyped-call]
            return
        self._is_active = False
        if self._formatted is not None:
            data, metadata = self._formatted
            self.recorder.display(data, metadata, result=True)
