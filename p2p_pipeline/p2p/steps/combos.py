"""Offers to combos: one fiat into another over all configured markets, slot by slot, and the best of it as history."""

from __future__ import annotations

import hashlib
import time
from datetime import date, datetime

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.kernel.table import MOMENT
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.metrics.combos.day_tables import ComboPlan, MarketDay, combo_history, combo_rows
from p2p_pipeline.p2p.metrics.combos.routes import LEGS_WITHIN, combo_series_side
from p2p_pipeline.p2p.metrics.combos.schema import COMBOS
from p2p_pipeline.p2p.metrics.history.schema import HISTORY
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.settings_analytics import ComboSettings
from p2p_pipeline.p2p.steps.continuing import StepReport, continuing, snapshots_lineage, step_report, write_partition
from p2p_pipeline.p2p.steps.history import build_rollups
from p2p_pipeline.p2p.versions import COMBO_VERSION, METRICS_VERSION

BOOK_COLUMNS = [
    "offer_id",
    "price",
    "min_fiat",
    "max_fiat",
    "available_asset",
    "fiat_scale",
    "asset_scale",
    "payment_methods",
    "completion_rate",
    "orders_30d",
    "is_merchant",
]
"""What of an offer a book and a profile need: a day of several markets is held at once."""


def build_combos(lake: Lake, day: date, combo: ComboSettings, settings: Settings, full: bool = False) -> StepReport:
    """Bring one combo's day in `combos` up to its markets' offers, and the best route's rate in `history`, rolled up.

    All stand under `combo.SOURCE-TARGET`. The same rows come out however often it is continued. The markets'
    offers of the day must have been made before.
    """
    started = time.perf_counter()
    plan = ComboPlan.for_combo(combo, settings)
    key = combo_series_side(combo.source, combo.target).market.key
    with lake.writing(key):
        source = _Source(lake, day, plan)
        rows = COMBOS.empty() if full else source.still_good(key)
        since = source.fresh_since(key) if rows.num_rows else None
        if rows.num_rows and since is None:
            fresh = COMBOS.empty()
        else:
            rows = rows.filter(compute.less(rows["snapshot_at"], pa.scalar(since, MOMENT))) if since else COMBOS.empty()
            fresh = combo_rows(plan, source.days, since)
        report = {COMBOS.name: write_partition(lake, COMBOS, day, key, rows, fresh, source.facts)}
        history = combo_history(lake.read(COMBOS, day, key))
        report[HISTORY.name] = write_partition(lake, HISTORY, day, key, HISTORY.empty(), history, source.facts)
    # A combo is no venue's market: nobody else rolls it up.
    rolled = build_rollups(lake, day, key, settings, full)
    report |= {name: (rolled.new_rows[name], total) for name, total in rolled.total_rows.items()}
    return step_report(day, key, report, started)


class _Source:
    """The snapshots and offers of a plan's markets on one day, and what of the combos made of them is still good."""

    def __init__(self, lake: Lake, day: date, plan: ComboPlan) -> None:
        self._lake, self._day = lake, day
        self._snapshots: dict[str, pa.Table] = {}
        self.days: dict[str, MarketDay] = {}
        facts = []
        for key in (market.key for market in plan.markets):
            # Snapshots and offers must be of one writing; their writer is kept waiting only while they are read.
            with lake.writing(key):
                self._snapshots[key], offers = lake.read(SNAPSHOTS, day, key), lake.read(OFFERS, day, key, BOOK_COLUMNS)
                facts.append(lake.facts(SNAPSHOTS, day, key) or {})
            self.days[key] = MarketDay(self._snapshots[key], offers)
        made_with = [(known.get("parse_version"), known.get("payments")) for known in facts]
        self._settings = {
            "plan": plan.version,
            "made_with": hashlib.sha256(repr(made_with).encode()).hexdigest()[:16],
            "combo_version": f"{COMBO_VERSION}.{METRICS_VERSION}",
        }

    @property
    def facts(self) -> dict[str, str]:
        """What the partitions will say of themselves."""
        covered = {f"covers.{key}": self._covering(key, table.num_rows) for key, table in self._snapshots.items()}
        return {**self._settings, **covered}

    def still_good(self, key: str) -> pa.Table:
        """The rows stored before, when they were made of the snapshots that are there now; else none."""
        before = continuing(self._lake, COMBOS, self._day, key, self._settings)
        for market_key in self._snapshots:
            known = before.get(f"covers.{market_key}", "")
            if not known or known != self._covering(market_key, int(known.split()[0])):
                return COMBOS.empty()
        return self._lake.read(COMBOS, self._day, key)

    def fresh_since(self, key: str) -> datetime | None:
        """From when on rows may differ from the stored ones: a pair's reach before the first new snapshot.

        None when there is no new snapshot.
        """
        before = self._lake.facts(COMBOS, self._day, key) or {}
        first: list[datetime] = []
        for market_key, snapshots in self._snapshots.items():
            done = int(before[f"covers.{market_key}"].split()[0])
            first += snapshots.column("snapshot_at").slice(done).to_pylist()
        return min(first) - LEGS_WITHIN if first else None

    def _covering(self, market_key: str, count: int) -> str:
        return f"{count} {snapshots_lineage(self._snapshots[market_key], count)}"
