"""`/ws/now`: the board as it changes; `/ws/opportunities`: what each scan changed; `/ws/paper/…`: a paper session."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.foreign_text import shown
from p2p_pipeline.web.api.document import API
from p2p_pipeline.web.guard.access import NotAllowed
from p2p_pipeline.web.live.sessions import FollowedSessions
from p2p_pipeline.web.live.socket import SUBPROTOCOL, Clients

router = APIRouter()
MOST_REASON_BYTES = 123
"""Of a close frame."""


@router.websocket("/ws/now")
async def now(socket: WebSocket) -> None:
    """Snapshot, changes, heartbeats; see live/socket.py."""
    await _serve(socket, socket.app.state.clients)


@router.websocket("/ws/opportunities")
@router.websocket(f"{API}/ws/opportunities")
async def opportunities(socket: WebSocket) -> None:
    """The same of the exchanges' opportunities."""
    await _serve(socket, socket.app.state.opportunity_clients)


@router.websocket("/ws/paper/{session}")
@router.websocket(f"{API}/ws/paper/{{session}}")
async def paper(socket: WebSocket, session: str) -> None:
    """A paper session's board as it changes, and its log as it grows; see live/session_topic.py."""
    if not await _is_let_in(socket):
        return
    followed = socket.app.state.sessions
    assert isinstance(followed, FollowedSessions)  # noqa: S101 - set by create_app
    try:
        clients = await followed.clients_of(session)
    except ClearError as error:
        # Only what was accepted first can be told why: a browser hides the answer to a refused handshake.
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in socket.scope.get("subprotocols", ()) else None)
        await socket.close(4404, _cut(str(error)))
        return
    await clients.serve(socket)


def _cut(reason: str) -> str:
    """As much of a sentence as a close frame has room for."""
    encoded = shown(reason).encode()
    return (
        reason
        if len(encoded) <= MOST_REASON_BYTES
        else encoded[: MOST_REASON_BYTES - 3].decode("utf-8", "ignore") + "…"
    )


async def _serve(socket: WebSocket, clients: object) -> None:
    if await _is_let_in(socket):
        assert isinstance(clients, Clients)  # noqa: S101 - set by create_app
        await clients.serve(socket)


async def _is_let_in(socket: WebSocket) -> bool:
    try:
        socket.app.state.edges.access.require(socket)
    except NotAllowed:
        await socket.close(4401, "this service wants its token")
        return False
    return True
