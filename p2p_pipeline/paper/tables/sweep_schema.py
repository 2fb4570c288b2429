"""The tables of sweeps: a file a sweep, of its days a file a day."""

from __future__ import annotations

from p2p_pipeline.kernel.table import COUNT, MOMENT, SHARE, TEXT, Table, column, not_negative
from p2p_pipeline.paper.tables.schema import counted, money, paper_table

_SWEEP = {"sweep": column(TEXT, "The sweep's name: that of its file.")}
_PARAMETERS = column(TEXT, "The values that are varied, by the paths of their fields: a JSON object.")


SWEEP_DAYS = paper_table(
    "paper_sweep_days",
    ("sweep", "day", "combination"),
    "A row a sweep, recorded day and combination: what a session of that configuration came to on that day.",
    {
        **_SWEEP,
        "day": column(MOMENT, "The UTC day's beginning."),
        "combination": counted("Which of the tries, from 1."),
        "parameters": _PARAMETERS,
        "recorded_hours": column(SHARE, "How much of the day was recorded.", not_negative()),
        "trades": counted("Positions that were closed."),
        "wins": counted("Of those, how many realised more than 0."),
        "realised": money("Before fees and funding."),
        "fees": money("Of all fills."),
        "funding": money("Received; what was paid stands below 0."),
        "net": money("realised - fees + funding."),
        "day_return": column(SHARE, "The same as a share of what the day began with."),
        "drawdown": money("The deepest fall of equity without open positions.", not_negative()),
    },
)

SWEEPS = paper_table(
    "paper_sweeps",
    ("sweep",),
    "A row a sweep: what was best in hindsight, what the choice made on days it was not chosen by, and how likely luck "
    "does as well with so many tries.",
    {
        **_SWEEP,
        "config": column(TEXT, "What was to be tried: a JSON object."),
        "first_day": column(MOMENT, "The first recorded day."),
        "last_day": column(MOMENT, "The last one."),
        "days": counted("How many there are."),
        "combinations": counted("How many were tried on each."),
        "best_combination": column(COUNT, "In hindsight; empty where none traded.", nullable=True),
        "best_parameters": column(TEXT, "Its values: a JSON object; empty where none traded.", nullable=True),
        "best_day_return": column(SHARE, "Its mean a day, as a share of what the day began with."),
        "best_sharpe": column(SHARE, "The same by its standard deviation: a day's Sharpe ratio."),
        "luck_sharpe": column(SHARE, "What the best of so many tries without any edge is to be expected to have."),
        "deflated_sharpe": column(
            SHARE, "The chance that its ratio is truly above that one; empty with too few days.", nullable=True
        ),
        "reality_check": column(
            SHARE, "White's p-value: how often the best of so many tries without any edge does as well.", nullable=True
        ),
        "days_needed": column(SHARE, "Until such an edge would show; empty where none shows.", nullable=True),
        "forward_days": counted("Days that something chosen before was judged on."),
        "forward_return": column(SHARE, "The mean a day on those.", nullable=True),
        "forward_sharpe": column(SHARE, "A day's Sharpe ratio on those.", nullable=True),
        "answer": column(TEXT, "nothing, no_gain, too_few_days, luck, not_afterwards or edge."),
        "verdict": column(TEXT, "The answer as a sentence."),
    },
)

SWEEP_STEPS = paper_table(
    "paper_sweep_steps",
    ("sweep", "step"),
    "A row a sweep and choice: on which days it was made, and what it made on the days after.",
    {
        **_SWEEP,
        "step": counted("Counts from 1."),
        "chosen_from": column(MOMENT, "The first day that it was chosen on …"),
        "chosen_to": column(MOMENT, "… and the last."),
        "judged_from": column(MOMENT, "The first day that it was judged on …"),
        "judged_to": column(MOMENT, "… and the last."),
        "combination": column(COUNT, "What was chosen; empty where none traded.", nullable=True),
        "parameters": column(TEXT, "Its values: a JSON object; empty where none traded.", nullable=True),
        "chosen_by": column(SHARE, "Its value on the days that it was chosen on."),
        "judged_return": column(SHARE, "The mean a day on those that it was judged on."),
    },
)

SWEEP_TABLES: dict[str, Table] = {table.name: table for table in (SWEEPS, SWEEP_STEPS, SWEEP_DAYS)}
