"""The AsyncAPI document of the sockets: what they send and hear, from the same shapes as the client's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from p2p_pipeline.web.api.document import schemas_of
from p2p_pipeline.web.api.shapes.live import HEARD, OPPORTUNITIES_SENT, SENT
from p2p_pipeline.web.api.shapes.paper_live import PAPER_HEARD, PAPER_SENT
from p2p_pipeline.web.bodies import ExactJson
from p2p_pipeline.web.version import VERSION

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Channel:
    """One socket."""

    address: str
    meaning: str
    sent: tuple[type[BaseModel], ...]
    heard: tuple[type[BaseModel], ...] = HEARD
    resumes: str = "`?epoch=…&seq=…` resumes after the last frame that was got."
    parameters: Mapping[str, Any] = field(default_factory=dict)


CLOSE_CODES = {
    1009: "a message of more than 4 KiB",
    1013: "too many clients",
    4401: "the token is missing or wrong",
    4403: "another site, or a name that is not ours",
    4404: "there is no such session",
    4408: "nothing was taken for 30 s",
    4409: "a message that is none of these",
    4429: "more than 10 messages a second",
}


@router.get("/asyncapi.json")
async def get_asyncapi() -> ExactJson:
    """The document."""
    return ExactJson(asyncapi())


CHANNELS: dict[str, Channel] = {
    "now": Channel("/ws/now", "The board as it changes.", SENT),
    "opportunities": Channel(
        "/ws/opportunities",
        "What each scan of the exchanges' order books changed; `/api/v1/ws/opportunities` is the same.",
        OPPORTUNITIES_SENT,
    ),
    "paper": Channel(
        "/ws/paper/{session}",
        "A paper session's board each second, and its log as it grows; `/api/v1/ws/paper/{session}` is the same. A "
        "tick is applied to the board that the client has. A session that has ended gives its last board.",
        PAPER_SENT,
        PAPER_HEARD,
        "`?sequence=…&event=…` resumes after the board that was got, and from that line of the log on.",
        {"session": {"description": "Its name, as `/api/v1/paper/sessions` lists it."}},
    ),
}
"""By name."""


@cache
def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 of the sockets."""
    sent_or_heard: list[type[BaseModel]] = [shape for one in CHANNELS.values() for shape in one.sent + one.heard]
    shapes = list(dict.fromkeys(sent_or_heard))
    schemas: dict[str, Any] = {}
    for shape in shapes:
        schemas |= schemas_of(shape)
    closes = "; ".join(f"{code} {meaning}" for code, meaning in CLOSE_CODES.items())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "p2p_pipeline, live",
            "version": VERSION,
            "description": f"JSON text frames, numbered by `seq`; subprotocol `p2p.v1`. Closes with: {closes}.",
        },
        "channels": {
            name: {
                "address": one.address,
                "description": f"{one.meaning} {one.resumes}",
                **({"parameters": one.parameters} if one.parameters else {}),
                "messages": {said: {"$ref": f"#/components/messages/{said}"} for said in _names(one.sent + one.heard)},
            }
            for name, one in CHANNELS.items()
        },
        "operations": {
            name: operation
            for channel, one in CHANNELS.items()
            for name, operation in _operations(channel, one).items()
        },
        "components": {
            "messages": {
                one.__name__: {
                    "summary": (one.__doc__ or "").strip(),
                    "contentType": "application/json",
                    "payload": {"$ref": f"#/components/schemas/{one.__name__}"},
                }
                for one in shapes
            },
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _names(shapes: tuple[type[BaseModel], ...]) -> list[str]:
    return [one.__name__ for one in shapes]


def _operations(channel: str, one: Channel) -> dict[str, Any]:
    told = "hello, then the state, its changes, and a heartbeat every 10 s"
    heard = "at most 10 messages a second, of at most 4 KiB"
    of_channel = "" if channel == "now" else f"_{channel}"
    return {
        f"tell{of_channel}": _operation(channel, "send", told, one.sent),
        f"hear{of_channel}": _operation(channel, "receive", heard, one.heard),
    }


def _operation(channel: str, action: str, summary: str, shapes: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{one.__name__}"} for one in shapes],
    }
