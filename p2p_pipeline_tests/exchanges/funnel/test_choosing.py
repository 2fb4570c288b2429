"""Depth is watched where best prices come near an edge, not left at once, and never above what an exchange takes."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.board import Watched
from p2p_pipeline.exchanges.funnel.choosing import Candidate, FunnelRules, Key, choose

RULES = FunnelRules(wanted_edge_pct=-0.3, leave_edge_pct=-0.6, hold_seconds=60)
ROOM = {"a": 10, "b": 10}
BTC, ETH = ("a", "BTC/USDT"), ("a", "ETH/USDT")


def whys(chosen: dict[Key, Candidate]) -> dict[Key, str]:
    return {key: one.watched.why for key, one in chosen.items()}


def test_a_symbol_near_the_edge_is_watched_and_says_why_and_how_near() -> None:
    chosen = choose({BTC: -0.12344, ETH: -0.31}, {}, (), RULES, ROOM, 0)
    assert [one.watched for one in chosen.values()] == [Watched("a", "BTC/USDT", "near edge", Decimal("-0.1234"))]


def test_it_is_held_until_it_is_further_away_than_it_had_to_be_near_and_for_a_minute_at_least() -> None:
    chosen = choose({BTC: -0.1}, {}, (), RULES, ROOM, 0)
    assert whys(choose({BTC: -0.5}, chosen, (), RULES, ROOM, 100)) == {BTC: "held"}
    assert whys(choose({BTC: -0.7}, chosen, (), RULES, ROOM, 59)) == {BTC: "held"}
    assert choose({BTC: -0.7}, chosen, (), RULES, ROOM, 60) == {}
    assert choose({}, chosen, (), RULES, ROOM, 60) == {}


def test_the_watch_list_is_watched_whatever_its_prices_are() -> None:
    chosen = choose({BTC: -5.0}, {}, (BTC, ETH), RULES, ROOM, 0)
    assert whys(chosen) == {BTC: "watch list", ETH: "watch list"}
    assert chosen[ETH].watched.near_edge_pct is None


def test_where_there_is_not_room_for_all_the_watch_list_goes_first_then_the_nearest() -> None:
    symbols = [("a", f"S{number}/USDT") for number in range(5)]
    near = {key: -0.2 + number / 4 for number, key in enumerate(symbols)}
    chosen = choose(near, {}, (symbols[0],), RULES, {"a": 3}, 0)
    assert set(chosen) == {symbols[0], symbols[4], symbols[3]}


KEYS = st.sampled_from([(exchange, f"S{number}/USDT") for exchange in "ab" for number in range(6)])
EDGES = st.dictionaries(KEYS, st.floats(-2, 2))


@given(st.lists(EDGES, max_size=8), st.sets(KEYS, max_size=3), st.integers(0, 5))
def test_never_more_than_there_is_room_for_and_nobody_without_a_reason(
    cycles: list[dict[Key, float]], always: set[Key], room: int
) -> None:
    chosen: dict[Key, Candidate] = {}
    for cycle, near in enumerate(cycles):
        before, chosen = chosen, choose(near, chosen, always, RULES, {"a": room, "b": 2}, cycle * 40.0)
        for exchange, most in (("a", room), ("b", 2)):
            assert sum(key[0] == exchange for key in chosen) <= most
        for key in chosen:
            assert key in always or key in before or near[key] >= RULES.wanted_edge_pct
