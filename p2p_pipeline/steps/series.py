"""Reading series from the rollups: which there are, which one is meant, and one as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.markets import WIDE, MarketSide
from p2p_pipeline.metrics.history.schema import PERIODS_SECONDS, ROLLUPS
from p2p_pipeline.metrics.history.series import Series, SeriesKey

HOUR_SECONDS = 3600
_NAMES = ("measure", "profile", "step")


class NoSeries(Exception):
    """There is no such series; the message says which there are and what to run."""


@dataclass(frozen=True, slots=True)
class AvailableSeries:
    """One series that the lake has."""

    key: SeriesKey
    amount_fiat: Decimal | None
    """The size of the newest day; None for measures of the whole book."""
    first_day: date
    last_day: date
    """The UTC days of its first and last rows."""
    observations: int
    """How many values it is of, all in all."""


def imported_key(market_key: str) -> str:
    """The name under which a market's imported series lie: beside its own, so that neither remakes the other."""
    return f"{market_key}.imported"


def read_series(
    lake: Lake, key: SeriesKey, first: date | None = None, last: date | None = None, period_seconds: int = HOUR_SECONDS
) -> Series:
    """One series between two UTC days, both included, a median a period; empty where there is nothing.

    `period_seconds` is 300 or 3600. Where a period has both collected and imported values (of a measure like `vwap`,
    which both can have), the collected ones count.
    """
    if period_seconds not in PERIODS_SECONDS:
        raise ValueError(f"period was {period_seconds} s; series have {' and '.join(map(str, PERIODS_SECONDS))} s")
    columns = ["period_start", "median", "observations", "amount_fiat"]
    found = [
        lake.read_range(ROLLUPS, market_key, first, last, columns, _is_series(key, period_seconds))
        for market_key in (imported_key(key.market_side.market.key), key.market_side.market.key)
    ]
    rows = pa.concat_tables(found)
    starts = compute.divide(compute.cast(rows["period_start"], pa.int64()), 1_000_000).to_numpy()
    # Of the same period the last one counts: the collected one.
    unique, backwards = np.unique(starts[::-1], return_index=True)
    kept = len(starts) - 1 - backwards
    amounts = rows["amount_fiat"]
    return Series(
        key=key,
        amount_fiat=amounts[int(kept[-1])].as_py() if len(kept) else None,
        period_seconds=period_seconds,
        starts=unique.astype(np.int64),
        values=rows["median"].to_numpy()[kept].astype(np.float64),
        observations=rows["observations"].to_numpy()[kept].astype(np.int64),
    )


def available_series(lake: Lake, market_side: MarketSide) -> list[AvailableSeries]:
    """Every series of a market side, by measure, profile and step."""
    columns = [*_NAMES, "period_start", "amount_fiat", "observations"]
    wanted = (compute.field("period_seconds") == HOUR_SECONDS) & (compute.field("side") == str(market_side.side))
    both = (market_side.market.key, imported_key(market_side.market.key))
    rows = pa.concat_tables([lake.read_range(ROLLUPS, key, None, None, columns, wanted) for key in both])
    rows = rows.sort_by("period_start").append_column("place", pa.array(range(rows.num_rows), pa.int64()))
    found = rows.group_by(list(_NAMES), use_threads=False).aggregate(
        [("period_start", "min"), ("period_start", "max"), ("place", "max"), ("observations", "sum")]
    )
    found = found.append_column("amount_fiat", rows["amount_fiat"].take(found["place_max"]))
    listed = [
        AvailableSeries(
            SeriesKey(market_side, row["measure"], row["profile"], row["step"]),
            row["amount_fiat"],
            row["period_start_min"].date(),
            row["period_start_max"].date(),
            row["observations_sum"],
        )
        for row in found.to_pylist()
    ]
    return sorted(listed, key=_order)


def choose_series(
    lake: Lake, market_side: MarketSide, measure: str, profile: str | None = None, amount: Decimal | None = None
) -> SeriesKey:
    """The series that a person means by a measure, and for measures of an amount by a profile and an amount of fiat.

    The profile is `wide` unless given, the amount the middle step of the ladder; a given amount chooses the step that
    is nearest to it by ratio. Raises NoSeries with the series that there are.
    """
    listed = available_series(lake, market_side)
    named = [entry for entry in listed if entry.key.measure == measure]
    if not named:
        raise NoSeries(_nothing(market_side, measure, listed))
    of_book = next((entry for entry in named if entry.key.step is None), None)
    if of_book is not None:
        if profile is not None or amount is not None:
            raise NoSeries(f"{measure} is of the whole book: leave out the profile and the amount")
        return of_book.key
    wanted = profile or WIDE.name
    ladder = [entry for entry in named if entry.key.profile == wanted]
    if not ladder:
        known = ", ".join(sorted({str(entry.key.profile) for entry in named}))
        raise NoSeries(f"{market_side} has no {measure} for the profile {wanted!r}; there is {known}")
    newest = max(entry.last_day for entry in ladder)
    current = [entry for entry in ladder if entry.last_day == newest]
    if amount is None:
        return current[(len(current) - 1) // 2].key
    return min(current, key=lambda entry: _ratio(entry.amount_fiat, amount)).key


def _ratio(step: Decimal | None, amount: Decimal) -> float:
    if not step:
        return float("inf")
    return abs(float((step / amount).ln()))


def _order(entry: AvailableSeries) -> tuple[str, str, int]:
    return entry.key.measure, entry.key.profile or "", -1 if entry.key.step is None else entry.key.step


def _nothing(market_side: MarketSide, measure: str, listed: Sequence[AvailableSeries]) -> str:
    market_key = market_side.market.key
    if not listed:
        return (
            f"there is no history of {market_side}: collect it and run `p2p process`, or bring a series with "
            f"`p2p import-series FILE --market {market_key}`"
        )
    there = ", ".join(dict.fromkeys(entry.key.measure for entry in listed))
    return f"{market_side} has no {measure!r}; there is {there} (`p2p history --list --market {market_key}` shows all)"


def _is_series(key: SeriesKey, period_seconds: int) -> compute.Expression:
    wanted = compute.field("period_seconds") == period_seconds
    wanted &= compute.field("side") == str(key.market_side.side)
    for name, value in (("measure", key.measure), ("profile", key.profile), ("step", key.step)):
        field = compute.field(name)
        wanted &= field.is_null() if value is None else field == value
    return wanted & (compute.field("observations") > 0)
