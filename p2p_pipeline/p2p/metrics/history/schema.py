"""The tables of measures over time: every slot, and rolled up to periods."""

from __future__ import annotations

import pandera.pandas as pandera

from p2p_pipeline.kernel.table import (
    BIG_COUNT,
    COUNT,
    MOMENT,
    MONEY,
    SHARE,
    TEXT,
    Check,
    Table,
    above_zero,
    column,
    not_negative,
    one_of,
)
from p2p_pipeline.p2p.offers.schema import market_columns

PERIODS_SECONDS = (300, 3600)
"""What is rolled up: five minutes and an hour."""
EXECUTABLE = "executable"
"""The measure that all timing tools use unless told otherwise: what the amount really cost."""
SINGLE, SPREAD = "single", "spread"
VWAP, MEDIAN, BEST, OFFERS, ASSET_NEAR_BEST = "vwap", "median", "best", "offers", "asset_near_best"
OF_AN_AMOUNT = (EXECUTABLE, SINGLE, SPREAD)
"""Measures of an amount under a profile."""
OF_THE_BOOK = (VWAP, MEDIAN, BEST, OFFERS, ASSET_NEAR_BEST)
"""Measures of all offers as stated."""


def series_columns() -> dict[str, pandera.Column]:
    """The columns that say which series a row belongs to."""
    return {
        **market_columns(),
        "measure": column(
            TEXT,
            "What is measured. `executable`: the best split price of an amount under a profile, fiat per asset; "
            "`single`: that of the best single offer. "
            "`vwap`, `median`, `best`: aggregates of all stated prices, which nobody may be able to trade at. "
            "`offers`: how many; this, `vwap` and `median` only of books that were read to their end. "
            "`asset_near_best`: the asset within 1 % of the best price. "
            "`spread`: the share lost by buying and selling back, 1 - sell / buy. "
            "Imported series bring their own names.",
            Check.str_length(1, 64),
        ),
        "profile": column(
            TEXT, "The filter the offers had to pass; empty for measures of the whole book.", nullable=True
        ),
        "step": column(
            COUNT, "Which size of the day's ladder, from 0; empty without sizes.", not_negative(), nullable=True
        ),
        "amount_fiat": column(
            MONEY,
            "That size, as in `quotes` (of a combo in the fiat that is spent); empty without sizes.",
            above_zero(),
            nullable=True,
        ),
    }


HISTORY = Table(
    name="history",
    key=("market_key", "side", "measure", "profile", "step", "observed_at"),
    description="Every measure of every market side, slot by slot. A slot that nobody saw has no row.",
    schema=pandera.DataFrameSchema(
        {
            **series_columns(),
            "slot": column(BIG_COUNT, "The 30-second step of UTC time it was seen in."),
            "observed_at": column(MOMENT, "When it was seen, UTC."),
            "value": column(
                MONEY,
                "What was measured; empty when there was nothing, such as no way to place the amount.",
                nullable=True,
            ),
            "origin": column(TEXT, "Where it came from.", one_of("live", "imported", "simulated")),
        },
        strict=True,
        ordered=True,
    ),
)

ROLLUPS = Table(
    name="rollups",
    key=("market_key", "side", "measure", "profile", "step", "period_seconds", "period_start"),
    description="The history by five minutes and by hour, with dispersion and what is missing. A period that nobody "
    "saw has no row.",
    schema=pandera.DataFrameSchema(
        {
            **series_columns(),
            "period_seconds": column(COUNT, "300 or 3600.", Check.isin(list(PERIODS_SECONDS))),
            "period_start": column(MOMENT, "When the period begins, UTC."),
            "seen": column(COUNT, "How many times the market side was looked at.", above_zero()),
            "observations": column(
                COUNT,
                "How many of them gave a value: fewer when the amount could not always be placed.",
                not_negative(),
            ),
            "coverage": column(
                SHARE,
                "`seen` against the slots that should have been; empty where no rhythm is known.",
                not_negative(),
                nullable=True,
            ),
            "longest_gap_seconds": column(
                SHARE, "The longest time in the period without a look, its edges included.", not_negative()
            ),
            "first": column(SHARE, "The first value.", nullable=True),
            "last": column(SHARE, "The last value.", nullable=True),
            "low": column(SHARE, "The lowest value.", nullable=True),
            "high": column(SHARE, "The highest value.", nullable=True),
            "mean": column(SHARE, "The mean.", nullable=True),
            "median": column(SHARE, "The median.", nullable=True),
            "mad": column(SHARE, "Dispersion: the median distance from the median.", not_negative(), nullable=True),
        },
        strict=True,
        ordered=True,
    ),
)
