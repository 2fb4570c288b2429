"""The AsyncAPI document of the sockets: what they send and hear, from the same shapes as the client's."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from p2p_pipeline.web.api.document import schemas_of
from p2p_pipeline.web.api.shapes.live import HEARD, SENT
from p2p_pipeline.web.bodies import ExactJson
from p2p_pipeline.web.version import VERSION

router = APIRouter(include_in_schema=False)
CLOSE_CODES = {
    1009: "a message of more than 4 KiB",
    1013: "too many clients",
    4401: "the token is missing or wrong",
    4403: "another site, or a name that is not ours",
    4408: "nothing was taken for 30 s",
    4409: "a message that is none of these",
    4429: "more than 10 messages a second",
}


@router.get("/asyncapi.json")
async def get_asyncapi() -> ExactJson:
    """The document."""
    return ExactJson(asyncapi())


@cache
def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 of `/ws/now`."""
    schemas: dict[str, Any] = {}
    messages = [one.__name__ for one in (*SENT, *HEARD)]
    for shape in (*SENT, *HEARD):
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
            "now": {
                "address": "/ws/now",
                "description": "The board as it changes. `?epoch=…&seq=…` resumes after the last frame that was got.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {
            "tell": _operation("send", "hello, then the state, its changes, and a heartbeat every 10 s", SENT),
            "hear": _operation("receive", "at most 10 messages a second, of at most 4 KiB", HEARD),
        },
        "components": {
            "messages": {
                one.__name__: {
                    "summary": (one.__doc__ or "").strip(),
                    "contentType": "application/json",
                    "payload": {"$ref": f"#/components/schemas/{one.__name__}"},
                }
                for one in (*SENT, *HEARD)
            },
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _operation(action: str, summary: str, shapes: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/now"},
        "messages": [{"$ref": f"#/channels/now/messages/{one.__name__}"} for one in shapes],
    }
