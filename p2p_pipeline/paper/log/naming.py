"""How a session is called. Pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from p2p_pipeline.paper.log.lines import canonical
from p2p_pipeline.paper.machine.state import texts_of
from p2p_pipeline.paper.settings import PaperSettings


def name_of(start: int, settings: PaperSettings) -> str:
    """When it starts and by which configuration, so that another of them has a folder of its own."""
    config = hashlib.sha256(canonical(texts_of(settings.model_dump()))).hexdigest()
    at = datetime.fromtimestamp(start // 1000, UTC)
    return f"{at:%Y%m%dT%H%M%S}.{start % 1000:03d}Z-{config[:8]}"
