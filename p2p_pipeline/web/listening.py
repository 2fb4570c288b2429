"""How the service listens: the same for `p2p serve` and for tests that ask a real server."""

from __future__ import annotations

from typing import Any

import uvicorn
from fastapi import FastAPI

from p2p_pipeline.web.guard.connections import PatientProtocol
from p2p_pipeline.web.guard.sizes import MOST_MESSAGE_BYTES


def server_config(app: FastAPI, **changed: Any) -> uvicorn.Config:
    """Uvicorn's settings: limits to what a client may send, and nothing said of the server."""
    return uvicorn.Config(
        app,
        **{
            "http": PatientProtocol,
            "ws_max_size": MOST_MESSAGE_BYTES,
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "timeout_graceful_shutdown": 3,
            **changed,
        },
    )
