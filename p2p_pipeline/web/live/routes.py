"""`/ws/now`: the board as it changes; `/ws/opportunities`: what each scan of the exchanges changed."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from p2p_pipeline.web.api.document import API
from p2p_pipeline.web.guard.access import NotAllowed
from p2p_pipeline.web.live.socket import Clients

router = APIRouter()


@router.websocket("/ws/now")
async def now(socket: WebSocket) -> None:
    """Snapshot, changes, heartbeats; see live/socket.py."""
    await _serve(socket, socket.app.state.clients)


@router.websocket("/ws/opportunities")
@router.websocket(f"{API}/ws/opportunities")
async def opportunities(socket: WebSocket) -> None:
    """The same of the exchanges' opportunities."""
    await _serve(socket, socket.app.state.opportunity_clients)


async def _serve(socket: WebSocket, clients: object) -> None:
    try:
        socket.app.state.edges.access.require(socket)
    except NotAllowed:
        await socket.close(4401, "this service wants its token")
        return
    assert isinstance(clients, Clients)  # noqa: S101 - set by create_app
    await clients.serve(socket)
