"""Columns on disk: a folder of Parquet files that numpy, DuckDB and pandas read as they are.

tickers.parquet has a row group a chunk; pieces.parquet says where in it which symbol lies and how many digits its
numbers have; rare.parquet has whole frames, looks.parquet the moments of other kline frames, funding.parquet rates.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from p2p_pipeline.exchanges.frames.lines import from_line, to_line
from p2p_pipeline.paper.columns.chunk import COLUMNS, NUMBERS, Chunk, Looks, Rare, Shown, Whole
from p2p_pipeline.paper.events import Rank

VERSION = 1
_DIGITS = tuple(f"digits_{name}" for name in NUMBERS)
_NO_ROWS = np.empty(0, np.int64)
_WHOLE = pa.int64()
_SCHEMAS = {
    "tickers": pa.schema([(name, _WHOLE) for name in COLUMNS]),
    "pieces": pa.schema([("symbol", pa.string()), ("rows", _WHOLE), *((name, pa.int8()) for name in _DIGITS)]),
    "rare": pa.schema([
        ("queue_order", _WHOLE), ("at", _WHOLE), ("rank", pa.int8()), ("source", pa.string()), ("number", _WHOLE),
        ("minutes", pa.int16()), ("heard_at", _WHOLE), ("frame", pa.binary()),
    ]),
    "looks": pa.schema([("minutes", pa.int16()), ("queue_order", _WHOLE), ("at", _WHOLE), ("symbol", pa.string())]),
    "funding": pa.schema([
        ("symbol", pa.string()), ("funding_at", _WHOLE), ("rate", pa.string()), ("has_rate", pa.bool_()),
        ("queue_order", _WHOLE),
    ]),
}  # fmt: skip


class _About(msgspec.Struct, frozen=True):
    """columns.json: written last, so that a folder with it is whole."""

    version: int
    start: int
    until: list[int]
    """Of each chunk."""
    groups: list[dict[str, int]]
    """Of each chunk: its row group in each file; where it has none, it has no rows."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A recording as columns. It can be gone through as often as it is needed."""

    start: int
    """When its first frame was received: a session's start, ms."""
    _chunks: Callable[[], Iterable[Chunk]]
    folder: Path | None = None
    """Where they lie."""

    def chunks(self) -> Iterator[Chunk]:
        """Its chunks, one after the other: whoever keeps none needs the memory of one."""
        return iter(self._chunks())


def write_columns(folder: Path, start: int, chunks: Iterable[Chunk]) -> Columns:
    """Store chunks as they come; the folder is there when all of them are."""
    aside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    writers = {name: _writer(aside, name) for name in _SCHEMAS}
    until: list[int] = []
    groups: list[dict[str, int]] = []
    written: dict[str, int] = defaultdict(int)
    for chunk in chunks:
        group = {}
        for name, columns in _tables(chunk).items():
            table = pa.table(columns, schema=_SCHEMAS[name])
            if table.num_rows:
                writers[name].write_table(table, row_group_size=table.num_rows)
                group[name] = written[name]
                written[name] += 1
        until.append(chunk.until)
        groups.append(group)
    for writer in writers.values():
        writer.close()
    (aside / "columns.json").write_bytes(msgspec.json.encode(_About(VERSION, start, until, groups)))
    shutil.rmtree(folder, ignore_errors=True)
    aside.replace(folder)
    return Columns(start, lambda: _read(folder), folder)


def read_columns(folder: Path) -> Columns | None:
    """What was stored; None where nothing is, or of another version of this program."""
    about = _about(folder)
    return None if about is None else Columns(about.start, lambda: _read(folder), folder)


def _about(folder: Path) -> _About | None:
    try:
        about = msgspec.json.decode((folder / "columns.json").read_bytes(), type=_About)
    except (OSError, msgspec.MsgspecError):
        return None
    return about if about.version == VERSION else None


def _writer(folder: Path, name: str) -> pq.ParquetWriter:
    # a quarter of the time that plain numbers packed by zstd take to read, and a third of their size
    encodings = dict.fromkeys(COLUMNS, "DELTA_BINARY_PACKED") if name == "tickers" else None
    dictionary = [one.name for one in _SCHEMAS[name] if one.type == pa.string()]
    return pq.ParquetWriter(
        folder / f"{name}.parquet", _SCHEMAS[name], compression="lz4",
        use_dictionary=dictionary or False, column_encoding=encodings, write_statistics=False,
    )  # fmt: skip


def _tables(chunk: Chunk) -> dict[str, dict[str, Any]]:
    digits = dict(zip(_DIGITS, chunk.digits.T, strict=True))
    looks = sorted(chunk.looks.items())
    return {
        "tickers": {name: chunk.columns[name] for name in COLUMNS},
        "pieces": {"symbol": list(chunk.symbols), "rows": np.diff(chunk.starts), **digits},
        "rare": {
            "queue_order": [one.order for one in chunk.rare], "at": [one.at for one in chunk.rare],
            "rank": [int(one.rank) for one in chunk.rare], "source": [one.source for one in chunk.rare],
            "number": [one.number for one in chunk.rare], "minutes": [one.minutes for one in chunk.rare],
            "heard_at": [one.heard_at for one in chunk.rare], "frame": [to_line(one.frame) for one in chunk.rare],
        },
        "looks": {
            "minutes": np.concatenate([np.full(len(one.order), minutes) for minutes, one in looks] or [_NO_ROWS]),
            "queue_order": np.concatenate([one.order for _, one in looks] or [_NO_ROWS]),
            "at": np.concatenate([one.at for _, one in looks] or [_NO_ROWS]),
            "symbol": [one.names[place] for _, one in looks for place in one.symbol.tolist()],
        },
        "funding": {
            "symbol": [one.symbol for one in chunk.funding], "funding_at": [one.funding_at for one in chunk.funding],
            "rate": [None if one.rate is None else format(one.rate, "f") for one in chunk.funding],
            "has_rate": [one.has_rate for one in chunk.funding], "queue_order": [one.order for one in chunk.funding],
        },
    }  # fmt: skip


class _Lazily(Mapping[str, Whole]):
    """A chunk's columns, each read when it is asked for: most sessions never look at most of them."""

    def __init__(self, file: pq.ParquetFile, group: int) -> None:
        self._file, self._group = file, group
        self._read: dict[str, Whole] = {}

    def __getitem__(self, name: str) -> Whole:
        found = self._read.get(name)
        if found is None:
            column = self._file.read_row_group(self._group, columns=[name], use_threads=False).column(0)
            found = self._read[name] = column.to_numpy()
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def __len__(self) -> int:
        return len(COLUMNS)


def _read(folder: Path) -> Iterator[Chunk]:
    about = _about(folder)
    assert about is not None  # noqa: S101 - whoever has Columns of it has looked
    files = {name: pq.ParquetFile(folder / f"{name}.parquet") for name in _SCHEMAS}
    try:
        for until, group in zip(about.until, about.groups, strict=True):
            yield _chunk(files, until, group)
    finally:
        for file in files.values():
            file.close()


def _chunk(files: Mapping[str, pq.ParquetFile], until: int, group: Mapping[str, int]) -> Chunk:
    def rows(name: str) -> pa.Table:
        if name not in group:
            return _SCHEMAS[name].empty_table()
        return files[name].read_row_group(group[name], use_threads=False)

    pieces, rare, looks, funding = rows("pieces"), rows("rare"), rows("looks"), rows("funding")
    lengths = pieces["rows"].to_numpy()
    empty = dict.fromkeys(COLUMNS, _NO_ROWS)
    return Chunk(
        until=until,
        symbols=tuple(pieces["symbol"].to_pylist()),
        starts=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        digits=np.array([pieces[name].to_numpy() for name in _DIGITS], dtype=np.int8).T,
        columns=_Lazily(files["tickers"], group["tickers"]) if "tickers" in group else empty,
        rare=tuple(_rare(*values) for values in zip(*(column.to_pylist() for column in rare.columns), strict=True)),
        looks={minutes: _looks(looks, minutes) for minutes in set(looks["minutes"].to_pylist())},
        funding=tuple(_shown(*values) for values in zip(*(one.to_pylist() for one in funding.columns), strict=True)),
    )


def _rare(order: int, at: int, rank: int, source: str, number: int, minutes: int, heard_at: int, line: bytes) -> Rare:
    return Rare(order, at, Rank(rank), source, number, minutes, heard_at, from_line(line))


def _shown(symbol: str, funding_at: int, rate: str | None, has_rate: bool, order: int) -> Shown:
    return Shown(symbol, funding_at, None if rate is None else Decimal(rate), has_rate, order)


def _looks(table: pa.Table, minutes: int) -> Looks:
    places = np.flatnonzero(table["minutes"].to_numpy() == minutes)
    symbols = table["symbol"].take(pa.array(places)).combine_chunks().dictionary_encode()
    return Looks(
        table["queue_order"].to_numpy()[places],
        table["at"].to_numpy()[places],
        symbols.indices.to_numpy().astype(np.int64),
        tuple(symbols.dictionary.to_pylist()),
    )
