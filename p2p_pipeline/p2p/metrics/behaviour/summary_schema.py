"""The tables that sum behaviour up over days, each under the day it was made for: the last one it includes."""

from __future__ import annotations

import pandera.pandas as pandera
import pyarrow as pa

from p2p_pipeline.kernel.table import (
    COUNT,
    MOMENT,
    SHARE,
    TEXT,
    TEXTS,
    Table,
    above_zero,
    column,
    not_negative,
    one_of,
    share,
)
from p2p_pipeline.p2p.metrics.behaviour.states import LifetimeState
from p2p_pipeline.p2p.offers.schema import market_columns

CURVE_SHARES = tuple(percent / 100 for percent in range(5, 100, 5))
"""Of the lives that are gone: where `lifetimes` has the survival curve."""
PLACES = ("all", "beyond", "near", "far")
"""Where an offer was when first seen: beyond the best executable price (too small, too large, or a teaser), within 1 %
of it, or further off."""


def _key_columns() -> dict[str, pandera.Column]:
    return {
        **market_columns(),
        "place": column(
            TEXT,
            "Which offers: all, or by the distance from the best executable price when first seen: beyond it, near "
            "(within 1 %) or far.",
            one_of(*PLACES),
        ),
    }


def _estimate_columns(name: str, meaning: str) -> dict[str, pandera.Column]:
    return {
        name: column(SHARE, meaning, not_negative(), nullable=True),
        f"{name}_low": column(SHARE, "Its interval's lower end.", not_negative(), nullable=True),
        f"{name}_high": column(SHARE, "Its interval's upper end.", not_negative(), nullable=True),
    }


def _quantile_columns(name: str, meaning: str) -> dict[str, pandera.Column]:
    """A quantile of lifetimes with its two intervals."""
    likes = {
        f"{name}_low": "The lower end of its interval for a market like it: other days or other advertisers.",
        f"{name}_high": "The upper end of it.",
        f"{name}_here_low": "The lower end of its interval for this market as observed: the lives of this window.",
        f"{name}_here_high": "The upper end of it; both empty where the window was too short to see it.",
    }
    told = {name: meaning, **likes}
    return {key: column(SHARE, text, not_negative(), nullable=True) for key, text in told.items()}


LIFETIMES = Table(
    name="lifetimes",
    key=("market_key", "side", "place"),
    description="How long offers live and how often they change, over the days up to the partition's.",
    schema=pandera.DataFrameSchema(
        {
            **_key_columns(),
            "state": column(
                TEXT,
                "`ok`, or why no median can be told. `below_gap`: it may be shorter than the time between looks.",
                one_of(*LifetimeState),
            ),
            "first_look_at": column(MOMENT, "The first complete snapshot, UTC.", nullable=True),
            "last_look_at": column(MOMENT, "The last complete snapshot, UTC.", nullable=True),
            "gap_seconds": column(SHARE, "The usual time between complete snapshots.", nullable=True),
            "rest_hours": column(SHARE, "Absent for longer means gone; used for this row.", not_negative()),
            "confidence": column(SHARE, "Of all intervals of the row.", share()),
            "lives": column(COUNT, "Lives seen at all.", not_negative()),
            "born": column(COUNT, "Of these, lives that began in the window: what estimates rest on.", not_negative()),
            "ended": column(COUNT, "Of these, lives that were seen to end.", not_negative()),
            "advertisers": column(COUNT, "How many advertisers those that began are of.", not_negative()),
            **_quantile_columns(
                "median_seconds", "By when half of all offers are gone; empty if that may be below the gap."
            ),
            "median_at_most_seconds": column(
                SHARE,
                "Half of all offers are gone by then at the latest, however many were unseen.",
                not_negative(),
                nullable=True,
            ),
            **_quantile_columns("quarter_seconds", "By when a quarter is gone; empty if that may be below the gap."),
            **_estimate_columns(
                "longer_median_seconds", "By when half are gone of those offers that outlive one gap between looks."
            ),
            **_quantile_columns("three_quarters_seconds", "By when three quarters are gone; empty likewise."),
            "gone_seconds": column(
                pa.list_(SHARE),
                "By when 5, 10, … 95 % of all offers are gone: the survival curve read across. An entry is empty where "
                "that may be below the gap, or was not seen.",
                nullable=True,
            ),
            "gone_seconds_low": column(pa.list_(SHARE), "Their lower ends, for a market like it.", nullable=True),
            "gone_seconds_high": column(pa.list_(SHARE), "Their upper ends.", nullable=True),
            "longest_seen_seconds": column(
                SHARE, "The longest any life was followed; a number beyond it is extrapolated.", nullable=True
            ),
            "family": column(
                TEXT, "The distribution with the smallest AIC of those that go with what was seen.", nullable=True
            ),
            "free_median_seconds": column(
                SHARE, "The median without any family (Turnbull); empty if beyond what was seen.", nullable=True
            ),
            "unseen_share": column(
                SHARE, "Lives that no look caught, a share of all: by the fit, within its bounds.", nullable=True
            ),
            "unseen_share_least": column(
                SHARE, "At least, if new offers go at least as fast as those once seen.", share(), nullable=True
            ),
            "unseen_share_most": column(
                SHARE,
                "At most, if lives shorter than the gap last five minutes on average, or a quarter of the gap.",
                share(),
                nullable=True,
            ),
            "shorter_than_gap_least": column(
                SHARE, "Lives shorter than the gap, seen or not, a share of all: at least.", share(), nullable=True
            ),
            "shorter_than_gap_most": column(SHARE, "The same: at most.", share(), nullable=True),
            **_estimate_columns("updates_per_hour", "Price changes an offer-hour, at most one a gap; fixed prices."),
            "corrected_updates_per_hour": column(
                SHARE, "The same with changes between two looks counted back, if they came at random.", nullable=True
            ),
            "watched_offer_hours": column(SHARE, "What the rate rests on.", not_negative()),
        },
        strict=True,
        ordered=True,
    ),
)

ENDINGS = Table(
    name="endings",
    key=("market_key", "side", "place", "hours", "ending"),
    description="How offers end, as competing outcomes: the share that ended in one way within a time. An offer edited "
    "into a new ad counts as withdrawn; a longer rest than the limit as an end; what happens after the last look is "
    "not seen, so fills look like withdrawals the more, the further apart the looks are.",
    schema=pandera.DataFrameSchema(
        {
            **_key_columns(),
            "hours": column(COUNT, "Within so many hours of its beginning.", above_zero()),
            "ending": column(
                TEXT,
                "`filled`: at its last look at most 15 % of its most was left, or less than its smallest order; "
                "`withdrawn`: at least half was left, worth two smallest orders or more; else `unknown`.",
                one_of("filled", "withdrawn", "unknown"),
            ),
            "share": column(SHARE, "The share of all lives.", share()),
            "low": column(SHARE, "Its sampling interval's lower end.", share()),
            "high": column(SHARE, "Its sampling interval's upper end.", share()),
            "least": column(SHARE, "If every unknown ending was of the other kind.", share()),
            "most": column(SHARE, "If every unknown ending was of this kind.", share()),
            "confidence": column(SHARE, "Of the sampling interval.", share()),
        },
        strict=True,
        ordered=True,
    ),
)

ADVERTISERS = Table(
    name="advertisers",
    key=("market_key", "advertiser_id"),
    description="Who advertised over the days up to the partition's: one row a key of the venue's, whatever the names. "
    "The same name under two keys is two advertisers; an offer without a key is in no row.",
    schema=pandera.DataFrameSchema(
        {
            **{name: entry for name, entry in market_columns().items() if name != "side"},
            "advertiser_id": column(TEXT, "The venue's key."),
            "names": column(TEXTS, "Its nicknames, in the order in which they were taken up."),
            "names_first_seen_at": column(pa.list_(MOMENT), "When each was first seen, UTC."),
            "names_last_seen_at": column(pa.list_(MOMENT), "When each was last seen, UTC."),
            "first_seen_at": column(MOMENT, "First seen at all, UTC."),
            "last_seen_at": column(MOMENT, "Last seen, UTC."),
            "days_seen": column(COUNT, "On how many UTC days.", above_zero()),
            "sides": column(TEXTS, "The market sides it advertised on."),
            "offers": column(COUNT, "Different offers.", above_zero()),
        },
        strict=True,
        ordered=True,
    ),
)

STABILITY = Table(
    name="stability",
    key=("market_key", "side", "horizon_seconds"),
    description="What is left of the top of the book after a while, over the days up to the partition's. Intervals "
    "take whole days as draws where there are ten or more, else six-hour blocks.",
    schema=pandera.DataFrameSchema(
        {
            **market_columns(),
            "horizon_seconds": column(COUNT, "How much later; 0: the next snapshot.", not_negative()),
            "elapsed_seconds": column(SHARE, "How much later on average.", above_zero()),
            "pairs": column(COUNT, "Pairs of snapshots.", above_zero()),
            "confidence": column(SHARE, "Of the intervals.", share()),
            **_estimate_columns("same_best", "The share of pairs with the same best executable offer."),
            **_estimate_columns("same_best_price", "The share in which it was executable at no worse a price."),
            **_estimate_columns("near_share", "The share of the asset within 1 % of the best that was still there."),
        },
        strict=True,
        ordered=True,
    ),
)
