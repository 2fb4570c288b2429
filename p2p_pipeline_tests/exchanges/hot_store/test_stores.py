"""What every hot store promises, whichever it is; Redis is a real server on a free port of loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.exchanges.hot_store.memory import MemoryStore
from p2p_pipeline.exchanges.hot_store.redis import RedisStore
from p2p_pipeline.exchanges.hot_store.store import HotStore, feed_entry
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline_tests.exchanges.boards import board, seen, spatial, stored_book
from p2p_pipeline_tests.exchanges.redis_server import RedisServer

Pair = tuple[HotStore, Callable[[], HotStore]]
"""Who publishes, and what makes a reader: the same store, or one of another process."""


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["memory", "file", "redis"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    if request.param == "redis":
        url = request.getfixturevalue("redis_server").url
        Redis.from_url(url).flushall()
        publisher, reader = RedisStore(url), RedisStore(url)
        yield publisher, lambda: reader
        publisher.close()
        reader.close()
    elif request.param == "memory":
        memory = MemoryStore()
        yield memory, lambda: memory
    else:
        yield BoardFile(DataPaths(tmp_path)), lambda: BoardFile(DataPaths(tmp_path))


def test_before_the_first_board_there_is_none(stores: Pair) -> None:
    reader = stores[1]()
    assert reader.newest() is None
    assert reader.changes_since("a service", 0) is None
    assert reader.book("binance", "BTC/USDT") is None


def test_the_newest_board_is_the_one_published_last(stores: Pair) -> None:
    publisher, reader = stores[0], stores[1]()
    for sequence in (1, 2, 3):
        publisher.publish(board(sequence, [seen(spatial())]))
        assert reader.newest() == board(sequence, [seen(spatial())])


def test_changes_lead_from_any_board_seen_to_the_newest(stores: Pair) -> None:
    publisher, reader = stores[0], stores[1]()
    first, other = seen(spatial()), seen(spatial("0.3", "xt", "htx"))
    shown = [(first,), (first, other), (other,), (), (other,)]
    boards = [board(sequence, opportunities) for sequence, opportunities in enumerate(shown, 1)]
    for one in boards:
        publisher.publish(one)
        reader.newest()
    for known in boards:
        entries = reader.changes_since(known.service, known.sequence)
        assert entries is not None
        now = {one.key: one for one in known.opportunities}
        for entry in entries:
            now = {key: one for key, one in now.items() if key not in entry.gone}
            now |= {one.key: one for one in entry.changed}
        assert now == {other.key: other}


def test_the_changes_of_another_service_or_of_too_long_ago_can_not_be_told(stores: Pair) -> None:
    publisher, reader = stores[0], stores[1]()
    for sequence in (5, 6):
        publisher.publish(board(sequence))
        reader.newest()
    assert reader.changes_since("a service", 6) == ()
    assert reader.changes_since("another", 6) is None
    assert reader.changes_since("a service", 2) is None


def test_a_service_that_began_again_starts_its_changes_with_everything(stores: Pair) -> None:
    publisher, reader = stores[0], stores[1]()
    publisher.publish(board(7, [seen(spatial())]))
    reader.newest()
    publisher.publish(board(1, [seen(spatial())], service="the next"))
    assert reader.changes_since("a service", 7) is None
    assert reader.changes_since("the next", 0) == (feed_entry(None, board(1, [seen(spatial())], service="the next")),)


def test_a_book_is_the_newest_snapshot_of_it(stores: Pair) -> None:
    publisher, reader = stores[0], stores[1]()
    publisher.publish(board(1), [stored_book(), stored_book("okx")])
    publisher.publish(board(2), [stored_book(best="100.20")])
    assert reader.book("binance", "BTC/USDT") == stored_book(best="100.20")
    assert reader.book("okx", "BTC/USDT") == stored_book("okx")
    assert reader.book("okx", "ETH/USDT") is None


def test_a_reader_of_a_file_that_another_version_wrote_keeps_the_board_it_knew(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    publisher, reader = BoardFile(paths), BoardFile(paths)
    publisher.publish(board(1))
    assert reader.newest() == board(1)
    (paths.exchanges / "board.json").write_bytes(b'{"of":"another version"}')
    assert reader.newest() == board(1)
    publisher.publish(board(2))
    assert reader.newest() == board(2)


def test_a_second_look_at_the_same_board_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, reader = BoardFile(DataPaths(tmp_path)), BoardFile(DataPaths(tmp_path))
    publisher.publish(board(1))
    known = reader.newest()
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read again"))
    assert reader.newest() is known
