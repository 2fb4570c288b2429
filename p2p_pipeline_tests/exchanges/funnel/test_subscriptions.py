"""What is subscribed follows from what is watched and from what an exchange has."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from p2p_pipeline.exchanges.funnel.subscriptions import room_for_depth, wanted_subscriptions
from p2p_pipeline.exchanges.words import Capability, Feed, Integrity, Limits, Subscription

PLAIN = Capability(
    "plain", "Plain", "wss://plain.example", {"": "https://plain.example"},
    dict.fromkeys(Feed, Integrity.SEQUENCE), Decimal("0.001"),
)  # fmt: skip
BULK = Subscription(Feed.BBO, "*")


def test_depth_is_watched_by_whole_views_where_there_are_any() -> None:
    assert wanted_subscriptions(replace(PLAIN, bulk_rest=True), "ab", ["a"]) == (Subscription(Feed.TOP, "a", 20),)
    only_changes = replace(PLAIN, bulk_rest=True, feeds={Feed.DELTA: Integrity.CHECKSUM}, top_depth=10)
    assert wanted_subscriptions(only_changes, "ab", ["a"]) == (Subscription(Feed.DELTA, "a", 10),)


def test_best_prices_come_by_one_stream_by_one_request_or_for_each_symbol_without_depth() -> None:
    assert wanted_subscriptions(replace(PLAIN, bulk_stream=True, bulk_rest=True), "ab", ()) == (BULK,)
    assert wanted_subscriptions(replace(PLAIN, bulk_rest=True), "ab", ()) == ()
    assert wanted_subscriptions(PLAIN, "abc", ["b"]) == (
        Subscription(Feed.TOP, "b", 20),
        Subscription(Feed.BBO, "a"),
        Subscription(Feed.BBO, "c"),
    )


def test_an_exchange_takes_as_many_books_as_its_connections_hold_and_a_core_can_read() -> None:
    assert room_for_depth(replace(PLAIN, limits=Limits(topics_per_connection=30, connections=4))) == 120
    assert room_for_depth(replace(PLAIN, limits=Limits(topics_per_connection=1024, connections=300))) == 500
    assert room_for_depth(PLAIN) == 500
