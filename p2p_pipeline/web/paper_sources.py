"""Which market data a session may be started with from the web: whoever opens a page must not choose our network."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from p2p_pipeline.exchanges.connections.addresses import checked_source
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.web.guard.access import is_loopback

_PLAIN_PLACE = re.compile(r"[\w.:\[\]-]+", re.ASCII)
"""A host and a port, and nothing that one reader of addresses takes otherwise than another."""


def source_from_web(asked: str | None, usual: str | None) -> str | None:
    """What was asked for, else the usual one: a simulator on this machine, or the one configured. Raises InvalidInput.

    None is the exchange itself.
    """
    if not asked:
        return usual
    base = checked_source(asked)
    place = urlsplit(base)
    is_here = is_loopback(place.hostname or "") and _PLAIN_PLACE.fullmatch(place.netloc)
    if not is_here and base != (usual or "").rstrip("/"):
        raise InvalidInput(
            "source was {url!r}, which is another machine; from here a session takes the configured source or one on "
            "this machine, such as http://127.0.0.1:8530; for others use `p2p paper start --source`",
            url=base,
        )
    return base
