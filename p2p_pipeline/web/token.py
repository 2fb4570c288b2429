"""Where the service's token is kept; by itself, so that a command can name it without loading the web."""

from __future__ import annotations

TOKEN_VARIABLE = "P2P_WEB_TOKEN"  # noqa: S105 - the variable's name
