"""Reasons as sentences in the reader's language: answers tell kinds, and here each kind has its words."""

from __future__ import annotations

from collections.abc import Mapping

from p2p_pipeline.p2p.answers.passed_over import Obstacle
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.pricing.execution import Quote
from p2p_pipeline.p2p.metrics.pricing.refusal import Reason
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words


def obstacle_texts(words: Words) -> Mapping[Obstacle, str]:
    """What keeps an amount from an offer; a limit follows after those of limits."""
    return {
        Obstacle.PROFILE: words.text("the profile or the payment method doesn't fit"),
        Obstacle.EMPTY: words.text("has less left than its own minimum"),
        Obstacle.MINIMUM: words.text("takes at least"),
        Obstacle.MAXIMUM: words.text("takes at most"),
    }


def part_titles(words: Words) -> Mapping[str, str]:
    """The parts of a score."""
    return {
        "price": words.text("price against the last week"),
        "liquidity": words.text("room to spare"),
        "stability": words.text("whether it stays"),
        "advertiser": words.text("how often the merchant is there"),
        "reputation": words.text("completed orders"),
        "teaser": words.text("no sign of bait"),
        "freshness": words.text("how fresh the view is"),
    }


def refusal_text(quote: Quote, market_side: MarketSide, words: Words, figures: Figures) -> str:
    """Why an amount can't be placed; empty when it can."""
    if quote.reason is None:
        return ""
    market = market_side.market
    amount = figures.given(quote.amount, market.fiat if market_side.side is Side.BUY else market.asset)
    count = quote.max_splits
    return {
        Reason.NO_OFFERS: words.text("There are no offers on this side."),
        Reason.NONE_ADMITTED_BY_PROFILE: words.text("The profile admits none of the offers; take a wider one."),
        Reason.NO_OFFER_CAN_FILL_ITS_MINIMUM: words.text("No admitted offer has enough left to fill its own minimum."),
        Reason.FINER_THAN_TICK: words.text(
            "{amount} has more decimal places than this market counts in.", amount=amount
        ),
        Reason.BEYOND_COUNTING: words.text("{amount} is more than this book can count.", amount=amount),
        Reason.BELOW_EVERY_MINIMUM: words.text("{amount} is below every offer's minimum.", amount=amount),
        Reason.ABOVE_TOTAL_CAPACITY: words.many(
            "{amount} is above what any one offer can fill.",
            "{amount} is above what any {count} offers can fill together.",
            count,
            amount=amount,
        ),
        Reason.GAP_BETWEEN_LIMITS: words.many(
            "No single offer's limits hold {amount}.",
            "No {count} or fewer offers have limits that add up to {amount}.",
            count,
            amount=amount,
        ),
        Reason.UNDECIDED_IN_TIME: words.text(
            "The search had to end before it was known whether {amount} can be placed; allow fewer or more offers.",
            amount=amount,
        ),
    }[quote.reason]
