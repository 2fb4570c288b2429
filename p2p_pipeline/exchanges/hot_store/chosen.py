"""Which hot stores an installation has: the file always, Redis where the environment names one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.exchanges.hot_store.store import REDIS_VARIABLE, FeedEntry, HotStore, StoredBook
from p2p_pipeline.kernel.paths import DataPaths


class StoresTogether:
    """See HotStore. Publishes to all; each question is asked of the newest board's store, the first named on a tie."""

    def __init__(self, stores: Sequence[HotStore]) -> None:
        self.stores = tuple(stores)

    def publish(self, board: Board, books: Sequence[StoredBook] = ()) -> None:
        """See HotStore."""
        for store in self.stores:
            store.publish(board, books)

    def newest(self) -> Board | None:
        """See HotStore."""
        return self._best()[1]

    def changes_since(self, service: str, sequence: int) -> tuple[FeedEntry, ...] | None:
        """See HotStore."""
        return self._best()[0].changes_since(service, sequence)

    def book(self, exchange: str, symbol: str) -> StoredBook | None:
        """See HotStore."""
        return self._best()[0].book(exchange, symbol)

    def _best(self) -> tuple[HotStore, Board | None]:
        asked = [(store, store.newest()) for store in self.stores]
        return max(asked, key=lambda one: (one[1] is not None, one[1].scan.at.timestamp() if one[1] else 0.0))


def hot_store(paths: DataPaths, environment: Mapping[str, str]) -> HotStore:
    """The hot store of an installation. Raises InvalidInput for an address that is none."""
    file = BoardFile(paths)
    url = environment.get(REDIS_VARIABLE, "").strip()
    if not url:
        return file
    from p2p_pipeline.exchanges.hot_store.redis import RedisStore  # noqa: PLC0415 - costs the start of every command

    return StoresTogether((RedisStore(url), file))
