"""Addresses of Dagster's pages, where it is known where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from p2p_pipeline.kernel.errors import InvalidInput

LOCATION = "p2p_pipeline"
"""The code location's name in workspace.yaml."""


@dataclass(frozen=True, slots=True)
class DagsterLinks:
    """Of one Dagster."""

    root: str

    @classmethod
    def of(cls, url: str | None) -> DagsterLinks | None:
        """None where nobody said where it is."""
        return cls(url.rstrip("/")) if url else None

    def asset(self, key: Sequence[str]) -> str:
        """An asset's page."""
        return f"{self.root}/assets/{'/'.join(quote(part, safe='') for part in key)}"

    def check(self, key: Sequence[str], name: str) -> str:
        """A check's page."""
        return f"{self.asset(key)}?{urlencode({'view': 'checks', 'checkDetail': name})}"

    def run(self, run_id: str) -> str:
        """A run's page."""
        return f"{self.root}/runs/{quote(run_id, safe='')}"

    def ticking(self, kind: str, name: str) -> str:
        """A sensor's or a schedule's page."""
        return f"{self.root}/locations/{LOCATION}/{kind}/{quote(name, safe='')}"


def checked_url(url: str) -> str:
    """The address as it was given; raises InvalidInput for one that no browser opens."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("the address of Dagster's pages was {url!r}; write it as http://127.0.0.1:3000", url=url)
    return url
