"""The tables of numbers about snapshots: quotes, depth, round trips."""

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
    above_zero,
    column,
    not_negative,
    row_check,
    share,
)
from p2p_pipeline.p2p.offers.schema import market_columns

DEPTH_STEPS_PERCENT = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
"""The depth ladder's steps: how far from the best price, in percent."""


def depth_step_column(percent: float) -> str:
    """The column of one step: 0.25 gives `asset_within_0_25_percent`."""
    return f"asset_within_{percent:g}_percent".replace(".", "_")


QUOTES = Table(
    name="quotes",
    key=("snapshot_id", "profile", "amount_fiat"),
    description="What an amount really costs in each snapshot under each profile.",
    schema=pandera.DataFrameSchema(
        {
            "snapshot_id": column(TEXT, "The snapshot."),
            "profile": column(TEXT, "The filter the offers had to pass."),
            "amount_fiat": column(
                MONEY,
                "The size. For BUY the fiat to spend; for SELL the fiat step whose `amount_asset` is sold.",
                above_zero(),
            ),
            "amount_asset": column(MONEY, "For SELL the asset to sell; empty for BUY.", above_zero(), nullable=True),
            "snapshot_at": column(MOMENT, "When the snapshot's first answer arrived, UTC."),
            **market_columns(),
            "best_single_price": column(MONEY, "The best price from one offer.", above_zero(), nullable=True),
            "best_single_offer_id": column(TEXT, "That offer.", nullable=True),
            "best_split_price": column(MONEY, "The best price over several offers.", above_zero(), nullable=True),
            "split_count": column(COUNT, "How many offers that takes; 0 when the amount can't be placed."),
            "greedy_price": column(
                MONEY,
                "What taking the best-priced offers first gives; empty when that fails to place the amount.",
                above_zero(),
                nullable=True,
            ),
            "is_executable": column(FLAG, "Whether the amount can be placed at all."),
            "reason": column(TEXT, "Why not.", nullable=True),
            "proven_gap": column(
                SHARE, "0 for the proven optimum; else the most that it may be away from it, a share.", not_negative()
            ),
        },
        checks=[
            row_check(
                "executable_has_price",
                "an executable quote has a split price, and one that isn't has a reason",
                lambda rows: (
                    (rows["is_executable"] & rows["best_split_price"].notna())
                    | (~rows["is_executable"] & rows["reason"].notna())
                ),
            )
        ],
        strict=True,
        ordered=True,
    ),
)

DEPTH = Table(
    name="depth",
    key=("snapshot_id",),
    description="How much can be traded and how it is spread over prices and advertisers, each snapshot.",
    schema=pandera.DataFrameSchema(
        {
            "snapshot_id": column(TEXT, "The snapshot."),
            "snapshot_at": column(MOMENT, "When the snapshot's first answer arrived, UTC."),
            **market_columns(),
            "offers": column(COUNT, "Offers in the book.", not_negative()),
            "total_asset": column(MONEY, "The asset available in all offers.", not_negative()),
            "vwap": column(SHARE, "Mean price weighted by available asset.", nullable=True),
            "median_price": column(MONEY, "Median price of the offers.", nullable=True),
            "best_price": column(MONEY, "The best stated price; often a teaser.", nullable=True),
            "hhi": column(
                SHARE,
                "Concentration of the available asset over advertisers (Herfindahl-Hirschman), 0..1; 1 is one only.",
                share(),
                nullable=True,
            ),
            **{
                depth_step_column(step): column(
                    MONEY, f"The asset available within {step:g} % of the best price.", not_negative()
                )
                for step in DEPTH_STEPS_PERCENT
            },
        },
        strict=True,
        ordered=True,
    ),
)

ROUND_TRIPS = Table(
    name="round_trips",
    key=("buy_snapshot_id", "profile", "amount_fiat"),
    description="What buying the asset and selling all of it back at once would cost, for each size and pair of sides.",
    schema=pandera.DataFrameSchema(
        {
            "buy_snapshot_id": column(TEXT, "The snapshot bought from."),
            "sell_snapshot_id": column(TEXT, "The snapshot sold into: the nearest in time, at most a minute away."),
            "profile": column(TEXT, "The filter the offers had to pass."),
            "amount_fiat": column(MONEY, "The size: the fiat spent.", above_zero()),
            "snapshot_at": column(MOMENT, "When the buy snapshot's first answer arrived, UTC."),
            "market_key": column(TEXT, "The market."),
            "slot": column(BIG_COUNT, "The buy snapshot's slot."),
            "bought_asset": column(MONEY, "What the best split bought and can be sold.", not_negative(), nullable=True),
            "returned_fiat": column(MONEY, "What selling that gave back.", not_negative(), nullable=True),
            "cost": column(
                SHARE,
                "The spread of this size: 1 - returned / spent; negative when the market is crossed at it.",
                nullable=True,
            ),
            "reason": column(TEXT, "Why there is no cost: the leg that can't be placed, and why.", nullable=True),
        },
        strict=True,
        ordered=True,
    ),
)
