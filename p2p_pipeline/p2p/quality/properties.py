"""Which properties of which tables are checked: the list that Dagster shows. What judges them is in judging.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Property:
    """One property of one table of a venue."""

    name: str
    table: str
    """The asset it is a property of: the last step of its key."""
    description: str
    is_blocking: bool = False
    """Whether nothing is made from the table when the property does not hold."""
    is_costly: bool = False
    """Whether it is left to the job that closes a day."""
    is_of_day: bool = True
    """False for what is true of now, whichever day is looked at."""
    is_of_summary: bool = False
    """Whether it is a property of a table without partitions, made from the whole history."""


PROPERTIES = (
    Property(
        "freshness",
        "raw_snapshots",
        "Every configured market side has a young snapshot, by the snapshot's own time.",
        is_of_day=False,
    ),
    Property(
        "raw_checksum",
        "raw_snapshots",
        "Every byte of the day's raw files still has the checksum it was written with.",
        is_costly=True,
    ),
    Property(
        "keys_and_counts",
        "offers",
        "No snapshot and no offer stands twice, and none is missing. Nothing is priced from a table that breaks this.",
        is_blocking=True,
    ),
    Property(
        "quarantined_share",
        "offers",
        "Few records had to be set aside. Above the limit the wire format has changed: nothing is priced from it.",
        is_blocking=True,
    ),
    Property("slot_gaps", "offers", "Each slot of each market side has a usable snapshot."),
    Property(
        "completeness",
        "offers",
        "Snapshots were read to the book's end, or to as many offers as were asked for.",
    ),
    Property("duplicates", "offers", "Few ads came on two pages of one snapshot."),
    Property(
        "schema_drift",
        "offers",
        "The venue's answers have the fields the adapter knows, no new ones and none gone.",
    ),
    Property("unknown_payments", "offers", "Most payment methods have a canonical code."),
    Property(
        "offers_expectations",
        "offers",
        "The Great Expectations suite holds: identity, ranges, and the distribution that a healthy market has.",
        is_costly=True,
    ),
    Property("price_range", "depth", "Each snapshot's median price is near the usual one of the last week."),
    Property(
        "crossed_market_rate",
        "depth",
        "Asks are below bids no more often than in a live market, and medians are the right way round.",
    ),
    Property("history_keeps_quotes", "history", "Every quote stands in the history once, with its price."),
    Property("nothing_unusual", "anomalies", "The newest hour of each measure is as usual; else the reason in words."),
    Property(
        "advice_holds",
        "walk_forward",
        "Advice brought something on weeks it had not seen, and its intervals held as often as they say.",
        is_of_day=False,
        is_of_summary=True,
    ),
    Property(
        "higher_scores_hold",
        "score_calibration",
        "A deal whose score rests on a higher chance is likelier to be there some minutes later.",
        is_of_day=False,
        is_of_summary=True,
    ),
)
