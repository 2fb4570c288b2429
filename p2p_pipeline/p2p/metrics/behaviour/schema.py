"""The tables of behaviour that are made a day at a time: offers, advertisers and the top of the book."""

from __future__ import annotations

import pandera.pandas as pandera

from p2p_pipeline.kernel.table import (
    COUNT,
    FLAG,
    MOMENT,
    MONEY,
    SHARE,
    TEXT,
    Table,
    above_zero,
    column,
    not_negative,
    row_check,
    share,
)
from p2p_pipeline.p2p.offers.schema import market_columns

HORIZONS_SECONDS = (60, 300, 900, 3600)
"""How far ahead the top and what is near it are looked at: 1, 5, 15 and 60 minutes."""

OFFER_DAYS = Table(
    name="offer_days",
    key=("market_key", "side", "offer_id", "first_seen_at"),
    description="What one offer did on one day: a row for each stay, which ends where the offer is absent for more "
    "than an hour. Absence counts only in complete snapshots; failed and blocked snapshots count for nothing.",
    schema=pandera.DataFrameSchema(
        {
            **market_columns(),
            "offer_id": column(TEXT, "The venue's id of the ad."),
            "advertiser_id": column(TEXT, "The venue's key of the advertiser; empty if not given.", nullable=True),
            "is_floating_price": column(FLAG, "Whether the price follows an index, when last seen.", nullable=True),
            "first_seen_at": column(MOMENT, "The first snapshot of the stay that shows it, UTC."),
            "last_seen_at": column(MOMENT, "The last snapshot of the stay that shows it, UTC."),
            "absent_before_at": column(
                MOMENT, "The last complete snapshot before the stay; empty if on another day.", nullable=True
            ),
            "absent_after_at": column(
                MOMENT, "The first complete snapshot after the stay; empty if on another day.", nullable=True
            ),
            "seen": column(COUNT, "How many snapshots show it.", above_zero()),
            "absent": column(COUNT, "How many complete snapshots in between don't show it.", not_negative()),
            "rests": column(COUNT, "How many times it went and came back within an hour.", not_negative()),
            "exposed_seconds": column(
                SHARE, "Time between sightings at most an hour apart: in it price changes are counted.", not_negative()
            ),
            "pairs": column(
                COUNT, "How many pairs of sightings that is: each shows one change at most.", not_negative()
            ),
            "price_changes": column(COUNT, "Pairs of sightings at most an hour apart with two prices.", not_negative()),
            "decreases": column(COUNT, "Pairs of sightings with less available.", not_negative()),
            "decreased_asset": column(MONEY, "By how much less, summed up.", not_negative()),
            "refills": column(COUNT, "Pairs of sightings with more available.", not_negative()),
            "first_price": column(MONEY, "Price when first seen.", above_zero()),
            "last_price": column(MONEY, "Price when last seen.", above_zero()),
            "most_available_asset": column(MONEY, "The most it had to trade.", not_negative()),
            "last_available_asset": column(MONEY, "What it had to trade when last seen.", not_negative()),
            "last_min_fiat": column(MONEY, "Its smallest order when last seen, in fiat.", not_negative()),
            "last_max_fiat": column(MONEY, "Its largest possible order when last seen, in fiat.", not_negative()),
            "best": column(
                COUNT,
                "How many snapshots have it as the best executable offer for the day's middle size.",
                not_negative(),
            ),
            "first_distance": column(
                SHARE,
                "How much worse for the taker than the best executable price when first seen, a share; below 0 for a "
                "better price that can't take the size; empty when nothing was executable.",
                nullable=True,
            ),
        },
        checks=[
            row_check(
                "in_order",
                "an offer is last seen at or after it is first seen",
                lambda rows: rows["last_seen_at"] >= rows["first_seen_at"],
            )
        ],
        strict=True,
        ordered=True,
    ),
)

ADVERTISER_DAYS = Table(
    name="advertiser_days",
    key=("market_key", "advertiser_id", "name", "side"),
    description="Which names and how many offers an advertiser had on one day. Offers without the venue's key are in "
    "none of the rows: a nickname is no identity.",
    schema=pandera.DataFrameSchema(
        {
            **market_columns(),
            "advertiser_id": column(TEXT, "The venue's key of the advertiser."),
            "name": column(TEXT, "The nickname; empty when the venue gave none.", nullable=True),
            "first_seen_at": column(MOMENT, "First seen that day on that side under that name, UTC."),
            "last_seen_at": column(MOMENT, "Last seen that day on that side under that name, UTC."),
            "offers": column(COUNT, "Different offers under that name.", above_zero()),
        },
        strict=True,
        ordered=True,
    ),
)

STABILITY_HOURS = Table(
    name="stability_hours",
    key=("market_key", "side", "hour_start", "horizon_seconds"),
    description="What became of the top of the book: for the snapshots of one hour, what a later snapshot still "
    "showed. Only horizons that the time between snapshots allows, within the same UTC day.",
    schema=pandera.DataFrameSchema(
        {
            **market_columns(),
            "hour_start": column(MOMENT, "The hour of the earlier snapshot, UTC."),
            "horizon_seconds": column(
                COUNT, "How much later the later one is, within a fifth; 0: the next snapshot.", not_negative()
            ),
            "elapsed_seconds": column(SHARE, "How much later on average.", above_zero()),
            "pairs": column(COUNT, "Pairs whose earlier snapshot had an executable best offer.", above_zero()),
            "same_best": column(COUNT, "Pairs with the same best executable offer.", not_negative()),
            "same_best_price": column(
                COUNT, "Pairs in which that offer was still executable at no worse a price.", not_negative()
            ),
            "near_share": column(
                SHARE,
                "Of the asset within 1 % of the best executable price, the share that was still there at no worse "
                "price in the same offers; the mean over the pairs.",
                share(),
            ),
        },
        strict=True,
        ordered=True,
    ),
)
