"""Subscriptions are spread over connections within an exchange's limits, and what stays wanted stays where it is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.connections.planner import Plan, PlanChange, in_parts
from p2p_pipeline.exchanges.words import Feed, Limits, Subscription

SUBSCRIPTIONS = [Subscription(feed, f"S{number}") for feed in Feed for number in range(12)]
WISHES = st.lists(st.sets(st.sampled_from(SUBSCRIPTIONS)), min_size=1, max_size=6)
LIMITS = st.builds(
    Limits,
    topics_per_connection=st.none() | st.integers(1, 8),
    characters_per_connection=st.none() | st.integers(30, 200),
    connections=st.none() | st.integers(1, 4),
)


def length(one: Subscription) -> int:
    return 10 + len(one.symbol)


@settings(max_examples=150)
@given(WISHES, LIMITS)
def test_no_limit_is_passed_and_whoever_carries_out_the_changes_has_what_the_plan_says(
    wishes: list[set[Subscription]], limits: Limits
) -> None:
    plan = Plan(limits, length)
    running: dict[str, set[Subscription]] = {}
    for wish in wishes:
        for change in plan.want(sorted(wish, key=str)):
            assert change.is_new == (change.connection not in running)
            there = running.setdefault(change.connection, set())
            assert set(change.removed) <= there
            there -= set(change.removed)
            assert not there & set(change.added)
            there |= set(change.added)
            if change.is_over:
                assert not running.pop(change.connection)
        assert running == {name: set(there) for name, there in plan.connections.items()}
        everything = [one for there in running.values() for one in there] + list(plan.left_out)
        assert len(everything) == len(set(everything))
        assert set(everything) == wish
        for there in running.values():
            assert len(there) <= (limits.topics_per_connection or 100)
            assert (
                limits.characters_per_connection is None or sum(map(length, there)) <= limits.characters_per_connection
            )
        assert limits.connections is None or len(running) <= limits.connections
        assert limits.connections is not None or not plan.left_out


def test_what_stays_wanted_is_not_touched_and_its_connection_takes_what_is_new() -> None:
    plan = Plan(Limits(topics_per_connection=2), length)
    one, two, three, four = SUBSCRIPTIONS[:4]
    assert plan.want([one, two, three]) == [
        PlanChange("ws0", added=(one, two), is_new=True),
        PlanChange("ws1", added=(three,), is_new=True),
    ]
    assert plan.want([two, three, four]) == [PlanChange("ws0", added=(four,), removed=(one,))]
    assert plan.want([three]) == [PlanChange("ws0", removed=(two, four), is_over=True)]
    assert plan.want([three]) == []


def test_a_request_names_no_more_topics_than_it_may() -> None:
    assert [len(part) for part in in_parts(SUBSCRIPTIONS[:7], Limits(topics_per_request=3))] == [3, 3, 1]
