"""The newest board for pages, API and sockets: read where the service leaves it, and how old it is for who asks."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from p2p_pipeline.exchanges.answers.health import STALE_SCANS, age_seconds, is_stale
from p2p_pipeline.exchanges.answers.telling import scan_told
from p2p_pipeline.exchanges.board import Board, SeenOpportunity
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.quality.freshness import Freshness
from p2p_pipeline.web.edges import Edges

NO_BOARD = Told(
    "no scan of the exchanges has been published yet; `p2p stream` watches their order books and scans them every "
    "five seconds, as `make up` and `make demo` do"
)
KEPT_SECONDS = 10
"""What PostgreSQL keeps is looked at so often, however many ask."""
NOT_GOING_ON = Told("the scan has stopped: what stands here is not of now; start `p2p stream` again")


@dataclass(frozen=True, slots=True)
class Scanned:
    """The newest board at a moment; None before the first."""

    board: Board | None
    now: datetime
    scan_seconds: float
    before: tuple[Board, ...] = ()
    """Those of the same service that came before it, as far as this process saw them, oldest first."""

    @property
    def ended(self) -> tuple[SeenOpportunity, ...]:
        """Opportunities of the boards before that the newest scan did not find again, the last seen first."""
        if self.board is None:
            return ()
        alive = {one.key for one in self.board.opportunities}
        found = {one.key: one for board in self.before for one in board.opportunities if one.key not in alive}
        return tuple(
            sorted(found.values(), key=lambda one: (-one.last_seen.timestamp(), -one.found.net_edge_pct, one.key))
        )

    @property
    def is_stale(self) -> bool:
        """Whether nothing on it is of now."""
        return self.board is not None and is_stale(self.board, self.now, self.scan_seconds)

    @property
    def age_seconds(self) -> float:
        """How old the scan is."""
        return age_seconds(self.board, self.now) if self.board else 0.0

    @property
    def missing(self) -> Told | None:
        """Why there is nothing that can be used, and what to do."""
        if self.board is None:
            return NO_BOARD
        return NOT_GOING_ON if self.is_stale else None

    @property
    def version(self) -> Hashable:
        """Changes with every board, and when the newest one becomes stale by the clock alone."""
        board = self.board
        return board and (board.service, board.sequence, board.scan.at), self.is_stale

    def around(self) -> dict[str, Any]:
        """What every answer tells of the scan."""
        board = self.board
        return {
            "scan": scan_told(board) if board else None,
            "is_stale": self.is_stale,
            "is_simulated": board is not None and board.is_simulated,
            "missing": self.missing,
        }


def scanned(edges: Edges) -> Scanned:
    """Look now: a stat of the board's file where nothing is new."""
    board, recent = edges.boards.newest(), edges.recent_boards
    if board is not None and (not recent or recent[-1] != board):
        recent.append(board)
    before = tuple(one for one in list(recent) if board is not None and _is_before(one, board))
    return Scanned(board, edges.now(), edges.exchanges.scan_seconds, before)


def _is_before(one: Board, board: Board) -> bool:
    return one.service == board.service and one.sequence < board.sequence


def freshness_of_scans(edges: Edges) -> Freshness:
    """How fresh a scan of some age is: it comes at a pace of its own."""
    seconds = edges.exchanges.scan_seconds
    return Freshness.of(seconds, STALE_SCANS * seconds)
