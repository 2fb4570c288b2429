"""`/ws/now`: the board as it changes."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from p2p_pipeline.web.guard.access import NotAllowed
from p2p_pipeline.web.live.socket import Clients

router = APIRouter()


@router.websocket("/ws/now")
async def now(socket: WebSocket) -> None:
    """Snapshot, changes, heartbeats; see live/socket.py."""
    try:
        socket.app.state.edges.access.require(socket)
    except NotAllowed:
        await socket.close(4401, "this service wants its token")
        return
    clients = socket.app.state.clients
    assert isinstance(clients, Clients)  # noqa: S101 - set by create_app
    await clients.serve(socket)
