"""Where an exchange lives: its own hosts, or its place in the simulator. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from p2p_pipeline.exchanges.words import Capability, Request
from p2p_pipeline.kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of one exchange; with a `source` all its hosts are one there."""

    capability: Capability
    source: str | None = None

    def socket(self, path: str) -> str:
        """The address of a socket whose path and query these are, or that is told whole (KuCoin's, with its token)."""
        if self.source is None:
            return path if path.startswith("wss://") else _host(self.capability.websocket_url) + path
        if path.startswith("wss://"):
            path = path.removeprefix(_host(path))
        return f"{_as_socket(_host(self.source))}/{self.capability.name}{path}"

    def request(self, request: Request) -> str:
        """The address of a REST request."""
        if self.source is None:
            return self.capability.rest_urls[request.host].rstrip("/") + request.url
        return f"{_host(self.source)}/{self.capability.name}{request.url}"


def checked_source(url: str) -> str:
    """A base URL. Raises InvalidInput with what may be written."""
    base = url.rstrip("/")
    try:
        parts = urlsplit(base)
        # A port out of range shows when it is asked for.
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    # Each exchange has its own path there: one that is given here would be lost.
    if not is_one or base != f"{parts.scheme}://{parts.netloc}":
        raise InvalidInput(
            "source was {url!r}; write the simulator's address without a path, such as http://127.0.0.1:8530", url=url
        )
    return base


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _as_socket(url: str) -> str:
    return f"ws{url.removeprefix('http')}"
