"""What is said where a market has no snapshot: which markets there are, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from p2p_pipeline.p2p.markets import Market, MarketSide
from p2p_pipeline.p2p.raw.reader import RawReader

_NAMED = 12
"""More markets than this are not listed."""


def nothing_of(market_side: MarketSide, at: datetime | None, reader: RawReader, configured: Sequence[Market]) -> str:
    """Why there is no snapshot of a market side (at or before a time), in a sentence with what to do."""
    key = market_side.market.key
    days = {day: reader.file_keys(day) for day in reader.days()}
    stored = sorted({name for names in days.values() for name in names if is_market_key(name)})
    when = f" at or before {at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
    if at is not None and key in stored:
        first = min(day for day, names in days.items() if key in names)
        return f"there is no snapshot of {market_side}{when}; the first day with any is {first}"
    if market_side.market in configured or key in stored:
        return f"there is no snapshot of {market_side}{when}; run `p2p collect --once`, or import a recording"
    known = sorted({*stored, *(market.key for market in configured)})
    if not known:
        return f"there is no snapshot of {market_side}{when}; run `p2p collect --once`, or import a recording"
    near = get_close_matches(key, known, n=1, cutoff=0.7)
    hint = f" (did you mean {near[0]}?)" if near else ""
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return (
        f"there is no snapshot of {market_side}{when}, and the settings do not name that market{hint}; known are "
        f"{', '.join(known[:_NAMED])}{more}. Add it to the settings to collect it, or import a recording"
    )


def is_market_key(file_key: str) -> bool:
    """Whether a file of the raw store or the lake is of one market, not of sweeps, lists or an imported series."""
    try:
        Market.parse(file_key)
    except ValueError:
        return False
    return True
