"""The tables of scored deals and of what the scores turned out to mean."""

from __future__ import annotations

import pandera.pandas as pandera

from p2p_pipeline.kernel.table import (
    COUNT,
    FLAG,
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
    row_check,
    share,
)
from p2p_pipeline.p2p.metrics.deals.chance import LEARNED_FROM
from p2p_pipeline.p2p.metrics.deals.outcomes import HORIZONS_MINUTES, NEXT
from p2p_pipeline.p2p.metrics.deals.score import WEIGHTS
from p2p_pipeline.p2p.metrics.deals.similar import CHANCES
from p2p_pipeline.p2p.offers.schema import market_columns

HORIZONS = (*(str(minutes) for minutes in HORIZONS_MINUTES), NEXT)
OUTCOMES = ("legs", "amount")
BASELINES = ("price", "reputation")
"""What people go by alone, for comparison."""
PREDICTORS = ("score", *BASELINES, "score_all", "bait", *CHANCES)


def outcome_column(outcome: str, horizon: str) -> str:
    """The column of one outcome: `legs_held_5` or `amount_held_next`."""
    return f"{outcome}_held_{horizon}"


def _outcome_columns() -> dict[str, pandera.Column]:
    meaning = {
        "legs": "Whether every leg's offer was there at no worse a price and took its leg",
        "amount": "Whether the amount could be placed at no worse than 0.2 % from the deal's price",
    }
    return {
        outcome_column(outcome, horizon): column(
            FLAG,
            f"{meaning[outcome]} {'at the next look' if horizon == NEXT else f'{horizon} minutes later'}; empty where "
            "nobody looked then.",
            nullable=True,
        )
        for outcome in OUTCOMES
        for horizon in HORIZONS
    }


def _money_columns() -> dict[str, pandera.Column]:
    return {
        "chance": column(
            SHARE,
            "The chance that the deal can be filled, 0..1: still there when the orders are placed, by the general rule "
            "that no market has taught, times `honoured_chance`.",
            share(),
        ),
        "honoured_chance": column(
            SHARE, "The chance that it is meant: judgement of bait and reputation, 0..1.", share()
        ),
        "expected_price": column(SHARE, "What it can be expected to cost: fiat per asset.", above_zero()),
        "best_price": column(SHARE, "Of the best deal of the size in the same book.", above_zero()),
        "next_price": column(
            SHARE, "Of the best one without that one's offers; empty: none.", above_zero(), nullable=True
        ),
        "fair_price": column(
            SHARE, "What the size should cost then; empty where not known.", above_zero(), nullable=True
        ),
        "waiting_share": column(SHARE, "What a failed attempt costs, a share of the price.", share()),
    }


SCORES = Table(
    name="scores",
    key=("snapshot_id", "profile", "amount_fiat", "choice"),
    description="A sample of deals of each day with their scores and what became of them. A deal is the best split of "
    "a size, or a single offer by its rank, so that good and bad deals are judged.",
    schema=pandera.DataFrameSchema(
        {
            "snapshot_id": column(TEXT, "The snapshot the deal was seen in."),
            "profile": column(TEXT, "The filter the offers had to pass."),
            "amount_fiat": column(MONEY, "The size, as in `quotes`.", above_zero()),
            "choice": column(
                TEXT,
                "`best`: the best split. `single_1`, `single_2`, …: one offer, by its rank among those that take all.",
            ),
            "snapshot_at": column(MOMENT, "When the snapshot's first answer arrived, UTC."),
            **market_columns(),
            "price": column(MONEY, "The deal's price, fiat per asset.", above_zero()),
            "legs": column(COUNT, "How many offers it takes.", above_zero()),
            "score": column(SHARE, "0 to 100, from `chance`.", Check.in_range(0, 100, name="score")),
            "known_weight": column(SHARE, "The share of the weight that rests on known inputs.", share()),
            **{f"{name}_value": column(SHARE, f"The part `{name}`, 0..1.", share()) for name in WEIGHTS},
            **_outcome_columns(),
            "next_seconds": column(SHARE, "How long after the deal the next look came.", nullable=True),
            **_money_columns(),
        },
        strict=True,
        ordered=True,
    ),
)


def _chance_columns() -> dict[str, pandera.Column]:
    """Columns that only a chance has."""
    slopes = {
        f"slope_{part}": column(SHARE, f"What the doubt in the part `{part}` adds to it.", nullable=True)
        for part in LEARNED_FROM
    }
    return {
        "mean_chance": column(
            SHARE, "The mean chance told in this bin; `share_held` is what came.", share(), nullable=True
        ),
        "brier": column(SHARE, "Over all bins: the mean squared error of the chance.", share(), nullable=True),
        "brier_before": column(
            SHARE,
            "The same of telling every deal the share of the earlier days (climatology); empty where there are none.",
            share(),
            nullable=True,
        ),
        "judged_days": column(COUNT, "Days judged by a chance learned on earlier ones.", not_negative(), nullable=True),
        "level": column(SHARE, "Of the chance learned on all days: the log of its rate an hour.", nullable=True),
        **slopes,
    }


SCORE_CALIBRATION = Table(
    name="score_calibration",
    key=("market_key", "outcome", "horizon", "predictor", "bin_low"),
    description="What became of deals by their score (and, for comparison, by price alone and reputation alone): how "
    "many still held after a while, with an interval, and how well the predictor told them apart.",
    schema=pandera.DataFrameSchema(
        {
            "market_key": column(TEXT, "The market; both sides together."),
            "as_of": column(MOMENT, "The end of the last day that counts, UTC."),
            "days": column(COUNT, "How many days of `scores` it rests on.", above_zero()),
            "outcome": column(TEXT, "`legs`: the same orders. `amount`: the amount somewhere.", one_of(*OUTCOMES)),
            "horizon": column(TEXT, "Minutes later, or `next`: at the next look.", one_of(*HORIZONS)),
            "predictor": column(
                TEXT,
                "What the deals are sorted by: `score`, or `price` or `reputation` alone; these without deals that "
                "look like bait. `score_all`: the score, bait included. `bait`: only bait, in one bin. "
                "`chance_single`, `chance_split`: the chance of being still there, of deals of one offer and of "
                "several, without bait; each day's from the days before it.",
                one_of(*PREDICTORS),
            ),
            "bin_low": column(SHARE, "The bin's lower end, 0 to 100; a bin without a deal has no row.", not_negative()),
            "bin_high": column(SHARE, "The bin's upper end.", above_zero()),
            "deals": column(COUNT, "Deals in the bin.", above_zero()),
            "blocks": column(COUNT, "In how many different hours they were seen.", above_zero()),
            "held": column(COUNT, "How many of them held.", not_negative()),
            "share_held": column(SHARE, "`held` / `deals`.", share()),
            "share_low": column(SHARE, "The lower end of its 90 % interval.", share()),
            "share_high": column(SHARE, "The upper end of its 90 % interval.", share()),
            "auc": column(
                SHARE,
                "Over all bins: the chance that a deal that held was ranked above one that did not; 0.5 is guessing. "
                "Empty when all held or none did.",
                share(),
                nullable=True,
            ),
            "auc_low": column(SHARE, "The lower end of its 90 % interval.", share(), nullable=True),
            "auc_high": column(SHARE, "The upper end of its 90 % interval.", share(), nullable=True),
            "rank_correlation": column(SHARE, "Spearman's, of predictor and outcome.", nullable=True),
            "later_seconds": column(SHARE, "How long after the deals the later look came, the median.", not_negative()),
            **_chance_columns(),
        },
        checks=[
            row_check(
                "interval_holds_share",
                "the interval must hold the share",
                lambda rows: (
                    (rows["share_low"] <= rows["share_held"] + 1e-9) & (rows["share_held"] <= rows["share_high"] + 1e-9)
                ),
            )
        ],
        strict=True,
        ordered=True,
    ),
)
