"""What Redis holds for others, and what it costs when it is gone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from p2p_pipeline.exchanges.hot_store.chosen import hot_store
from p2p_pipeline.exchanges.hot_store.redis import BOOK_SECONDS, RedisStore
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline_tests.exchanges.boards import board, seen, spatial, stored_book
from p2p_pipeline_tests.exchanges.redis_server import RedisServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


def test_others_find_the_opportunities_best_first_each_books_snapshot_and_a_feed_that_does_not_grow_for_ever(
    server: RedisServer,
) -> None:
    store = RedisStore(server.url, feed_length=3)
    best, second = seen(spatial("0.9")), seen(spatial("0.3", "xt", "htx"))
    for sequence in range(1, 8):
        store.publish(board(sequence, [best, second]), [stored_book()])
    redis: Any = Redis.from_url(server.url)
    assert [orjson.loads(text)["key"] for text in redis.lrange("opportunities", 0, -1)] == [best.key, second.key]
    assert orjson.loads(redis.get("book:binance:BTC/USDT"))["bids"][0] == ["100.10", "1.50"]
    entries = [orjson.loads(fields[b"entry"]) for _, fields in redis.xrange("opportunities_feed")]
    assert [entry["sequence"] for entry in entries] == [5, 6, 7]
    store.close()
    redis.close()


def test_redis_gone_mid_run_costs_nothing_but_its_copy_and_it_has_everything_when_it_is_back(
    server: RedisServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    paths, environment = DataPaths(tmp_path), {"P2P_REDIS_URL": server.url}
    publisher, reader = hot_store(paths, environment), hot_store(paths, environment)
    publisher.publish(board(1), [stored_book()])
    server.stop()
    for sequence in (2, 3):
        publisher.publish(board(sequence, [seen(spatial())]))
        assert reader.newest() == board(sequence, [seen(spatial())])
    assert reader.book("binance", "BTC/USDT") == stored_book()
    server.start()
    publisher.publish(board(4, [seen(spatial())]))
    only = RedisStore(server.url)
    assert only.newest() == board(4, [seen(spatial())])
    assert only.book("binance", "BTC/USDT") == stored_book()
    assert only.changes_since("a service", 1) is None
    publisher.publish(board(5))
    changes = only.changes_since("a service", 4)
    assert changes is not None
    assert [entry.gone for entry in changes] == [(seen(spatial()).key,)]
    assert [record.getMessage().split("(")[0] for record in caplog.records] == [
        "Redis does not answer ",
        "Redis answers again and has everything",
    ]
    only.close()


def test_a_book_that_nobody_writes_any_more_ends_by_itself(server: RedisServer) -> None:
    store, redis = RedisStore(server.url), Redis.from_url(server.url)
    store.publish(board(1), [stored_book()])
    assert 0 < redis.ttl("book:binance:BTC/USDT") <= BOOK_SECONDS
    store.close()
    redis.close()


def test_what_is_no_address_is_told_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as told:
        hot_store(DataPaths(tmp_path), {"P2P_REDIS_URL": "http://user:secret@host"})
    assert "P2P_REDIS_URL" in str(told.value)
    assert "secret" not in str(told.value)
