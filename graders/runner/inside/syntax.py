"""IPython's own syntax: cells in which there can be none are not searched for it token by token."""

from __future__ import annotations

import re

from IPython.core.inputtransformer2 import TransformerManager

ASSIGNED = re.compile(r"=\s*[%!]")
"""What `x = %magic` and `x = !command` have, and plain Python has in its strings at most."""

ESCAPES = tuple("%!?,;/")
"""What a line begins with that IPython translates; `thing?` is the other kind."""


class QuickTransformer(TransformerManager):
    """Gives what IPython's own gives. To make tokens of plain Python takes longer than to compile it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._usual = list(self.token_transformers)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """Return the lines with what is IPython's in them made Python's."""
        if self.token_transformers == self._usual and not _may_be_special(lines):
            return lines
        translated: list[str] = super().do_token_transforms(lines)  # type: ignore[no-untyped-call]
        return translated


def _may_be_special(lines: list[str]) -> bool:
    for line in lines:
        text = line.strip()
        if text.startswith(ESCAPES) or text.endswith("?"):
            return True
    return ASSIGNED.search("".join(lines)) is not None
