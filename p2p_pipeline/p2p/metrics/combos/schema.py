"""The table of combos: every route of every configured pair of fiats, slot by slot."""

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
    one_of,
    row_check,
)

COMBOS = Table(
    name="combos",
    key=("market_key", "buy_snapshot_id", "sell_market_key", "profile", "step"),
    description="What an amount of one fiat really became in another through an asset: bought with the one, sold for "
    "the other, each leg at its best split. A row for each route, size and profile of each slot that saw both legs at "
    "most a minute apart. The best route's rate also stands in `history` as the market `combo.SOURCE-TARGET`, SELL.",
    schema=pandera.DataFrameSchema(
        {
            "market_key": column(TEXT, "The pair of fiats as a series: `combo.RUB-VND`."),
            "source": column(TEXT, "The fiat that is spent, ISO code."),
            "target": column(TEXT, "The fiat that is received, ISO code."),
            "asset": column(TEXT, "The crypto asset in between."),
            "buy_market_key": column(TEXT, "Where the asset is bought."),
            "sell_market_key": column(TEXT, "Where it is sold."),
            "needs_transfer": column(FLAG, "Whether it must move between venues; the time that takes is not priced."),
            "profile": column(TEXT, "The filter the offers of both legs had to pass."),
            "step": column(COUNT, "Which of the combo's amounts, from 0.", not_negative()),
            "amount_fiat": column(MONEY, "That amount, in the source fiat.", above_zero()),
            "slot": column(BIG_COUNT, "The buy snapshot's slot."),
            "snapshot_at": column(MOMENT, "When the buy snapshot's first answer arrived, UTC."),
            "buy_snapshot_id": column(TEXT, "The snapshot bought from."),
            "sell_snapshot_id": column(TEXT, "The snapshot sold into: the nearest in time, at most a minute away."),
            "apart_seconds": column(SHARE, "How far apart the two snapshots are.", not_negative()),
            "spent_source_fiat": column(MONEY, "What was spent of the amount; empty when nothing was.", nullable=True),
            "bought_asset": column(MONEY, "What that bought.", nullable=True),
            "fee_asset": column(MONEY, "What moving it between venues costs.", not_negative()),
            "sold_asset": column(MONEY, "What of it could be sold.", nullable=True),
            "left_over_asset": column(MONEY, "What is still held at the end.", not_negative(), nullable=True),
            "received_target_fiat": column(MONEY, "What selling it gave, in the target fiat.", nullable=True),
            "effective_rate": column(
                SHARE,
                "Received / spent: target fiat for one unit of source fiat; what is left over counts as nothing.",
                above_zero(),
                nullable=True,
            ),
            "loss_against_mid": column(
                SHARE,
                "The share lost against the rate between the two markets' mid prices for the same size; empty when a "
                "mid price is not known, negative where a market is crossed.",
                nullable=True,
            ),
            "is_executable": column(FLAG, "Whether at least 99 % of the amount went through both legs."),
            "reason": column(TEXT, "Why not: the leg, and what it said.", nullable=True),
            "proven_gap": column(
                SHARE, "0 for proven best splits; else the most that both may be away from it.", not_negative()
            ),
            "origin": column(TEXT, "Where the snapshots came from.", one_of("live", "imported", "simulated")),
        },
        checks=[
            row_check(
                "executable_has_rate",
                "an executable combo has a rate, and one that isn't has a reason",
                lambda rows: (
                    (rows["is_executable"] & rows["effective_rate"].notna())
                    | (~rows["is_executable"] & rows["reason"].notna())
                ),
            )
        ],
        strict=True,
        ordered=True,
    ),
)
