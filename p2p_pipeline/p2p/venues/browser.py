"""What a browser says of itself: the web endpoints answer nobody else."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

HEADERS: Final = MappingProxyType(
    {
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
        ),
    }
)
