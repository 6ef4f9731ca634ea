"""nbgrader's Validator, with results that can be asked for."""

from __future__ import annotations

from nbgrader.validator import Validator


class RememberingValidator(Validator):
    """Prints what nbgrader's Validator prints, and keeps the results, which are empty where all passed."""

    results: dict[str, list[dict[str, str]]]

    def validate(self, filename: str) -> dict[str, list[dict[str, str]]]:
        """Validate a notebook; return and keep what failed, passed or changed, as nbgrader names it."""
        self.results = super().validate(filename)
        return self.results
