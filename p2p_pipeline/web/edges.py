"""What the service stands on: data, settings, clock, and the few threads in which blocking questions are answered."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.chosen import hot_store
from p2p_pipeline.exchanges.hot_store.store import HotStore
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.direct import DirectLake
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.board import BoardRow
from p2p_pipeline.p2p.answers.dagster_records import DagsterRecords
from p2p_pipeline.p2p.answers.now import AnswerDesk
from p2p_pipeline.p2p.metrics.timing.remembered import Remembered
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.web.guard.access import Access
from p2p_pipeline.web.newest import Newest
from p2p_pipeline.web.paper_read import PaperDesk
from p2p_pipeline.web.workers import Workers

BOARDS_KEPT = 3


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Edges:
    """Handed to `create_app`; tests hand in their own clock and folders."""

    paths: DataPaths
    settings: Settings
    access: Access
    now: Callable[[], datetime] = _utc_now
    is_warming: bool = False
    """Whether what takes seconds is worked out before anybody asks."""
    page_patience_seconds: float = 2.0
    """How long who opens a page waits for what takes seconds, before the page says that it is being worked out."""
    workers: Workers = field(default_factory=Workers)
    newest: Newest = field(default_factory=Newest)
    reader: RawReader = field(init=False)
    desk: AnswerDesk = field(init=False)
    lake: Lake = field(init=False)
    direct_lake: DirectLake = field(init=False)

    records: DagsterRecords = field(init=False)
    dagster_url: str | None = None
    """Where Dagster's pages are; None where nobody said."""
    cursor_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    """Signs the cursors of long lists: they hold until the service starts anew."""
    board_kept: tuple[Hashable, datetime, list[BoardRow]] | None = None
    """The board's rows, of which state of the store they are, and when they were made."""
    lake_seen: dict[Hashable, tuple[float, Hashable]] = field(default_factory=dict)
    """When some tables of the lake were last looked at, and their version then."""
    warehouse_seen: tuple[float, Hashable] | None = None
    """The same of the warehouse."""
    judgements: Remembered = field(default_factory=Remembered)
    """Of earlier weeks: new prices change the newest advice alone."""
    exchanges: ExchangesSettings = field(default_factory=ExchangesSettings)
    boards: HotStore = field(init=False)
    """Where the service of the exchanges leaves its newest board."""
    paper: PaperDesk = field(init=False)
    """The paper sessions of the data folder."""
    recent_boards: deque[Board] = field(default_factory=lambda: deque(maxlen=BOARDS_KEPT))
    """The newest ones, oldest first: what has just ended is shown for a moment."""
    settings_digest: str = field(init=False)
    """Changes with any setting: an answer depends on profiles, markets and thresholds as on the data."""

    def __post_init__(self) -> None:
        self.settings_digest = hashlib.sha256(self.settings.model_dump_json().encode()).hexdigest()[:16]
        self.reader = RawReader(self.paths.root)
        self.desk = AnswerDesk(self.reader, PaymentMap.load(), [entry.market for entry in self.settings.markets])
        self.lake = Lake(self.paths.lake)
        self.direct_lake = DirectLake(self.paths.lake)
        self.boards = hot_store(self.paths, os.environ)
        self.paper = PaperDesk(self.paths)
        self.records = DagsterRecords.of(self.paths)
