"""Students' code as a syntax tree."""

from __future__ import annotations

import ast
import warnings


def parsed(source: str) -> ast.Module | None:
    """Parse code, quietly; None where it is no Python, or more than the parser can take."""
    try:
        with warnings.catch_warnings(action="ignore"):  # such as of escapes that mean nothing
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
