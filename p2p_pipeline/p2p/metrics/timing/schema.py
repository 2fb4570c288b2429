"""The tables of advice: when to trade, and how such advice did on weeks it had not seen."""

from __future__ import annotations

import pandera.pandas as pandera

from p2p_pipeline.kernel.table import (
    BIG_COUNT,
    COUNT,
    FLAG,
    MOMENT,
    SHARE,
    TEXT,
    TEXTS,
    Check,
    Table,
    column,
    not_negative,
    one_of,
    row_check,
    share,
)
from p2p_pipeline.p2p.metrics.history.schema import series_columns

VERDICTS = ("recommended", "none")

WINDOWS = Table(
    name="windows",
    key=("market_key", "side", "measure", "profile", "step", "weekday", "hour"),
    description="When to trade, as of the partition's day: a row for each hour of the day, or of the week where "
    "weekdays differ enough to tell; one row without an hour where nothing could be compared. The recommended hours "
    "are the rows with `is_recommended`. Improvements are shares of the price against a random time around the hour, "
    "positive when good for the taker.",
    schema=pandera.DataFrameSchema(
        {
            **series_columns(),
            "timezone": column(TEXT, "Whose wall clock the hours are on."),
            "trading_hours": column(TEXT, "The hours a person can trade in, which all is against: `8-22`, `0-24`."),
            "weekday": column(
                COUNT, "0 is Monday; empty for an hour of every day.", Check.in_range(0, 6), nullable=True
            ),
            "hour": column(
                COUNT, "On the wall clock; empty when nothing could be compared.", Check.in_range(0, 23), nullable=True
            ),
            "improvement": column(SHARE, "Of trading in this hour, in the long run.", nullable=True),
            "low": column(SHARE, "Lower end of that, for this hour by itself.", nullable=True),
            "high": column(SHARE, "Upper end.", nullable=True),
            "is_candidate": column(FLAG, "Whether the hour can't be told apart from the best one."),
            "is_recommended": column(FLAG, "The same, and the verdict is `recommended`."),
            "verdict": column(TEXT, "Whether any hour is reliably better than a random time.", one_of(*VERDICTS)),
            "reason": column(TEXT, "Why, in words."),
            "caution": column(
                TEXT, "What the measure is an aggregate of; empty for an executable price.", nullable=True
            ),
            "expected_improvement": column(SHARE, "Of following the advice; 0 when nothing is recommended."),
            "week_low": column(SHARE, "What the candidates will give in one coming week, lower end.", nullable=True),
            "week_high": column(SHARE, "Upper end.", nullable=True),
            "mean_low": column(SHARE, "What the candidates give in the long run, lower end.", nullable=True),
            "mean_high": column(SHARE, "Upper end.", nullable=True),
            "worst_case_regret": column(
                SHARE, "How much worse than the true best hour the candidates may be.", not_negative(), nullable=True
            ),
            "worst_days_mean": column(SHARE, "Of the candidates on the worst 5 % of days.", nullable=True),
            "recent_improvement": column(
                SHARE, "What earlier weeks' candidates gave in those weeks, weighted by the half-life.", nullable=True
            ),
            "half_life_weeks": column(
                SHARE, "After so many weeks a week counts half; empty when all weeks count alike.", nullable=True
            ),
            "chance": column(
                SHARE, "How likely so good a best hour is where no hour is better.", share(), nullable=True
            ),
            "confidence": column(SHARE, "Of every interval in the row.", share()),
            "is_of_weekdays": column(FLAG, "Whether the candidates are whole weekdays, at any of those hours."),
            "weeks": column(SHARE, "Weeks' worth of days with enough hours to compare.", not_negative()),
            "weeks_touched": column(COUNT, "Local weeks from the first price to the last.", not_negative()),
            "weeks_judged": column(COUNT, "Of these, weeks that such advice was scored on.", not_negative()),
            "observations": column(BIG_COUNT, "How many values it is made from.", not_negative()),
            "made_at": column(MOMENT, "When it was made, UTC."),
        },
        checks=[
            row_check(
                "recommended_is_candidate",
                "only candidates of a recommending verdict are recommended",
                lambda rows: ~rows["is_recommended"] | (rows["is_candidate"] & (rows["verdict"] == "recommended")),
            )
        ],
        strict=True,
        ordered=True,
    ),
)

WALK_FORWARD = Table(
    name="walk_forward",
    key=("market_key", "side", "measure", "profile", "step", "first_day"),
    description="The advice made anew at the beginning of each week from the past alone, and what that week brought. "
    "Improvements are shares of the price against a random time around the hour, positive when good for the taker.",
    schema=pandera.DataFrameSchema(
        {
            **series_columns(),
            "timezone": column(TEXT, "Whose wall clock the hours are on."),
            "first_day": column(TEXT, "The local Monday the week begins with, YYYY-MM-DD."),
            "weeks_known": column(SHARE, "Weeks' worth of days the advice was made from.", not_negative()),
            "verdict": column(TEXT, "What was advised when the week began.", one_of(*VERDICTS)),
            "by_weekday": column(FLAG, "Whether the candidates are hours of the week; else of every day."),
            "trading_hours": column(TEXT, "The hours a person can trade in, which all is against: `8-22`, `0-24`."),
            "hours": column(TEXTS, "The candidates, as `weekday-hour` (0 is Monday) or `hour`."),
            "expected_improvement": column(SHARE, "Of the candidates."),
            "low": column(SHARE, "Where the candidates' improvement in this week was expected to lie, lower end."),
            "high": column(SHARE, "Upper end."),
            "candidate_realised": column(SHARE, "What the candidates gave in this week."),
            "realised": column(SHARE, "What following gave: 0 when nothing was recommended."),
            "is_covered": column(FLAG, "Whether what the candidates gave lay in the interval."),
            "regret": column(
                SHARE, "How far following was behind the best hour of the week, known only afterwards.", not_negative()
            ),
            "overlap": column(
                SHARE, "The share of hours in common with the week before's candidates.", share(), nullable=True
            ),
        },
        strict=True,
        ordered=True,
    ),
)
