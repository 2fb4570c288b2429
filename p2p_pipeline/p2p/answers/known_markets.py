"""What is said where a market has no snapshot: which markets there are, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import Market, MarketSide
from p2p_pipeline.p2p.raw.reader import RawReader

_NAMED = 12
"""More markets than this are not listed."""


def nothing_of(market_side: MarketSide, at: datetime | None, reader: RawReader, configured: Sequence[Market]) -> Told:
    """Why there is no snapshot of a market side (at or before a time), in a sentence with what to do."""
    key = market_side.market.key
    days = {day: reader.file_keys(day) for day in reader.days()}
    stored = sorted({name for names in days.values() for name in names if is_market_key(name)})
    when = Told(" at or before {at:%Y-%m-%d %H:%M:%S} UTC", at=at) if at else ""
    if at is not None and key in stored:
        first = min(day for day, names in days.items() if key in names)
        return Told(
            "there is no snapshot of {market_side}{when}; the first day with any is {first}",
            market_side=market_side,
            when=when,
            first=first,
        )
    if market_side.market in configured or key in stored:
        return Told(
            "there is no snapshot of {market_side}{when}; run `p2p collect --once`, or import a recording",
            market_side=market_side,
            when=when,
        )
    known = sorted({*stored, *(market.key for market in configured)})
    if not known:
        return Told(
            "there is no snapshot of {market_side}{when}; run `p2p collect --once`, or import a recording",
            market_side=market_side,
            when=when,
        )
    near = get_close_matches(key, known, n=1, cutoff=0.7)
    hint = Told(" (did you mean {near}?)", near=near[0]) if near else ""
    more = Told(" and {count} more", count=len(known) - _NAMED) if len(known) > _NAMED else ""
    return Told(
        "there is no snapshot of {market_side}{when}, and the settings do not name that market{hint}; known "
        "are {known}{more}. Add it to the settings to collect it, or import a recording",
        market_side=market_side,
        when=when,
        hint=hint,
        known=", ".join(known[:_NAMED]),
        more=more,
    )


def is_market_key(file_key: str) -> bool:
    """Whether a file of the raw store or the lake is of one market, not of sweeps, lists or an imported series."""
    try:
        Market.parse(file_key)
    except ValueError:
        return False
    return True
