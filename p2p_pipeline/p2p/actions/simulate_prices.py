"""Simulated prices into `history` and `rollups`: a year to try the timing tools on, without a year of books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.metrics.history.schema import HISTORY
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.simulator.price_history import PriceHistory
from p2p_pipeline.p2p.steps.compact import compact_closed_months
from p2p_pipeline.p2p.steps.history import build_rollups
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline.p2p.versions import HISTORY_VERSION

_MADE_HERE = "simulated_prices"


@dataclass(frozen=True, slots=True)
class SimulatedPrices:
    """What was written for one market."""

    days: int
    rows: int
    already_there: int
    """Days that were as they should be."""


class NotOurs(ClearError):
    """The folder has history of the market that was not made here; the message says what to do."""


def days_until(end: datetime, days: int) -> list[date]:
    """So many UTC days, of which the last holds the moment before `end`."""
    last = (end.astimezone(UTC) - timedelta(microseconds=1)).date()
    return [last - timedelta(days=back) for back in reversed(range(days))]


@dataclass(frozen=True, slots=True)
class SimulatedMarkets:
    """What was written for all markets."""

    days: int
    rows: int
    already_there: int
    compacted_months: int


def simulate_prices(
    paths: DataPaths,
    settings: Settings,
    histories: Sequence[PriceHistory],
    days: int,
    end: datetime,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> SimulatedMarkets:
    """Write several markets' prices into a data folder that is or becomes a simulated one, and compact what is over.

    Raises NotOurs, and RealmMismatch where the folder holds live data.
    """
    RawFolder(paths.root, RealFileSystem()).admit(Source.SIMULATED)
    lake, wanted = Lake(paths.lake), days_until(end, days)
    steps, total = count(1), len(wanted) * len(histories)
    done = [
        write_simulated_prices(lake, history, wanted, end, settings, lambda: progress(next(steps), total))
        for history in histories
    ]
    compacted = compact_closed_months(lake, TABLES.values(), datetime.now(UTC), settings.analytics.compact_after_days)
    return SimulatedMarkets(
        days=sum(entry.days for entry in done),
        rows=sum(entry.rows for entry in done),
        already_there=sum(entry.already_there for entry in done),
        compacted_months=compacted.months,
    )


def write_simulated_prices(
    lake: Lake,
    history: PriceHistory,
    days: list[date],
    end: datetime,
    settings: Settings,
    progress: Callable[[], None] = lambda: None,
) -> SimulatedPrices:
    """Write a market's history of some days up to `end`, with its rollups. The same again changes nothing.

    Raises NotOurs, having written nothing, when one of the days has history from elsewhere. The caller answers for the
    data folder being a simulated one.
    """
    key = history.market.key
    with lake.writing(key):
        before = {day: lake.facts(HISTORY, day, key) for day in days}
        foreign = [day for day, facts in before.items() if facts is not None and _MADE_HERE not in facts]
        if foreign:
            raise NotOurs(
                f"the data folder has collected or simulated books of {key} on {foreign[0]}; prices without books "
                "would replace their history: use another --data-dir"
            )
    written = rows = 0
    for day in days:
        facts = _facts(history, day, end)
        if before[day] != facts:
            made = history.rows(day, end)
            with lake.writing(key):
                lake.write(HISTORY, day, key, made, facts)
            written, rows = written + 1, rows + made.num_rows
        build_rollups(lake, day, key, settings)
        progress()
    return SimulatedPrices(written, rows, len(days) - written)


def _facts(history: PriceHistory, day: date, end: datetime) -> dict[str, str]:
    is_whole = end >= datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    # The model decides the rows too: a later version of it must not pass for the same.
    model = f"{history.seed} {history.model} {history.texture}" + (f" {history.step}" if history.step else "")
    return {
        "history_version": HISTORY_VERSION,
        _MADE_HERE: model,
        "until": "" if is_whole else end.astimezone(UTC).isoformat(),
    }
