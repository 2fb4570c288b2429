"""The tables of the exchanges. Each file holds an hour (UTC) by the scans' places in the grid."""

from __future__ import annotations

import pandera.pandas as pandera

from p2p_pipeline.kernel.table import (
    BIG_COUNT,
    COUNT,
    FLAG,
    MOMENT,
    MONEY,
    SHARE,
    TEXT,
    Table,
    column,
    not_negative,
)

_SCAN = {
    "scanned_at": column(MOMENT, "The scan's place in the grid of time."),
    "cycle": column(BIG_COUNT, "The scan's number within its run of the service."),
    "service": column(TEXT, "Which run of the service: cycles of another don't compare."),
}


def _table(name: str, key: tuple[str, ...], description: str, columns: dict[str, pandera.Column]) -> Table:
    return Table(name, key, description, pandera.DataFrameSchema(columns, strict=True))


def _count(description: str) -> pandera.Column:
    return column(BIG_COUNT, description, not_negative())


SCANS = _table(
    "exchange_scans",
    ("service", "cycle"),
    "A row a scan of the order books: what was looked at, and why it was none. A replay of the frames makes the same "
    "file, byte for byte.",
    {
        **_SCAN,
        "is_simulated": column(FLAG, "The exchanges were simulated."),
        "books_live": _count("Books that could be believed."),
        "pairs": _count("Pair, symbol and size that were looked at."),
        "opportunities": _count("Of those, how many earn enough after all costs."),
        "quarantined": _count("Too good to be believed: kept with their books, and counted in `rejected`."),
        "cycles": _count("Cycles of three or four legs that pay."),
        "rejected": column(TEXT, "How many were none, by their one reason: a JSON object."),
        "best_edges": column(TEXT, "The best net edge in per cent by buying>selling exchange: a JSON object."),
    },
)

OPPORTUNITIES = _table(
    "exchange_opportunities",
    ("service", "cycle", "is_quarantined", "buy", "sell", "symbol", "notional"),
    "A row an accepted or quarantined opportunity and scan, with its whole calculation (of a scan's at most 600 and "
    "200).",
    {
        **_SCAN,
        "is_quarantined": column(FLAG, "Too good to be believed."),
        "buy": column(TEXT, "The exchange to buy at."),
        "sell": column(TEXT, "The exchange to sell at."),
        "symbol": column(TEXT, "BASE/QUOTE."),
        "notional": column(MONEY, "The size that was asked for, in quote."),
        "quantity": column(MONEY, "In base, after rounding to both exchanges' steps."),
        "buy_vwap": column(MONEY, "Average price over the levels bought, to 12 decimals."),
        "sell_vwap": column(MONEY, "Average price over the levels sold, to 12 decimals."),
        "net_profit_quote": column(MONEY, "What is left after all costs, in quote."),
        "net_edge_pct": column(MONEY, "The same in per cent of what was paid."),
        "is_partial": column(FLAG, "Less than the size, because a book ended."),
        "transfer": column(TEXT, "Whether what is bought could be brought to where it is sold."),
        "buy_age_ms": column(BIG_COUNT, "Age of the book bought from."),
        "sell_age_ms": column(BIG_COUNT, "Age of the book sold to."),
        "calculation": column(TEXT, "Every step with all its digits: a JSON object."),
    },
)

CYCLES = _table(
    "exchange_cycles",
    ("service", "cycle", "ordinal"),
    "A row a cycle that pays and scan: from an asset over three or four trades back to it.",
    {
        **_SCAN,
        "ordinal": column(COUNT, "Its place in the scan."),
        "exchange": column(TEXT, "Where all legs are; empty when they are on several."),
        "start_asset": column(TEXT, "The asset it begins and ends with."),
        "start_quantity": column(MONEY, "How much it begins with."),
        "end_quantity": column(MONEY, "How much comes back."),
        "net_edge_pct": column(MONEY, "The gain in per cent."),
        "legs": column(COUNT, "How many trades."),
        "calculation": column(TEXT, "Every leg with the levels it takes: a JSON object."),
    },
)

TIMINGS = _table(
    "exchange_timings",
    ("service", "cycle"),
    "How punctual each scan was and how long it took: of the machine, no fact of the market.",
    {
        **_SCAN,
        "jitter_ms": column(SHARE, "How late it began."),
        "duration_ms": column(SHARE, "How long it took."),
        "skipped": _count("Places of the grid before it that nobody came to."),
    },
)

_HOUR = {
    "hour": column(MOMENT, "The hour's beginning."),
    "exchange": column(TEXT, "The exchange."),
}

BOOKS = _table(
    "exchange_books",
    ("hour", "exchange", "symbol"),
    "A row an hour, exchange and symbol: what its frames made of the book.",
    {
        **_HOUR,
        "symbol": column(TEXT, "In the exchange's spelling; empty for what can't be read and names none."),
        "state": column(TEXT, "What the book was worth at the hour's end."),
        "frames": _count("Frames that concerned it."),
        "events": _count("Changes, snapshots, views, best prices."),
        "unreadable": _count("What could not be read."),
        "gaps": _count("Breaks of its sequence."),
        "resyncs": _count("How often it was made anew."),
        "checksums_ok": _count("The exchange's checksums that were right."),
        "checksums_failed": _count("Those that were wrong."),
        "best_bid": column(MONEY, "At the hour's end; empty while it could not be believed.", nullable=True),
        "best_ask": column(MONEY, "Likewise.", nullable=True),
        "digest": column(TEXT, "SHA-256 over its levels at the hour's end and its counts since the service's start."),
    },
)

EXCHANGE_HOURS = _table(
    "exchange_hours",
    ("hour", "exchange"),
    "A row an hour and exchange: its connections, its clock.",
    {
        **_HOUR,
        "frames": _count("Frames that were read."),
        "unreadable": _count("What could not be read."),
        "reconnects": _count("Connections that ended."),
        "books_live": _count("Books that could be believed at the hour's end."),
        "books": _count("Books that were known."),
        "clock_offset_ms": column(SHARE, "Our clock minus the exchange's at the hour's end.", nullable=True),
        "lag_ms": column(SHARE, "How much longer than the quickest way events took then.", nullable=True),
    },
)

FRAME_FILES = _table(
    "exchange_frames",
    ("hour", "exchange", "connection"),
    "A row a file of raw frames: how much there is, and whether it is whole.",
    {
        **_HOUR,
        "connection": column(TEXT, "Which socket or REST session."),
        "source": column(TEXT, "live, simulated or imported."),
        "bytes": _count("On disk."),
        "frames": _count("Kept."),
        "lost": _count("That could not be kept, as the recorder counted them."),
        "damage": column(TEXT, "What can't be read or breaks the chain of checksums; empty when all is whole."),
    },
)

REPLAYS = _table(
    "exchange_replays",
    ("hour",),
    "A row an hour: whether a replay of its frames gives the same bytes as the live scans did.",
    {
        "hour": _HOUR["hour"],
        "scans": _count("Scans of the hour by the notes among the frames."),
        "outcome": column(
            TEXT, "same; made (there was no file, or one with scans missing); differs; not whole (frames are missing)."
        ),
        "detail": column(TEXT, "Which file differs, or what is missing."),
        "skipped": _count("Places of the grid that no scan came to."),
        "stored_sha256": column(TEXT, "Of the files that were there."),
        "replayed_sha256": column(TEXT, "Of those that the replay made."),
    },
)

_KNOWN = "Of those of whom it is known."

BACKTESTS = _table(
    "exchange_backtests",
    ("day", "min_net_edge_pct", "max_age_seconds", "notional", "fee_factor"),
    "A row a day and choice of rules: how many opportunities it would have found, how long they lived, and what acting "
    "one cycle later would have given.",
    {
        "day": column(MOMENT, "The day's beginning."),
        "min_net_edge_pct": column(MONEY, "The least edge asked for."),
        "max_age_seconds": column(SHARE, "How old a book may be."),
        "notional": column(MONEY, "The size, in quote."),
        "fee_factor": column(MONEY, "Of every taker fee: 0.5 is a tier with half the fees."),
        "scans": _count("Moments that were looked at."),
        "opportunities": _count("Found, each counted once for its whole life."),
        "still_alive": _count("Whose end was not seen."),
        "lived": column(TEXT, "How many were found by so many scans in a row: a JSON object."),
        "survived_1": _count("Still found one cycle later."),
        "survived_1_known": _count(_KNOWN),
        "survived_2": _count("Still found two cycles later."),
        "survived_2_known": _count(_KNOWN),
        "survived_6": _count("Still found six cycles later."),
        "survived_6_known": _count(_KNOWN),
        "survived_transfer": _count("Still found after the time to bring the asset over."),
        "survived_transfer_known": _count(_KNOWN),
        "promised_profit": column(MONEY, "In all as found, in quote: what nobody gets who is a cycle late."),
        "acted": _count("That could be acted on one cycle later."),
        "later_profit": column(MONEY, "In all, acting on each once, one cycle later."),
        "later_edge_pct": column(SHARE, "The mean of their edges then.", nullable=True),
        "later_edge_low_pct": column(SHARE, "Its 95 % interval from here …", nullable=True),
        "later_edge_high_pct": column(SHARE, "… to here; empty with too few ten-minute groups.", nullable=True),
        "share_still_paying": column(SHARE, "Of those acted on, 0..1.", nullable=True),
    },
)

SCAN_TABLES = (SCANS, OPPORTUNITIES, CYCLES, TIMINGS)
"""What a scan is kept in."""
EXCHANGE_TABLES: dict[str, Table] = {
    table.name: table for table in (*SCAN_TABLES, BOOKS, EXCHANGE_HOURS, FRAME_FILES, REPLAYS, BACKTESTS)
}
