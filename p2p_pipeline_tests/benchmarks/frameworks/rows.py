"""The table that all of them show: 600 rows, of which seven in ten change each second. Only the standard library."""

from __future__ import annotations

import random

COUNT = 600
CHANGED_SHARE = 0.7
COLUMNS = ("market", "single", "split", "spread", "depth", "age")


def first_rows() -> list[dict[str, str]]:
    """The table at its beginning."""
    return [{"market": f"venue.USDT-{row:03d}", **_figures(random.Random(row))} for row in range(COUNT)]


def change(rows: list[dict[str, str]], chosen: random.Random) -> list[int]:
    """Give seven in ten rows new figures; which."""
    places = chosen.sample(range(COUNT), int(CHANGED_SHARE * COUNT))
    for place in places:
        rows[place] = {"market": rows[place]["market"], **_figures(chosen)}
    return places


def _figures(chosen: random.Random) -> dict[str, str]:
    return {name: f"{chosen.uniform(1, 99):.2f}" for name in COLUMNS[1:]}
