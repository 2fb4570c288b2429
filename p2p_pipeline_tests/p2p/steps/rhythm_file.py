"""A file of prices with a known rhythm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, WEEK, rhythm

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 8


def series_file(folder: Path) -> Path:
    """Eight weeks of BUY with a daily wave in `ask` and three weeks of it in `short`; nothing for SELL."""
    logs = NOISES["random walk"](WEEKS * WEEK, np.random.default_rng(1)) + rhythm(WEEKS * WEEK, 0.004)
    lines = ["observed_at,side,ask,short"]
    for hour, price in enumerate(90 * np.exp(logs)):
        short = f"{price:.6f}" if hour < 3 * WEEK else ""
        lines.append(f"{FIRST + timedelta(hours=hour):%Y-%m-%dT%H:%MZ},BUY,{price:.6f},{short}")
    path = folder / "series.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
