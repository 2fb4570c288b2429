"""Every metric there is: its name, what kind it is, its labels and what it says. The documentation is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric


class Kind(StrEnum):
    """How a metric moves."""

    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as it is offered."""

    name: str
    says: str
    labels: tuple[str, ...] = ()
    kind: Kind = Kind.GAUGE


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a metric, its labels in the catalogue's order."""

    name: str
    value: float
    labels: tuple[str, ...] = field(default=())


_WORKER = ("venue", "worker")
_DAY = ("venue", "quantile")
_EXCHANGE = ("exchange",)
_SESSION = ("session",)
_CHECK = (*_WORKER, "metric")
"""The worker is empty for what is true of now, not of a worker's batch."""

CATALOGUE = (
    Described("p2p_build_info", "1; the label says which version runs.", ("version",)),
    Described("p2p_exporter_scrape_seconds", "How long reading all of this took."),
    Described("p2p_exporter_source_up", "1 where a source of numbers answered in time, else 0.", ("source",)),
    Described("p2p_warehouse_up", "1 when the warehouse's PostgreSQL answers, else 0."),
    # The newest batch, worker by worker
    Described(
        "p2p_sweep_age_seconds",
        "Time since the end of the newest loaded batch with a whole market; before the first such, since one began.",
        _WORKER,
    ),
    Described("p2p_load_age_seconds", "Time since the newest batch was loaded.", _WORKER),
    Described("p2p_sweep_duration_seconds", "How long the newest loaded sweep took.", _WORKER),
    Described("p2p_load_duration_seconds", "How long loading the newest batch took.", _WORKER),
    Described("p2p_sweep_markets_due", "Markets that were due in the newest batch.", _WORKER),
    Described("p2p_sweep_markets_complete", "Of them, those with every due side read to its end.", _WORKER),
    Described("p2p_sweep_complete_ratio", "Complete markets of those due, in the newest batch, 0 to 1.", _WORKER),
    Described("p2p_sweep_failed_request_ratio", "Failed requests of all, in the newest batch, 0 to 1.", _WORKER),
    Described("p2p_sweep_consecutive_failures", "Newest batches in a row that failed or were interrupted.", _WORKER),
    Described("p2p_batch_offers", "Offers extracted, inserted, updated, closed in the newest.", (*_WORKER, "kind")),
    # The last 24 hours, from the ledger
    Described("p2p_sweep_duration_24h_seconds", "Quantiles of the sweeps' durations over 24 hours.", _DAY),
    Described("p2p_load_duration_24h_seconds", "Quantiles of the loads' durations over 24 hours.", _DAY),
    Described("p2p_sweep_complete_24h_ratio", "Complete markets of those due, over 24 hours, 0 to 1.", ("venue",)),
    Described("p2p_sweep_batches_24h", "Batches that began in the last 24 hours.", ("venue",)),
    # Totals, from the ledger; a rebuild or a retention does not change them
    Described("p2p_sweep_batches_total", "Batches loaded, by how their sweep ended.", ("status",), Kind.COUNTER),
    Described("p2p_sweep_requests_total", "Requests of all loaded batches.", (), Kind.COUNTER),
    Described("p2p_sweep_failed_requests_total", "Those of them that brought no answer.", (), Kind.COUNTER),
    Described("p2p_sweep_errors_total", "Extraction errors of all loaded batches.", ("error_type",), Kind.COUNTER),
    Described("p2p_offers_total", "Offers of all loaded batches.", ("kind",), Kind.COUNTER),
    Described("p2p_quarantined_total", "Records that could not be trusted, of all batches.", (), Kind.COUNTER),
    # What is there
    Described("p2p_offers_open", "Offers that are open according to the warehouse."),
    Described("p2p_warehouse_size_bytes", "Bytes of a table with its indexes and partitions.", ("relation",)),
    Described("p2p_warehouse_database_size_bytes", "Bytes of the whole database."),
    Described("p2p_quality_check_passed", "1 when a check's newest outcome was good, else 0.", _CHECK),
    Described("p2p_quality_check_value", "What the check measured.", _CHECK),
    # The raw store and its disk
    Described("p2p_raw_sweep_age_seconds", "Time since the end of the newest sweep in the raw store.", _WORKER),
    Described("p2p_sweep_running_seconds", "How long the sweep that runs has run; 0 when none does.", _WORKER),
    Described("p2p_load_pending_batches", "Batches of two days that are in the raw store and not in the warehouse."),
    Described("p2p_data_folder_free_bytes", "Free room on the data folder's disk."),
    # Order books of exchanges, from the newest board of `p2p stream`; totals begin anew with the service
    Described("md_lag_ms", "How much longer than by the quickest way events take now.", _EXCHANGE),
    Described("md_clock_offset_ms", "Our clock minus the exchange's, with the quickest way in it.", _EXCHANGE),
    Described("md_frames_total", "Frames that came.", _EXCHANGE, Kind.COUNTER),
    Described("md_unreadable_total", "Events that were not what the wire format says.", _EXCHANGE, Kind.COUNTER),
    Described("ws_reconnects_total", "Connections that ended after they had come up.", _EXCHANGE, Kind.COUNTER),
    Described("orderbook_gap_events", "Breaks of a sequence; only grows while a service runs.", _EXCHANGE),
    Described("orderbook_resyncs_total", "Re-syncs begun.", _EXCHANGE, Kind.COUNTER),
    Described("orderbook_checksum_failures_total", "Books that were not what theirs are.", _EXCHANGE, Kind.COUNTER),
    Described("orderbooks_live", "Books that are vouched for.", _EXCHANGE),
    Described("orderbooks_wanted", "Books whose depth is watched.", _EXCHANGE),
    Described("scan_age_seconds", "Time since the newest scan's place in the grid."),
    Described("scan_duration_ms", "How long the newest scan took."),
    Described("scan_jitter_ms", "How late the newest scan began."),
    Described("scan_cycles_total", "Scans of this service.", (), Kind.COUNTER),
    Described("scan_cycles_skipped_total", "Places of the grid that no scan came to.", (), Kind.COUNTER),
    Described("scan_pairs_rejected_total", "Pairs that are no opportunity, by why.", ("reason",), Kind.COUNTER),
    Described("opportunities_detected_per_minute", "Opportunities that were new in the last minute."),
    Described("opportunities_alive", "Opportunities that the newest scan found."),
    Described("opportunities_quarantined", "What the newest scan found too good to be believed."),
    # Paper sessions, from the boards of those that run
    Described("paper_sessions_running", "Paper sessions that have a process."),
    Described("paper_sessions_died", "Those whose process ended unasked within a day."),
    Described("paper_board_age_seconds", "Time since a running session's newest board.", _SESSION),
    Described("paper_symbols", "Symbols of a running session; 0 before they are chosen.", _SESSION),
    Described("paper_symbols_stale", "Those of them of which nothing comes.", _SESSION),
    Described("paper_reconnects", "Connections of the session that ended; only grows while it runs.", _SESSION),
    Described("paper_equity_usdt", "Its equity on paper, open positions at mark.", _SESSION),
    # Dagster
    Described("p2p_dagster_daemon_heartbeat_age_seconds", "Time since a daemon's last sign of life.", ("daemon",)),
    Described("p2p_dagster_runs", "Runs that wait or are under way.", ("status",)),
    Described("p2p_dagster_runs_finished_24h", "Runs that were begun in 24 hours and have ended.", ("status",)),
)  # fmt: skip
BY_NAME = {described.name: described for described in CATALOGUE}


def families(samples: Iterable[Sample]) -> Iterator[Metric]:
    """Samples as Prometheus wants them, in the catalogue's order. A sample of no metric is a mistake: KeyError."""
    grouped: dict[str, list[Sample]] = {}
    for sample in samples:
        grouped.setdefault(BY_NAME[sample.name].name, []).append(sample)
    for described in CATALOGUE:
        if described.name in grouped:
            family = _family(described)
            for sample in grouped[described.name]:
                family.add_metric(sample.labels, sample.value)
            yield family


def _family(described: Described) -> CounterMetricFamily | GaugeMetricFamily:
    if described.kind is Kind.COUNTER:
        return CounterMetricFamily(described.name.removesuffix("_total"), described.says, labels=described.labels)
    return GaugeMetricFamily(described.name, described.says, labels=described.labels)


def table() -> str:
    """The catalogue as a Markdown table."""
    rows = [
        f"| `{one.name}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels)} | {one.says} |"
        for one in CATALOGUE
    ]
    return "\n".join(["| metric | kind | labels | says |", "|---|---|---|---|", *rows])
