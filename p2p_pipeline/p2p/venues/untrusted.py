"""Why a record can't be trusted, as a code and a sentence."""

from __future__ import annotations

from p2p_pipeline.kernel.told import Told


class UntrustedError(ValueError):
    """A record that can't be trusted, with the short reason and the sentence that go into the quarantine."""

    def __init__(self, reason: str, template: str, /, **values: object) -> None:
        """The code, and the sentence as a template with its values."""
        self.reason = reason
        self.detail = Told(template, **values)
        super().__init__(self.detail)


def shown(value: object) -> str:
    """A value as a sentence can hold it: short, whatever its size."""
    if isinstance(value, str):
        return repr(value[:60] + "…") if len(value) > 60 else repr(value)
    if isinstance(value, dict | list):
        return Told("an object") if isinstance(value, dict) else Told("a list")
    return repr(value)[:60]
