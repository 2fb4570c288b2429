"""Reading series from the rollups: which there are, which one is meant, and one as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import WIDE, MarketSide
from p2p_pipeline.p2p.metrics.history.rollup import slot_rows
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, PERIODS_SECONDS, ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey

HOUR_SECONDS = 3600
_NAMES = ("measure", "profile", "step")


_IMPORTED = ".imported"


class NoSeries(ClearError):
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
    return f"{market_key}{_IMPORTED}"


def market_key_of(name: str) -> str:
    """The market that a series lies under such a name of."""
    return name.removesuffix(_IMPORTED)


def read_series(
    lake: Lake, key: SeriesKey, first: date | None = None, last: date | None = None, period_seconds: int = HOUR_SECONDS
) -> Series:
    """One series between two UTC days, both included, a median a period; empty where there is nothing.

    `period_seconds` is 300 or 3600. Where a period has both collected and imported values (of a measure like `vwap`,
    which both can have), the collected ones count.
    """
    columns = ["period_start", "median", "observations", *(() if key.step is None else ("amount_fiat",))]
    rows = read_rollups(lake, key, first, last, period_seconds, columns).filter(compute.field("observations") > 0)
    has_amount = rows.num_rows and key.step is not None
    return Series(
        key=key,
        amount_fiat=rows["amount_fiat"][-1].as_py() if has_amount else None,
        period_seconds=period_seconds,
        starts=_seconds(rows["period_start"]),
        values=rows["median"].to_numpy().astype(np.float64),
        observations=rows["observations"].to_numpy().astype(np.int64),
    )


def read_rollups(
    lake: Lake,
    key: SeriesKey,
    first: date | None,
    last: date | None,
    period_seconds: int,
    columns: list[str] | None = None,
) -> pa.Table:
    """One series' rows of `rollups` between two UTC days, by time; with the periods that were seen without a value."""
    if period_seconds not in PERIODS_SECONDS:
        raise ValueError(f"period was {period_seconds} s; series have {' and '.join(map(str, PERIODS_SECONDS))} s")
    wanted = is_series(key, period_seconds)
    # The imported ones first: of the same period the last one counts, which is the collected one.
    found = [lake.read_range(ROLLUPS, name, first, last, columns, wanted) for name in reversed(_keys(key.market_side))]
    rows = pa.concat_tables(found)
    _, backwards = np.unique(_seconds(rows["period_start"])[::-1], return_index=True)
    return rows.take(pa.array(rows.num_rows - 1 - backwards))


def imported_starts(
    lake: Lake, key: SeriesKey, first: date | None, last: date | None, period_seconds: int
) -> frozenset[int]:
    """The periods of a series that only an imported file has: when they begin, seconds since 1970 UTC."""
    wanted = is_series(key, period_seconds)

    def starts_in(name: str) -> set[int]:
        found = lake.read_range(ROLLUPS, name, first, last, ["period_start"], wanted)
        return set(_seconds(found["period_start"]).tolist())

    own_key, imported_one = _keys(key.market_side)
    imported = starts_in(imported_one)
    return frozenset(imported - starts_in(own_key) if imported else ())


def read_looks(lake: Lake, key: SeriesKey, first: date | None, last: date | None) -> pa.Table:
    """One series look by look between two UTC days, by time, with the columns of `rollups`: each its own slot."""
    wanted = is_series(key)
    found = [lake.read_range(HISTORY, name, first, last, None, wanted) for name in reversed(_keys(key.market_side))]
    return slot_rows(pa.concat_tables(found))


def newest_moment(lake: Lake, key: SeriesKey) -> datetime | None:
    """When a series' newest hour begins; None where there is none."""
    days = [partition.day for partition in lake.partitions(ROLLUPS) if partition.market_key in _keys(key.market_side)]
    # The newest partition nearly always has it; a series that ended is looked for in all.
    for first in (max(days, default=None), None):
        found = read_rollups(lake, key, first, None, HOUR_SECONDS, ["period_start"])["period_start"]
        if len(found):
            newest = found[-1].as_py()
            return newest if isinstance(newest, datetime) else None
    return None


def newest_day(lake: Lake, key: SeriesKey) -> date | None:
    """The UTC day of a series' newest row; None where there is none."""
    newest = newest_moment(lake, key)
    return newest.date() if newest else None


def first_day(lake: Lake, market_side: MarketSide) -> date | None:
    """The first UTC day that a market has any series of."""
    keys = _keys(market_side)
    return min((found.day for found in lake.partitions(ROLLUPS) if found.market_key in keys), default=None)


def available_series(lake: Lake, market_side: MarketSide) -> list[AvailableSeries]:
    """Every series of a market side, by measure, profile and step."""
    return _listed(lake, market_side, dict.fromkeys(_keys(market_side), (None, None)))


def newest_series(lake: Lake, market_side: MarketSide) -> list[AvailableSeries]:
    """The same of its newest day alone, collected and imported: what there is now, at a fraction of the cost."""
    newest: dict[str, tuple[date | None, date | None]] = {
        partition.market_key: (partition.day, partition.day)
        for partition in lake.partitions(ROLLUPS)
        if partition.market_key in _keys(market_side)
    }
    return _listed(lake, market_side, newest)


def _listed(
    lake: Lake, market_side: MarketSide, days: Mapping[str, tuple[date | None, date | None]]
) -> list[AvailableSeries]:
    columns = [*_NAMES, "period_start", "amount_fiat", "observations"]
    wanted = (compute.field("period_seconds") == HOUR_SECONDS) & (compute.field("side") == str(market_side.side))
    found = [lake.read_range(ROLLUPS, key, first, last, columns, wanted) for key, (first, last) in days.items()]
    rows = pa.concat_tables([ROLLUPS.empty().select(columns), *found])
    rows = rows.sort_by("period_start").append_column("place", pa.array(np.arange(rows.num_rows)))
    grouped = rows.group_by(list(_NAMES), use_threads=False).aggregate(
        [("period_start", "min"), ("period_start", "max"), ("place", "max"), ("observations", "sum")]
    )
    grouped = grouped.append_column("amount_fiat", rows["amount_fiat"].take(grouped["place_max"]))
    listed = [
        AvailableSeries(
            SeriesKey(market_side, row["measure"], row["profile"], row["step"]),
            row["amount_fiat"],
            row["period_start_min"].date(),
            row["period_start_max"].date(),
            row["observations_sum"],
        )
        for row in grouped.to_pylist()
    ]
    return sorted(listed, key=_order)


def choose_series(
    lake: Lake, market_side: MarketSide, measure: str, profile: str | None = None, amount: Decimal | None = None
) -> SeriesKey:
    """The series that a person means by a measure, and for measures of an amount by a profile and an amount of fiat.

    The profile is `wide` unless given, the amount the middle step of the ladder; a given amount chooses the step that
    is nearest to it by ratio. Raises NoSeries with the series that there are.
    """
    # The newest day nearly always has it; to look through a year takes as long as to read it.
    try:
        return _chosen(market_side, newest_series(lake, market_side), measure, profile, amount)
    except NoSeries:
        return _chosen(market_side, available_series(lake, market_side), measure, profile, amount)


def _chosen(
    market_side: MarketSide,
    listed: Sequence[AvailableSeries],
    measure: str,
    profile: str | None,
    amount: Decimal | None,
) -> SeriesKey:
    named = [entry for entry in listed if entry.key.measure == measure]
    if not named:
        raise NoSeries(_nothing(market_side, measure, listed))
    of_book = next((entry for entry in named if entry.key.step is None), None)
    if of_book is not None:
        if profile is not None or amount is not None:
            raise NoSeries("{measure} is of the whole book: leave out the profile and the amount", measure=measure)
        return of_book.key
    wanted = profile or WIDE.name
    ladder = [entry for entry in named if entry.key.profile == wanted]
    if not ladder:
        known = ", ".join(sorted({str(entry.key.profile) for entry in named}))
        raise NoSeries(
            "{market_side} has no {measure} for the profile {wanted!r}; there is {known}",
            market_side=market_side,
            measure=measure,
            wanted=wanted,
            known=known,
        )
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
        return Told(
            "there is no history of {market_side}: collect it and run `p2p process`, or bring a series with `p2p "
            "import-series FILE --market {market_key}`",
            market_side=market_side,
            market_key=market_key,
        )
    there = ", ".join(dict.fromkeys(entry.key.measure for entry in listed))
    return Told(
        "{market_side} has no {measure!r}; there is {there} (`p2p history --list --market {market_key}` shows all)",
        market_side=market_side,
        measure=measure,
        there=there,
        market_key=market_key,
    )


def is_series(key: SeriesKey, period_seconds: int | None = None) -> compute.Expression:
    """The filter for the rows of `rollups` that are one series; without a period for those of `history`."""
    wanted = (compute.field("measure") == key.measure) & (compute.field("side") == str(key.market_side.side))
    if period_seconds is not None:
        wanted = (compute.field("period_seconds") == period_seconds) & wanted
    # Columns that need no look are not read: measures without sizes have neither profile nor step.
    for name, value in (("profile", key.profile), ("step", key.step)):
        if value is not None:
            wanted &= compute.field(name) == value
    return wanted


def _seconds(moments: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(compute.divide(compute.cast(moments, pa.int64()), 1_000_000).to_numpy(), dtype=np.int64)


def _keys(market_side: MarketSide) -> tuple[str, str]:
    return market_side.market.key, imported_key(market_side.market.key)
