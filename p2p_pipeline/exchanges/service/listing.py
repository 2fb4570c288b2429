"""What an exchange trades and on which chains its assets are: asked at the start and every hour."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from p2p_pipeline.exchanges.books.taking import LISTS_SESSION
from p2p_pipeline.exchanges.connections.rest import NoAnswer, Rest
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.identity.asked import NEEDS_KEY, UNKNOWN, AskedLists, currencies_in
from p2p_pipeline.exchanges.venues.connector import Lists
from p2p_pipeline.exchanges.words import Capability, Request

__all__ = ["EVERY_SECONDS", "NEEDS_KEY", "UNKNOWN", "AskedLists", "ask_lists"]

EVERY_SECONDS = 3600.0


async def ask_lists(rest: Rest, lists: Lists, capability: Capability) -> AskedLists:
    """Both lists. Raises NoAnswer where there are no instruments to be had; currencies may be missing."""
    instruments = await _answers(rest, lists.instrument_requests())
    # Ten megabytes at some exchanges: in a thread, so that frames are read meanwhile.
    listed = await asyncio.to_thread(lists.instruments, _bodies(instruments))
    if not listed.instruments:
        why = listed.left_out[0].reason if listed.left_out else "it is empty"
        raise NoAnswer("{exchange}'s list of instruments is of no use: {why}", exchange=capability.name, why=why)
    answers: dict[str, Frame] | None = None
    if not capability.currencies_need_key:
        try:
            answers = await _answers(rest, lists.currency_requests())
        except NoAnswer:
            answers = None
    bodies = None if answers is None else _bodies(answers)
    currencies, transfers = await asyncio.to_thread(
        currencies_in, lists, bodies, need_key=capability.currencies_need_key
    )
    when = None if answers is None else _moments(answers)
    return AskedLists(listed, currencies, transfers, _moments(instruments), when)


async def _answers(rest: Rest, requests: Iterable[Request]) -> dict[str, Frame]:
    return {request.url: await rest.ask(request, LISTS_SESSION) for request in requests}


def _bodies(answers: Mapping[str, Frame]) -> dict[str, bytes]:
    return {url: frame.body for url, frame in answers.items()}


def _moments(answers: Mapping[str, Frame]) -> dict[str, int]:
    return {url: frame.received_at_ns or 0 for url, frame in answers.items()}
