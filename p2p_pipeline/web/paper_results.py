"""What a session came to, for page and API: its log is added up once for each state of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool

from p2p_pipeline.paper.results.parts import Results
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.workers import Lane


async def results_of_session(edges: Edges, session: str) -> Results:
    """What its log comes to by now. Raises NoSuchSession, NoResults, Busy, TooSlow."""
    version = await run_in_threadpool(edges.paper.log_version, session)
    return await edges.newest.ask(
        edges.workers, ("paper results", session), version, lambda: edges.paper.results(session), lane=Lane.SLOW
    )


def results_told(results: Results) -> dict[str, Any]:
    """The same as JSON."""
    return {field.name: _told(getattr(results, field.name)) for field in dataclasses.fields(results)}


def _told(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _told(one) for name, one in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: _told(one) for name, one in value.items()}
    return [_told(one) for one in value] if isinstance(value, tuple) else value
