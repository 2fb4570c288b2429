"""What an exchange trades and on which chains its assets are: asked at the start and every hour."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from p2p_pipeline.exchanges.connections.rest import NoAnswer, Rest
from p2p_pipeline.exchanges.venues.connector import Lists
from p2p_pipeline.exchanges.words import Capability, Currencies, Listed, Request

SESSION = "lists"
"""The name under which these answers are recorded."""
EVERY_SECONDS = 3600.0
KNOWN, NEEDS_KEY, UNKNOWN = "known", "needs a key", "unknown"


@dataclass(frozen=True, slots=True)
class AskedLists:
    """What an exchange's lists say."""

    listed: Listed
    currencies: Currencies
    transfers: str
    """`known`, `needs a key`, `unknown`."""


async def ask_lists(rest: Rest, lists: Lists, capability: Capability) -> AskedLists:
    """Both lists. Raises NoAnswer where there are no instruments to be had; currencies may be missing."""
    answers = await _answers(rest, lists.instrument_requests())
    # Ten megabytes at some exchanges: in a thread, so that frames are read meanwhile.
    listed = await asyncio.to_thread(lists.instruments, answers)
    if not listed.instruments:
        why = listed.left_out[0].reason if listed.left_out else "it is empty"
        raise NoAnswer("{exchange}'s list of instruments is of no use: {why}", exchange=capability.name, why=why)
    if capability.currencies_need_key:
        return AskedLists(listed, Currencies(), NEEDS_KEY)
    try:
        answers = await _answers(rest, lists.currency_requests())
        currencies = await asyncio.to_thread(lists.currencies, answers)
    except NoAnswer:
        currencies = Currencies()
    says_more = any(one.deposit_open is not None or one.withdraw_open is not None for one in currencies.chains)
    return AskedLists(listed, currencies, KNOWN if says_more else UNKNOWN)


async def _answers(rest: Rest, requests: Iterable[Request]) -> dict[str, bytes]:
    return {request.url: (await rest.ask(request, SESSION)).body for request in requests}
