"""How the price of an answer stands, for page and API: the series of what is usual is read once for each lake."""

from __future__ import annotations

from decimal import Decimal

from starlette.concurrency import run_in_threadpool

from p2p_pipeline.p2p.answers.priced import PricedAnswer, PriceQuestion, priced
from p2p_pipeline.p2p.answers.standing import PriceStanding, price_standing, usual_series
from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.edges import Edges


def standing_now(edges: Edges, asked: PriceQuestion) -> PriceStanding:
    """How the answer to a question stands. Raises NoSnapshot, SettingsError."""
    told = priced(edges.desk, edges.settings, asked, edges.now())
    return price_standing(edges.desk, told, _usual(edges, told), edges.settings.timezone)


async def standing_of(edges: Edges, told: PricedAnswer) -> PriceStanding:
    """How the best split of an answer stands. Raises Busy, TooSlow."""
    market_side, profile = told.found.view.market_side, told.found.profile.name
    question = ("usual", market_side, profile, _like_size(told), told.asked_at.date())
    version = await run_in_threadpool(lake_version, edges)
    usual = await edges.workers.ask_once(question, version, lambda: _usual(edges, told))
    zone = edges.settings.timezone
    return await edges.workers.ask(("standing", id(told)), lambda: price_standing(edges.desk, told, usual, zone))


def _usual(edges: Edges, told: PricedAnswer) -> Series | None:
    size, market_side = _like_size(told), told.found.view.market_side
    if size is None:
        return None
    profile, zone = told.found.profile.name, edges.settings.timezone
    return usual_series(edges.lake, market_side, profile, size, zone, told.asked_at)


def _like_size(told: PricedAnswer) -> Decimal | None:
    """Two digits of the fiat: each book changes it by a trifle, and the sizes that are stored are few."""
    split = told.found.quote.best_split
    return None if split is None else Decimal(f"{split.fiat:.1e}")
