"""The hot store in two files of the data folder, each replaced in one step: what pages read where there is no Redis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.board_json import (
    UnreadableBoard,
    board_from_json,
    board_to_json,
    book_of,
    book_to_json,
)
from p2p_pipeline.exchanges.hot_store.memory import MemoryStore
from p2p_pipeline.exchanges.hot_store.store import FeedEntry, StoredBook
from p2p_pipeline.kernel.paths import DataPaths

BOARD_FILE, BOOKS_FILE = "board.json", "books.json"


class BoardFile:
    """See HotStore. One process publishes; any number read: a look costs a `stat` where there is nothing new.

    A reader knows the changes between the boards that it has seen: one that looks too seldom gets fewer, larger ones.
    """

    def __init__(self, paths: DataPaths) -> None:
        self._folder = paths.exchanges
        self._seen = MemoryStore()
        self._board_mark: object = None
        self._books_mark: object = None
        self._books: dict[str, Any] = {}
        self._written: dict[str, orjson.Fragment] = {}

    def publish(self, board: Board, books: Sequence[StoredBook] = ()) -> None:
        """See HotStore. Raises OSError where the disk does not take it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if books:
            self._written |= {_key(book.exchange, book.symbol): orjson.Fragment(book_to_json(book)) for book in books}
            _replace(self._folder / BOOKS_FILE, orjson.dumps(self._written))
        _replace(self._folder / BOARD_FILE, board_to_json(board))

    def newest(self) -> Board | None:
        """See HotStore."""
        mark = _mark(self._folder / BOARD_FILE)
        if mark is not None and mark != self._board_mark:
            try:
                board = board_from_json((self._folder / BOARD_FILE).read_bytes())
            except (OSError, UnreadableBoard):
                # Another version wrote it: its service will write on, or nobody will.
                board = None
            self._board_mark = mark
            if board is not None:
                self._seen.publish(board)
        return self._seen.newest()

    def changes_since(self, service: str, sequence: int) -> tuple[FeedEntry, ...] | None:
        """See HotStore."""
        self.newest()
        return self._seen.changes_since(service, sequence)

    def book(self, exchange: str, symbol: str) -> StoredBook | None:
        """See HotStore."""
        file = self._folder / BOOKS_FILE
        mark = _mark(file)
        if mark is not None and mark != self._books_mark:
            try:
                self._books, self._books_mark = orjson.loads(file.read_bytes()), mark
            except (OSError, orjson.JSONDecodeError):
                return None
        found = self._books.get(_key(exchange, symbol))
        try:
            return None if found is None else book_of(found)
        except UnreadableBoard:
            return None


def require_readable_board(paths: DataPaths) -> None:
    """Raise UnreadableBoard when there is a board that no service of this version wrote."""
    file = paths.exchanges / BOARD_FILE
    try:
        board_from_json(file.read_bytes())
    except FileNotFoundError:
        return
    except (OSError, UnreadableBoard) as error:
        raise UnreadableBoard(
            "{file} can't be used: {why}; `p2p stream` writes it anew with its next scan", file=file, why=error
        ) from None


def _key(exchange: str, symbol: str) -> str:
    return f"{exchange}:{symbol}"


def _mark(file: Path) -> object:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _replace(file: Path, text: bytes) -> None:
    # Without an fsync: after a power cut the next board is five seconds away.
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_bytes(text)
    aside.replace(file)
