"""The table of what was unusual, hour by hour."""

from __future__ import annotations

import pandera.pandas as pandera

from p2p_pipeline.kernel.table import (
    COUNT,
    MOMENT,
    SHARE,
    TEXT,
    TEXTS,
    Table,
    column,
    not_negative,
    one_of,
    row_check,
    share,
)
from p2p_pipeline.p2p.metrics.history.schema import series_columns
from p2p_pipeline.p2p.metrics.unusual.states import Rhythm, State

ANOMALIES = Table(
    name="anomalies",
    key=("market_key", "side", "measure", "profile", "step", "hour_start"),
    description="Whether each measure was unusual, hour by hour, as it could be known at the end of the hour.",
    schema=pandera.DataFrameSchema(
        {
            **series_columns(),
            "hour_start": column(MOMENT, "When the hour begins, UTC."),
            "value": column(SHARE, "The median over the hour; empty when there was none.", nullable=True),
            "expected": column(
                SHARE, "What was to be expected from the hours before; empty when that can't be said.", nullable=True
            ),
            "usual_low": column(SHARE, "Below this (4 sigmas) a value is unusual by itself.", nullable=True),
            "usual_high": column(SHARE, "Above this (4 sigmas) a value is unusual by itself.", nullable=True),
            "score": column(
                SHARE,
                "How far the value is from the expected, in robust sigmas: beyond 4 either way is as rare as 4 sigmas "
                "of a normal distribution.",
                nullable=True,
            ),
            "state": column(
                TEXT,
                "`normal`; `unusual`: far off, and may come back; `regime_change`: the level shifted and stayed; "
                "`outage`: nobody saw the market, or its book was nearly empty on both sides; `not_enough_history`; "
                "`no_data`: this measure has no value.",
                one_of(*State),
            ),
            "reason": column(TEXT, "Why, in words, with times in the settings' time zone."),
            "regime_since": column(MOMENT, "The first hour of the new level, in a regime change.", nullable=True),
            "tags": column(
                TEXTS,
                "`weekend`, `holiday` (and `holiday: NAME`) of the fiat's country, `event: NAME` of the settings, by "
                "local day; `holidays unknown` where the country is not known.",
            ),
            "rhythm": column(TEXT, "Which rhythms could be looked for in the history.", one_of(*Rhythm)),
            "daily_strength": column(
                SHARE,
                "How much the hour of the day explains, 0..1; empty without the history for it.",
                share(),
                nullable=True,
            ),
            "weekly_strength": column(
                SHARE, "How much the hour of the week explains beyond that, 0..1.", share(), nullable=True
            ),
            "history_hours": column(COUNT, "The hours with a value that it was judged on.", not_negative()),
            "joint_score": column(
                SHARE,
                "How odd the market's measures are together in this hour, on the scale of `score` and never negative: "
                "from 4 on, a measure that is 2 sigmas off itself is unusual. Empty while it can't be said.",
                nullable=True,
            ),
            "judged_with": column(
                TEXTS,
                "Of an unusual hour or a regime change: the other measures that are 2 sigmas off or more, and how far, "
                "the oddest first.",
            ),
        },
        checks=[
            row_check(
                "unusual_has_a_score",
                "an hour that is normal, unusual or a regime change has a value, an expected value and a score",
                lambda rows: (
                    ~rows["state"].isin([State.NORMAL, State.UNUSUAL, State.REGIME_CHANGE])
                    | (rows["value"].notna() & rows["expected"].notna() & rows["score"].notna())
                ),
            )
        ],
        strict=True,
        ordered=True,
    ),
)
