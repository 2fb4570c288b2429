"""What an amount costs now, or at a time."""

from __future__ import annotations

from datetime import date, datetime

from p2p_pipeline.client.asking import Amount, Ask, asked
from p2p_pipeline.web.api.shapes.combos import Combo, ComboHistory
from p2p_pipeline.web.api.shapes.depth import Depth
from p2p_pipeline.web.api.shapes.markets import Board
from p2p_pipeline.web.api.shapes.offers import BookOffers
from p2p_pipeline.web.api.shapes.quotes import PricedQuote
from p2p_pipeline.web.api.shapes.scores import Score
from p2p_pipeline.web.api.shapes.standing import PriceStanding
from p2p_pipeline.web.api.shapes.units import SideName


def get_board() -> Ask[Board]:
    """Every watched market side at its usual amount."""
    return asked("/api/v1/board", Board)


def get_quote(
    *,
    market: str,
    side: SideName,
    amount: Amount,
    profile: str | None = None,
    max_splits: int | None = None,
    pay: str | None = None,
    at: datetime | None = None,
    search_steps: int | None = None,
) -> Ask[PricedQuote]:
    """What an amount costs now, or at a time."""
    return asked(
        "/api/v1/quotes",
        PricedQuote,
        market=market,
        side=side,
        amount=amount,
        profile=profile,
        max_splits=max_splits,
        pay=pay,
        at=at,
        search_steps=search_steps,
    )


def get_standing(
    *,
    market: str,
    side: SideName,
    amount: Amount,
    profile: str | None = None,
    max_splits: int | None = None,
    pay: str | None = None,
    at: datetime | None = None,
    search_steps: int | None = None,
) -> Ask[PriceStanding]:
    """How good that price is, against the middle and against what is usual."""
    return asked(
        "/api/v1/standing",
        PriceStanding,
        market=market,
        side=side,
        amount=amount,
        profile=profile,
        max_splits=max_splits,
        pay=pay,
        at=at,
        search_steps=search_steps,
    )


def get_score(
    *,
    market: str,
    side: SideName,
    amount: Amount,
    profile: str | None = None,
    max_splits: int | None = None,
    pay: str | None = None,
    at: datetime | None = None,
    search_steps: int | None = None,
) -> Ask[Score]:
    """How good a deal is."""
    return asked(
        "/api/v1/scores",
        Score,
        market=market,
        side=side,
        amount=amount,
        profile=profile,
        max_splits=max_splits,
        pay=pay,
        at=at,
        search_steps=search_steps,
    )


def get_depth(*, market: str, side: SideName, at: datetime | None = None, levels: int | None = None) -> Ask[Depth]:
    """A book by price, best first."""
    return asked("/api/v1/depth", Depth, market=market, side=side, at=at, levels=levels)


def list_offers(
    *,
    market: str,
    side: SideName,
    at: datetime | None = None,
    profile: str | None = None,
    pay: str | None = None,
    amount: Amount | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Ask[BookOffers]:
    """The offers of a book, best price first; `client.each` follows the pages."""
    return asked(
        "/api/v1/offers",
        BookOffers,
        market=market,
        side=side,
        at=at,
        profile=profile,
        pay=pay,
        amount=amount,
        limit=limit,
        cursor=cursor,
    )


def get_combo(
    *,
    from_: str,
    to: str,
    amount: Amount,
    profile: str | None = None,
    max_splits: int | None = None,
    pay: str | None = None,
    at: datetime | None = None,
) -> Ask[Combo]:
    """One fiat into another, over every route."""
    return asked(
        "/api/v1/combos",
        Combo,
        from_=from_,
        to=to,
        amount=amount,
        profile=profile,
        max_splits=max_splits,
        pay=pay,
        at=at,
    )


def get_combo_history(
    *,
    from_: str,
    to: str,
    amount: Amount,
    profile: str | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
) -> Ask[ComboHistory]:
    """What changing one fiat into another was worth, day by day."""
    return asked(
        "/api/v1/combos/history",
        ComboHistory,
        from_=from_,
        to=to,
        amount=amount,
        profile=profile,
        from_day=from_day,
        to_day=to_day,
    )
