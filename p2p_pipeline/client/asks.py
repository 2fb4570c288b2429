"""What can be asked, a function each, named as the operations of the service's document; a test holds them together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from pydantic import BaseModel

from p2p_pipeline.web.api.shapes.behaviour import Behaviour
from p2p_pipeline.web.api.shapes.combos import Combo
from p2p_pipeline.web.api.shapes.depth import Depth
from p2p_pipeline.web.api.shapes.health import Live, Ready
from p2p_pipeline.web.api.shapes.history import History
from p2p_pipeline.web.api.shapes.markets import Board, WatchedMarkets
from p2p_pipeline.web.api.shapes.quality import Quarantine, Slots
from p2p_pipeline.web.api.shapes.questions import QuestionAnswer, ReadyQuestions
from p2p_pipeline.web.api.shapes.quotes import PricedQuote
from p2p_pipeline.web.api.shapes.scores import Score
from p2p_pipeline.web.api.shapes.units import SideName
from p2p_pipeline.web.api.shapes.windows import Windows

Answer = TypeVar("Answer", bound=BaseModel)
Amount = Decimal | int | str
Value = str | int | float | Decimal | date | datetime | None
"""None leaves the parameter to the service."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[Answer]):
    """One question: where it is asked, with what, and what its answer holds."""

    path: str
    shape: type[Answer]
    parameters: dict[str, str]


def _ask(path: str, shape: type[Answer], **values: Value) -> Ask[Answer]:
    """Names that Python keeps for itself end in `_`."""
    given = {name.rstrip("_"): _text(name, value) for name, value in values.items() if value is not None}
    return Ask(path, shape, given)


def _text(name: str, value: Value) -> str:
    if isinstance(value, float):
        return repr(value)
    if not isinstance(value, datetime):
        return str(value)
    if value.tzinfo is None:
        raise ValueError(f"{name} was {value}, a time of no zone; give it one, such as tzinfo=UTC")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def list_markets() -> Ask[WatchedMarkets]:
    """The watched markets, and the names of the profiles."""
    return _ask("/api/v1/markets", WatchedMarkets)


def get_board() -> Ask[Board]:
    """Every watched market side at its usual amount."""
    return _ask("/api/v1/board", Board)


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
    return _ask(
        "/api/v1/quotes", PricedQuote, market=market, side=side, amount=amount, profile=profile, max_splits=max_splits,
        pay=pay, at=at, search_steps=search_steps,
    )  # fmt: skip


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
    return _ask(
        "/api/v1/scores", Score, market=market, side=side, amount=amount, profile=profile, max_splits=max_splits,
        pay=pay, at=at, search_steps=search_steps,
    )  # fmt: skip


def get_depth(*, market: str, side: SideName, at: datetime | None = None, levels: int | None = None) -> Ask[Depth]:
    """A book by price, best first."""
    return _ask("/api/v1/depth", Depth, market=market, side=side, at=at, levels=levels)


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
    return _ask(
        "/api/v1/combos", Combo, from_=from_, to=to, amount=amount, profile=profile, max_splits=max_splits, pay=pay,
        at=at,
    )  # fmt: skip


def get_history(
    *,
    market: str,
    side: SideName,
    measure: str | None = None,
    profile: str | None = None,
    amount: Amount | None = None,
    from_: date | None = None,
    to: date | None = None,
    tz: str | None = None,
    period: str | None = None,
) -> Ask[History]:
    """A price over time; a gap is an absent point."""
    return _ask(
        "/api/v1/history", History, market=market, side=side, measure=measure, profile=profile, amount=amount,
        from_=from_, to=to, tz=tz, period=period,
    )  # fmt: skip


def get_windows(
    *,
    market: str,
    side: SideName,
    measure: str | None = None,
    profile: str | None = None,
    amount: Amount | None = None,
    from_: date | None = None,
    to: date | None = None,
    tz: str | None = None,
    between: str | None = None,
) -> Ask[Windows]:
    """When it is usually better, or that no hour is."""
    return _ask(
        "/api/v1/windows", Windows, market=market, side=side, measure=measure, profile=profile, amount=amount,
        from_=from_, to=to, tz=tz, between=between,
    )  # fmt: skip


def get_behaviour(
    *,
    market: str,
    side: SideName | None = None,
    days: int | None = None,
    to: date | None = None,
    rest_hours: float | None = None,
) -> Ask[Behaviour]:
    """How the offers of a market live and end."""
    return _ask("/api/v1/behaviour", Behaviour, market=market, side=side, days=days, to=to, rest_hours=rest_hours)


def get_slots() -> Ask[Slots]:
    """Which slots of the last day were collected."""
    return _ask("/api/v1/quality/slots", Slots)


def get_quarantine(*, days: int | None = None, limit: int | None = None) -> Ask[Quarantine]:
    """Records that could not be trusted."""
    return _ask("/api/v1/quarantine", Quarantine, days=days, limit=limit)


def list_questions() -> Ask[ReadyQuestions]:
    """The ready questions to the warehouse."""
    return _ask("/api/v1/questions", ReadyQuestions)


def ask_question(*, name: str, limit: int | None = None, **parameters: Value) -> Ask[QuestionAnswer]:
    """The answer to one of them; its parameters as `list_questions` tells."""
    return _ask(f"/api/v1/questions/{name}", QuestionAnswer, limit=limit, **parameters)


def live() -> Ask[Live]:
    """Whether the service answers at all."""
    return _ask("/health/live", Live)


def ready() -> Ask[Ready]:
    """Whether its data is of now, with a reason for each market side that isn't."""
    return _ask("/health/ready", Ready)
