"""nbgrader's Validator, with results that can be asked for."""

from __future__ import annotations

from contextlib import suppress

from jupyter_client.manager import KernelManager
from nbgrader.validator import Validator
from traitlets import TraitError
from traitlets.config import Config


class RememberingValidator(Validator):
    """Prints what nbgrader's Validator prints, and keeps the results, which are empty where all passed."""

    results: dict[str, list[dict[str, str]]]

    def __init__(self) -> None:
        super().__init__(config=_settings())

    def validate(self, filename: str) -> dict[str, list[dict[str, str]]]:
        """Validate a notebook; return and keep what failed, passed or changed, as nbgrader names it."""
        self.results = super().validate(filename)
        return self.results


def _settings() -> Config:
    """Have the kernel's messages encrypted where that can be done; a kernel that could warns otherwise."""
    config = Config()
    if "transport_encryption" in KernelManager.class_trait_names(config=True):
        with suppress(TraitError):  # libzmq was built without encryption
            KernelManager(transport_encryption="auto")
            config.KernelManager.transport_encryption = "auto"
    return config
