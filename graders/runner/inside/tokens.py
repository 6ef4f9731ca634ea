"""Colouring Python: the rules are made ready once, and not again for every traceback."""

from __future__ import annotations

from typing import Any

from pygments.lexer import RegexLexerMeta  # type: ignore[import-untyped]
from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]


def share_token_rules() -> None:
    """Let subclasses of the Python lexer that have no rules of their own use those that it has made.

    `stack_data` makes such a subclass for each frame of a traceback, and pygments then makes all rules again,
    which takes longer than everything else about a traceback.
    """
    PythonLexer()  # makes them
    ready = PythonLexer._tokens

    def process(cls: type[PythonLexer], name: str, tokendefs: Any = None) -> Any:
        if any("tokens" in parent.__dict__ for parent in _between(cls)):
            return RegexLexerMeta.process_tokendef(cls, name, tokendefs)
        return ready

    PythonLexer.process_tokendef = classmethod(process)


def _between(cls: type[PythonLexer]) -> tuple[type, ...]:
    """The classes from a lexer's up to, but not including, the Python lexer's."""
    return cls.__mro__[: cls.__mro__.index(PythonLexer)]
