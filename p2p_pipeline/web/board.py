"""The board for pages: made once for what is stored, while only its ages go on. It reads and prices every market."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from p2p_pipeline.p2p.answers.board import BoardRow, board_rows
from p2p_pipeline.web.api.data_versions import raw_version
from p2p_pipeline.web.edges import Edges


def kept_board(edges: Edges, now: datetime) -> list[BoardRow]:
    """The rows of the board. What goes by the clock (stale, slots missing) is half a minute old at most."""
    version = raw_version(edges)
    kept = edges.board_kept
    if kept is None or kept[0] != version:
        kept = edges.board_kept = (version, now, board_rows(edges.desk, edges.reader, edges.settings, now))
    _, made_at, rows = kept
    later = (now - made_at).total_seconds()
    return [row if row.age_seconds is None else replace(row, age_seconds=row.age_seconds + later) for row in rows]
