"""The score of the deal that a price question finds: the same call for page and API."""

from __future__ import annotations

from p2p_pipeline.p2p.answers.priced import PriceQuestion
from p2p_pipeline.p2p.answers.score import ScoredAnswer, score_now
from p2p_pipeline.web.edges import Edges


def scored(edges: Edges, asked: PriceQuestion) -> ScoredAnswer:
    """The deal's score. Raises NoSnapshot, SettingsError."""
    return score_now(
        edges.reader,
        edges.direct_lake,
        edges.settings,
        asked.market_side,
        asked.amount,
        asked.at or edges.now(),
        profile=asked.profile,
        max_splits=asked.max_splits,
        at=asked.at,
        payment_methods=asked.payment_methods,
        search_steps=asked.search_steps,
    )
