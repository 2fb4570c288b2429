"""Scripts, styles and pictures: their address holds the version, so a browser may keep them for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"


class Immutable(StaticFiles):
    """Static files that never change under their address."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """As the base class, to be kept for a year."""
        found = super().file_response(*args, **kwargs)
        # Weak: the same file may come compressed or not.
        found.headers["ETag"] = f"W/{found.headers['ETag']}"
        found.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return found
