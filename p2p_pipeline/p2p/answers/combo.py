"""What one fiat becomes in another now, over every configured route: from the raw store, like `p2p now`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.answers.now import AnswerDesk, BookView, NoSnapshot
from p2p_pipeline.p2p.answers.sellers import Sellers, split_json
from p2p_pipeline.p2p.markets import Market, MarketSide, Profile, Side
from p2p_pipeline.p2p.metrics.combos.combo import Combo, ComboReason, Refusal, Step, price_combo
from p2p_pipeline.p2p.metrics.combos.placing import Placed, Taker, place_up_to
from p2p_pipeline.p2p.metrics.combos.routes import LEGS_WITHIN, Route, routes_between, why_no_route
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS

if TYPE_CHECKING:
    from p2p_pipeline.p2p.settings import Settings


class NoRoute(ClearError):
    """No configured market leads from one fiat to the other; the message says what is configured."""


_STEPS = {Step.BUY: Told("buy"), Step.TRANSFER: Told("transfer"), Step.SELL: Told("sell")}
_OLD = Told("the newest book of {market_side} is {span} old")
_OF_FUTURE = Told("the newest book of {market_side} is {span} in the future")


@dataclass(frozen=True, slots=True)
class Question:
    """What a person wants to change into what."""

    source: str
    target: str
    amount: Decimal
    """Of the source fiat."""
    profile: Profile
    max_splits: int
    """Of each leg."""
    asked_at: datetime
    """What ages are counted to: now, or the time asked about."""
    is_of_past: bool = False
    """Whether a time was asked about."""
    search_steps: int = MOST_STEPS
    """How far to search for each leg's split."""


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """One route priced, with how old its books are."""

    route: Route
    combo: Combo | None
    """None when a leg has no snapshot."""
    snapshot_times: tuple[datetime | None, datetime | None]
    """Of the book bought from and of the one sold into."""
    refusal: Refusal | None
    """Why the amount can't go this way."""
    warnings: tuple[str, ...]
    """Sentences about books that are old or far apart."""
    sellers: tuple[Sellers, Sellers] = field(default_factory=lambda: ({}, {}))
    """Of the two books, from whom each leg is."""
    ages: tuple[BookAge | None, BookAge | None] = (None, None)

    @property
    def is_executable(self) -> bool:
        """Whether the amount goes through both legs."""
        return self.combo is not None and self.combo.is_executable

    @property
    def rank(self) -> tuple[Any, ...]:
        """Sorts best first: what can be done, with books of now, at the highest rate; then what is nearest to that."""
        rate = self.combo.effective_rate if self.combo else None
        name = (self.route.asset, self.route.buy_market, self.route.sell_market)
        return (not self.is_executable, bool(self.warnings), rate is None, -(rate or Decimal(0)), name)

    @property
    def reason(self) -> str | None:
        """Why the amount can't go this way: the leg, and its reason in a word."""
        return None if self.refusal is None else self.refusal.code

    @property
    def explanation(self) -> str | None:
        """The same as a sentence."""
        return None if self.refusal is None else joined(": ", (_STEPS[self.refusal.step], self.refusal.explanation))


@dataclass(frozen=True, slots=True)
class ComboAnswer:
    """All routes, best first."""

    question: Question
    routes: tuple[RouteAnswer, ...]

    @property
    def best(self) -> RouteAnswer | None:
        """The best route that takes the amount."""
        return self.routes[0] if self.routes[0].is_executable else None

    @property
    def would_more_steps_help(self) -> bool:
        """Whether a longer search could say more of some leg: a better split, or more of the amount placed."""
        return any(route.combo.would_more_steps_help for route in self.routes if route.combo)

    def to_json(self) -> dict[str, Any]:
        """The answer as `p2p combo --json` prints it."""
        question, first = self.question, self.routes[0]
        return {
            "source": question.source,
            "target": question.target,
            "amount": question.amount,
            "profile": question.profile.name,
            "payment_methods": sorted(question.profile.payment_methods),
            "max_splits": question.max_splits,
            "asked_at": question.asked_at,
            "is_executable": self.best is not None,
            "reason": first.reason,
            "explanation": first.explanation,
            "would_more_steps_help": self.would_more_steps_help,
            "routes": [_route_json(route, question.asked_at) for route in self.routes],
        }


def answer_combo(desk: AnswerDesk, settings: Settings, question: Question, at: datetime | None = None) -> ComboAnswer:
    """Price every route with the newest books (at or before a time).

    Raises NoRoute when the configured markets give none, and NoSnapshot when no route has both its books.
    """
    markets, fees = [entry.market for entry in settings.markets], settings.analytics.transfer_fees_asset
    routes = routes_between(question.source, question.target, markets, fees)
    if not routes:
        raise NoRoute(why_no_route(question.source, question.target, markets, fees))
    books = _NewestBooks(desk, question, at)
    stale_after = settings.quality.stale_after_seconds
    answers = [_answer_route(route, books, question, stale_after) for route in routes]
    if all(answer.combo is None for answer in answers) and answers[0].refusal is not None:
        raise NoSnapshot(answers[0].refusal.explanation)
    return ComboAnswer(question, tuple(sorted(answers, key=lambda answer: answer.rank)))


class _NewestBooks:
    """Each side's newest book, read once however many routes use it."""

    def __init__(self, desk: AnswerDesk, question: Question, at: datetime | None) -> None:
        self._desk, self._question, self._at = desk, question, at
        self._found: dict[MarketSide, tuple[BookView, Taker] | NoSnapshot] = {}

    def view(self, market: Market, side: Side) -> tuple[BookView, Taker] | NoSnapshot:
        """The newest view and its book under the profile; or what `newest` says when there is none."""
        wanted = MarketSide(market, side)
        if wanted not in self._found:
            self._found[wanted] = self._read(wanted)
        return self._found[wanted]

    def taker(self, market: Market, side: Side) -> Taker | None:
        """The book ready to take amounts; None when there is none."""
        found = self.view(market, side)
        return None if isinstance(found, NoSnapshot) else found[1]

    def _read(self, wanted: MarketSide) -> tuple[BookView, Taker] | NoSnapshot:
        try:
            view = self._desk.newest(wanted, self._at)
        except NoSnapshot as missing:
            return missing
        price = partial(quote, max_splits=self._question.max_splits, most_steps=self._question.search_steps)
        return view, partial(place_up_to, view.book(self._question.profile), price_amount=price)


def _answer_route(route: Route, books: _NewestBooks, question: Question, stale_after: int) -> RouteAnswer:
    buy, sell = books.view(route.buy_market, Side.BUY), books.view(route.sell_market, Side.SELL)
    times = tuple(None if isinstance(leg, NoSnapshot) else leg[0].snapshot_at for leg in (buy, sell))
    if isinstance(buy, NoSnapshot) or isinstance(sell, NoSnapshot):
        step, missing = (Step.BUY, buy) if isinstance(buy, NoSnapshot) else (Step.SELL, sell)
        refusal = Refusal(step, ComboReason.NO_SNAPSHOT, str(missing))
        return RouteAnswer(route, None, (times[0], times[1]), refusal, ())
    combo = price_combo(
        buy[1],
        sell[1],
        question.amount,
        fee_asset=route.fee_asset,
        sell_back=books.taker(route.buy_market, Side.SELL),
        buy_back=books.taker(route.sell_market, Side.BUY),
    )
    views = (buy[0], sell[0])
    ages = [view.age(question.asked_at, stale_after, is_of_past=question.is_of_past) for view in views]
    return RouteAnswer(
        route,
        combo,
        (times[0], times[1]),
        combo.refusal,
        _warnings(views, ages),
        (buy[0].sellers, sell[0].sellers),
        (ages[0], ages[1]),
    )


def _warnings(views: Sequence[BookView], ages: Sequence[BookAge]) -> tuple[str, ...]:
    found = [
        Told(_OLD if age.seconds > 0 else _OF_FUTURE, market_side=view.market_side, span=span_text(abs(age.seconds)))
        for view, age in zip(views, ages, strict=True)
        if age.is_stale
    ]
    apart = abs(views[0].snapshot_at - views[1].snapshot_at)
    if apart > LEGS_WITHIN:
        found.append(
            Told(
                "the two books are {apart} apart: they never stood side by side", apart=span_text(apart.total_seconds())
            )
        )
    return tuple(found)


def _route_json(answer: RouteAnswer, asked_at: datetime) -> dict[str, Any]:
    route, combo = answer.route, answer.combo
    buy_at, sell_at = answer.snapshot_times
    return {
        "asset": route.asset,
        "buy_market_key": route.buy_market.key,
        "sell_market_key": route.sell_market.key,
        "needs_transfer": route.needs_transfer,
        "fee_asset": route.fee_asset,
        "effective_rate": combo.effective_rate if combo else None,
        "target_received": combo.target_received if combo else None,
        "spent_source": combo.spent_source if combo else None,
        "bought_asset": combo.bought_asset if combo else None,
        "sold_asset": combo.sold_asset if combo else None,
        "left_over_asset": combo.left_over_asset if combo else None,
        "left_over_source": combo.left_over_source if combo else None,
        "mid_rate": combo.mid_rate if combo else None,
        "loss_against_mid": combo.loss_against_mid if combo else None,
        "no_mid_because": _no_mid(combo) if combo else None,
        "legs": {
            "buy": _leg_json(combo.buy if combo else None, answer.sellers[0]),
            "sell": _leg_json(combo.sell if combo else None, answer.sellers[1]),
        },
        "is_executable": answer.is_executable,
        "reason": answer.reason,
        "explanation": answer.explanation,
        "snapshot_times": {"buy": buy_at, "sell": sell_at},
        "age_seconds": {
            name: None if seen_at is None else round((asked_at - seen_at).total_seconds(), 3)
            for name, seen_at in (("buy", buy_at), ("sell", sell_at))
        },
        "is_stale": {
            name: None if age is None else age.is_stale for name, age in zip(("buy", "sell"), answer.ages, strict=True)
        },
        "apart_seconds": abs((buy_at - sell_at).total_seconds()) if buy_at and sell_at else None,
        "warnings": answer.warnings,
    }


def _no_mid(combo: Combo) -> str | None:
    legs = (("buy", combo.buy_mid), ("sell", combo.sell_mid))
    return next((f"{name}:{mid.reason}" for name, mid in legs if mid.price is None), None)


def _leg_json(placed: Placed | None, sellers: Sellers) -> dict[str, Any] | None:
    if placed is None:
        return None
    return {
        "asked": placed.asked,
        "left_over": placed.left_over,
        "best_split": split_json(placed.split, sellers),
        "proven_gap": placed.proven_gap,
        "reason": None if placed.reason is None else placed.reason.value,
        "explanation": placed.explanation,
    }
