from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.past import LEAST_PRESENCE_HOURS, Looks, OfferPast, Sightings

HOUR = 3600.0
START = 1_000 * HOUR
Seen = Mapping[str, tuple[float, float]]
"""What one look showed: offer id to (price, available)."""


def past(side: Side, looks: Sequence[Seen], every_seconds: float = 60.0) -> OfferPast:
    rows = [(look, offer, *values) for look, seen in enumerate(looks) for offer, values in seen.items()]
    best = [min((p for p, _ in s.values()), default=np.nan) if side is Side.BUY
            else max((p for p, _ in s.values()), default=np.nan) for s in looks]  # fmt: skip
    return OfferPast(
        side,
        Looks(START + every_seconds * np.arange(len(looks), dtype=np.float64), np.array(best)),
        Sightings(
            np.array([row[0] for row in rows], dtype=np.int64),
            [row[1] for row in rows],
            [f"who {row[1]}" for row in rows],
            np.array([row[2] for row in rows], dtype=float),
            np.array([row[3] for row in rows], dtype=float),
        ),
    )


def at(look: int, every_seconds: float = 60.0) -> float:
    return START + every_seconds * look


def test_an_offer_has_held_since_it_was_last_worse_or_away() -> None:
    looks: list[Seen] = [{"a": (10, 5)}, {}, {"a": (10.5, 5)}, {"a": (10, 5)}, {"a": (9.9, 5)}, {"a": (10, 5)}]
    seen = past(Side.BUY, looks)
    assert seen.held_minutes("a", 10, at(5)) == 2
    assert seen.held_minutes("a", 10.5, at(5)) == 3
    assert seen.held_minutes("a", 9.9, at(5)) == 0
    assert seen.held_minutes("b", 10, at(5)) == 0


def test_on_the_selling_side_a_higher_price_is_the_better_one() -> None:
    seen = past(Side.SELL, [{"a": (10, 5)}, {"a": (10.5, 5)}, {"a": (10, 5)}])
    assert seen.held_minutes("a", 10, at(2)) == 2
    assert seen.held_minutes("a", 10.5, at(2)) == 0


def test_only_looks_up_to_the_moment_count() -> None:
    looks: list[Seen] = [{"a": (10, 5)}, {"a": (10, 5)}, {"a": (11, 1)}, {}]
    cut, whole = past(Side.BUY, looks[:2]), past(Side.BUY, looks)
    assert cut.held_minutes("a", 10, at(1)) == whole.held_minutes("a", 10, at(1)) == 1
    assert cut.breaks_per_hour("a", 0.1, at(1)) == whole.breaks_per_hour("a", 0.1, at(1))
    assert cut.idle_top_hours("a", 10, 10, at(1)) == whole.idle_top_hours("a", 10, 10, at(1))


def test_without_an_earlier_look_nothing_is_known() -> None:
    seen = past(Side.BUY, [{"a": (10, 5)}])
    assert seen.held_minutes("a", 10, at(0)) is None
    assert seen.breaks_per_hour("a", 0.1, at(0)) is None
    assert seen.presence("who a", at(0)) is None
    assert seen.idle_top_hours("a", 10, 10, at(0)) is None
    assert past(Side.BUY, []).held_minutes("a", 10, at(0)) is None


def test_a_break_is_a_new_price_an_absence_or_a_drain_that_the_leg_would_feel() -> None:
    steady = past(Side.BUY, [{"a": (10, 5)}] * 61)
    assert steady.breaks_per_hour("a", 0.9, at(60)) == pytest.approx(0.5 / 2)
    drained = past(Side.BUY, [{"a": (10, 5)}] * 30 + [{"a": (10, 3)}] * 31)
    assert drained.breaks_per_hour("a", 0.9, at(60)) == pytest.approx(1.5 / 2)
    assert drained.breaks_per_hour("a", 0.5, at(60)) == pytest.approx(0.5 / 2)
    lively = past(Side.BUY, [{"a": (10 + look % 2, 5)} for look in range(30)] + [{}] + [{"a": (10, 5)}] * 30)
    assert lively.breaks_per_hour("a", 0.1, at(60)) == pytest.approx((29 + 1 + 0.5) / 2)


def test_an_advertiser_is_present_in_the_hours_it_was_seen_in_however_often_one_looked() -> None:
    hourly: list[Seen] = [{"a": (10, 5)} if hour % 2 else {"b": (10, 5)} for hour in range(10)]
    rare = past(Side.BUY, hourly, HOUR)
    often = past(Side.BUY, [seen for seen in hourly for _ in range(60)])
    assert rare.presence("who a", at(9, HOUR)) == often.presence("who a", at(599)) == pytest.approx(5.5 / 11)
    assert rare.presence("nobody", at(9, HOUR)) == pytest.approx(0.5 / 11)
    assert rare.presence(None, at(9, HOUR)) is None
    assert rare.presence("who a", at(LEAST_PRESENCE_HOURS - 2, HOUR)) is None


def test_only_an_offer_at_the_top_that_nobody_touches_is_idle_there() -> None:
    before: Seen = {"a": (10, 5), "b": (11, 5)}
    looks = [before] * 3 + [{**before, "a": (10, 4)}] * 3
    seen = past(Side.BUY, looks, HOUR)
    assert seen.idle_top_hours("a", 10, 10, at(5, HOUR)) == 2
    assert seen.idle_top_hours("a", 10, 10, at(2, HOUR)) == 2
    assert seen.idle_top_hours("b", 11, 10, at(5, HOUR)) == 0
