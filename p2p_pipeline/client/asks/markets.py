"""All markets, and the ready questions to the warehouse."""

from __future__ import annotations

from p2p_pipeline.client.asking import Ask, Value, asked, path_part
from p2p_pipeline.web.api.shapes.batches import Batches
from p2p_pipeline.web.api.shapes.market import MarketInFull
from p2p_pipeline.web.api.shapes.markets import KnownMarkets
from p2p_pipeline.web.api.shapes.questions import QuestionAnswer, ReadyQuestions


def list_markets(
    *,
    venue: str | None = None,
    asset: str | None = None,
    fiat: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Ask[KnownMarkets]:
    """All known markets in figures, and the names of the profiles; `client.each` follows the pages."""
    return asked("/api/v1/markets", KnownMarkets, venue=venue, asset=asset, fiat=fiat, limit=limit, cursor=cursor)


def get_market(*, market_key: str) -> Ask[MarketInFull]:
    """One market in full."""
    return asked(f"/api/v1/markets/{path_part(market_key)}", MarketInFull)


def list_batches(
    *, venue: str | None = None, status: str | None = None, limit: int | None = None, cursor: str | None = None
) -> Ask[Batches]:
    """The sweeps in the warehouse, the newest first."""
    return asked("/api/v1/batches", Batches, venue=venue, status=status, limit=limit, cursor=cursor)


def list_questions() -> Ask[ReadyQuestions]:
    """The ready questions to the warehouse."""
    return asked("/api/v1/questions", ReadyQuestions)


def ask_question(
    *, name: str, limit: int | None = None, cursor: str | None = None, **parameters: Value
) -> Ask[QuestionAnswer]:
    """The answer to one of them; its parameters as `list_questions` tells."""
    return asked(f"/api/v1/questions/{path_part(name)}", QuestionAnswer, limit=limit, cursor=cursor, **parameters)
