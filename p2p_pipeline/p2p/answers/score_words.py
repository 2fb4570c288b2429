"""A scored answer in words: the money first, then how far its chance can be trusted, then what became of others."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from p2p_pipeline.kernel.texts import number_text, span_text
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.money import Money
from p2p_pipeline.p2p.metrics.deals.similar import CHANCES
from p2p_pipeline.p2p.metrics.deals.terms import USUAL

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.score import ScoredAnswer

PART_TITLES = {
    "price": "price against its past",
    "liquidity": "room to spare",
    "stability": "stability",
    "advertiser": "advertiser's presence",
    "reputation": "reputation",
    "teaser": "no sign of bait",
    "freshness": "freshness",
}
_HELD = {"legs": "were still there", "amount": "could still be placed at no worse than 0.2 % from their price"}
_FAR = 3.0
"""A look that came this many times later (or sooner) than orders are placed is said to be another thing."""


def price_text(price: float) -> str:
    """A price for people: six digits that count."""
    return number_text(Decimal(f"{price:.6g}"))


def fiat_text(amount: float, fiat: str) -> str:
    """An amount of fiat for people."""
    return f"{number_text(Decimal(f'{amount:.2f}'))} {fiat}"


def money_lines(found: ScoredAnswer) -> list[tuple[str, str]]:
    """What the quote is worth, a label and a sentence each; empty without a score."""
    if found.score is None:
        return []
    money, market = found.score.money, found.answer.view.market_side.market
    terms, asset = money.terms, f"{number_text(Decimal(f'{money.asset:.6g}'))} {market.asset}"
    expected, shown = (fiat_text(money.asset * each, market.fiat) for each in (money.expected_price, money.price))
    verb = "to pay" if terms.side is Side.BUY else "to get"
    lines = [
        (f"expect {verb}", f"{expected} for {asset}, {price_text(money.expected_price)} each; the quote says {shown}"),
        (f"best now {price_text(terms.best_price)}", _against(money, terms.best_price, market.fiat)),
    ]
    if terms.fair_price is None:
        lines.append(("fair price", "not known: no past of this size, no other side"))
    else:
        label = f"fair price {price_text(terms.fair_price)}"
        lines.append((label, f"{_against(money, terms.fair_price, market.fiat)} ({_source(money)})"))
    return [*lines, (f"chance {money.chance:.0%}", _chance(found)), ("if it fails", _otherwise(money))]


def chance_sentences(found: ScoredAnswer) -> list[str]:
    """How right the chance was, on days that it had not seen; empty where it was never judged."""
    rows = found.chance_rows
    if not rows:
        return []
    first, deals = rows[0], sum(row["deals"] for row in rows)
    kind = "split" if first["predictor"] == CHANCES[1] else "single"
    if not first["judged_days"]:
        told = (
            f"The general rule for {kind} deals, judged on {deals} of this market {after_text(first)}: Brier score "
            f"{first['brier']:.3f} (0 is perfect, 0.25 is guessing). No day has been judged by what was learned before."
        )
        return [told]
    usual = "" if first["brier_before"] is None else f", {first['brier_before']:.3f} for telling all the same share"
    days = "1 day" if first["judged_days"] == 1 else f"{first['judged_days']} days"
    told = (
        f"The chance of {kind} deals, judged on {deals} of {days} by what was known before each day, "
        f"{after_text(first)}: Brier score {first['brier']:.3f}{usual} (0 is perfect)."
    )
    return [told]


def calibration_sentences(found: ScoredAnswer) -> list[str]:
    """What became of quotes with such a score, a sentence for each outcome and horizon."""
    similar = found.similar
    if not found.calibration:
        return ["What scores have meant here is not known yet: there is no calibration of this market."]
    if not similar:
        return ["No quote with such a score has been followed in this market yet."]
    first = similar[0]
    if first["predictor"] == "bait":
        head = (
            f"The price looks like bait. Bait stays on show, which says nothing of whether an order is honoured: of "
            f"such quotes in this market ({first['days']} days)"
        )
    else:
        bounds = f"{first['bin_low']:.0f} to {first['bin_high']:.0f}"
        head = f"{_score_when_seen(found)}Of quotes with a score from {bounds} in this market ({first['days']} days)"
    told = [_sentence([row for row in similar if row["outcome"] == outcome]) for outcome in _HELD]
    return [f"{head}:", *(sentence for sentence in told if sentence)]


def after_text(row: dict[str, Any]) -> str:
    """When a row's deals were looked at again."""
    if row["horizon"] == "next":
        return f"at the next look, about {span_text(row['later_seconds'])} later"
    return "1 minute later" if row["horizon"] == "1" else f"{row['horizon']} minutes later"


def _against(money: Money, price: float, fiat: str) -> str:
    lost = money.lost_fiat(price) or 0.0
    word = "lost" if lost >= 0 else "gained"
    return f"{fiat_text(abs(lost), fiat)} {word}, {abs(lost) / (money.asset * price):.2%}"


def _source(money: Money) -> str:
    if money.terms.fair_source == USUAL:
        return "what this size cost in the middle of the day before"
    return "half way between the two sides: this size has no past to go by"


def _chance(found: ScoredAnswer) -> str:
    assert found.score is not None  # noqa: S101 - asked by the caller
    money = found.score.money
    minutes = money.terms.minutes_to_place
    learned = "by a general rule, no deal of this market was followed enough"
    if money.is_calibrated:
        learned = f"learned from {found.chance_days} days of deals that were followed"
        row = next(iter(found.chance_rows), None)
        if row is not None and abs(math.log(row["later_seconds"] / 60 / minutes)) > math.log(_FAR):
            learned += f" for {span_text(row['later_seconds'])}, scaled at an even rate"
    age = found.age.seconds
    when = f"in {minutes:g} min" if age < 60 else f"{minutes:g} min from now, {span_text(age)} after it was seen"
    return (
        f"{money.still_there:.0%} still there {when} ({learned}) x {money.honoured:.0%} meant "
        "(judged by reputation and signs of bait)"
    )


def _otherwise(money: Money) -> str:
    terms = money.terms
    waiting = f"{terms.waiting_share:.2%} for {terms.minutes_lost:g} minutes lost"
    if terms.next_price is None:
        return f"the book has no other deal for it: the fair price, if not better than this, and {waiting}"
    return f"{price_text(terms.next_price)} is the next best without these offers, and {waiting}"


def _score_when_seen(found: ScoredAnswer) -> str:
    """What must be said where the score shown and the one that the past is asked for are not the same."""
    score = found.score
    if score is None or abs(score.total - score.fresh_total) < 0.05:
        return ""
    return (
        f"When its book was taken this quote's score was {score.fresh_total:.1f}; age has made it {score.total:.1f}. "
        "What became of others is counted from when their books were taken, so the first number is compared. "
    )


def _sentence(rows: list[dict[str, Any]]) -> str:
    """What became of deals at each horizon, with 90 % intervals."""
    if not rows:
        return ""
    shares = "; ".join(
        f"{row['share_held']:.0%} of {row['deals']}, {after_text(row)} "
        f"({row['share_low']:.0%} to {row['share_high']:.0%})"
        for row in rows
    )
    return f"  {_HELD[rows[0]['outcome']]}: {shares}"
