"""Which properties of the warehouse are checked: the list that Dagster shows. judging.py judges them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WarehouseRule:
    """One property of the warehouse: an asset check, and a row of ops_data_quality for each batch it judged."""

    name: str
    """The check's name and the row's `metric_name`."""
    description: str
    is_blocking: bool = False
    """Whether a batch that breaks it is held back from subworkers until it passes; the views show the newest batch
    all the same, and what is wrong with it."""
    is_costly: bool = False
    """Whether it takes seconds of CPU (it reads the raw store again, or imports Great Expectations)."""
    is_of_batch: bool = True
    """False for what is true of now, not of one batch: it is judged for the newest batch only."""
    needs_raw: bool = False
    """Whether it reads the raw store."""
    needs_url: bool = False
    """Whether it opens a connection of its own."""


_HOLDS_BACK = "Subworkers are not given a batch that breaks this until it passes; the views show it all the same."

WAREHOUSE_RULES = (
    WarehouseRule(
        "types_and_ranges",
        "Prices, amounts, limits, rates and times are numbers that a market can have, with limits the right way round.",
    ),
    WarehouseRule(
        "no_duplicate_offer",
        "Each offer stands once in a batch. " + _HOLDS_BACK,
        is_blocking=True,
    ),
    WarehouseRule(
        "referential_integrity",
        "What facts refer to is there; spans of an offer's versions and of an advertiser's rows don't overlap. "
        + _HOLDS_BACK,
        is_blocking=True,
    ),
    WarehouseRule(
        "depth_adds_up",
        "The depth of each market side is that of its offers: as many, the same volume and prices; none is left open "
        "that a complete reading did not show. " + _HOLDS_BACK,
        is_blocking=True,
    ),
    WarehouseRule(
        "extraction_completeness",
        "The share of the markets that were due and were read to their end.",
    ),
    WarehouseRule("error_rate", "The share of a sweep's requests that brought no answer."),
    WarehouseRule(
        "price_anomalies",
        "The weighted price of each market side is near its own median of the day before.",
    ),
    WarehouseRule(
        "raw_checksum",
        "Every offer of every market side equals what the raw responses say when they are read again, none more and "
        "none less, and the raw bytes have the checksums they were written with.",
        is_costly=True,
        needs_raw=True,
    ),
    WarehouseRule("freshness", "The newest batch is young, by the time its own data ends.", is_of_batch=False),
    WarehouseRule(
        "batch_gaps", "Of the schedule's steps in the last two hours at most one lacks its batch.", is_of_batch=False
    ),
    WarehouseRule(
        "consecutive_failures",
        "Batches of a worker that lack markets come one at a time, not in a row.",
    ),
    WarehouseRule(
        "table_expectations",
        "The Great Expectations suites of the warehouse's tables hold for the batch; the Data Docs show each.",
        is_costly=True,
        needs_url=True,
    ),
)


def rule_names(
    *, costly: bool = True, of_now: bool = True, raw: bool = True, own_connection: bool = True
) -> tuple[str, ...]:
    """The rules' names in the order they are judged, without those that a caller can't or won't wait for."""
    return tuple(
        rule.name
        for rule in WAREHOUSE_RULES
        if (costly or not rule.is_costly)
        and (of_now or rule.is_of_batch)
        and (raw or not rule.needs_raw)
        and (own_connection or not rule.needs_url)
    )
