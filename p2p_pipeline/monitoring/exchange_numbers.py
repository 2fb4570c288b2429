"""What the newest board says of the exchanges and of the scans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from p2p_pipeline.exchanges.board import Board, ExchangeHealth
from p2p_pipeline.monitoring.catalogue import Sample


def exchange_samples(board: Board, now: datetime) -> list[Sample]:
    """The board as samples."""
    return [*_of_scans(board, now), *_of_exchanges(board.exchanges)]


def _of_scans(board: Board, now: datetime) -> Iterator[Sample]:
    yield Sample("scan_age_seconds", max(0.0, (now - board.scan.at).total_seconds()))
    yield Sample("scan_duration_ms", board.scan.duration_ms)
    yield Sample("scan_jitter_ms", board.jitter_ms)
    yield Sample("scan_cycles_total", board.sequence)
    yield Sample("scan_cycles_skipped_total", board.skipped_cycles)
    yield Sample("opportunities_detected_per_minute", board.detected_in_minute)
    yield Sample("opportunities_alive", len(board.opportunities))
    yield Sample("opportunities_quarantined", len(board.scan.quarantined))
    for reason, count in sorted(board.rejected_totals.items()):
        yield Sample("scan_pairs_rejected_total", count, (reason,))


def _of_exchanges(exchanges: Iterable[ExchangeHealth]) -> Iterator[Sample]:
    for one in exchanges:
        labels = (one.name,)
        if one.lag_ms is not None:
            yield Sample("md_lag_ms", one.lag_ms, labels)
        if one.clock_offset_ms is not None:
            yield Sample("md_clock_offset_ms", one.clock_offset_ms, labels)
        yield Sample("md_frames_total", one.frames, labels)
        yield Sample("md_unreadable_total", one.unreadable, labels)
        yield Sample("ws_reconnects_total", one.reconnects, labels)
        yield Sample("orderbook_gap_events", one.gaps, labels)
        yield Sample("orderbook_resyncs_total", one.resyncs, labels)
        yield Sample("orderbook_checksum_failures_total", one.checksum_failures, labels)
        yield Sample("orderbooks_live", one.books_live, labels)
        yield Sample("orderbooks_wanted", one.books_wanted, labels)
