"""A scored answer in words: the money first, then how far its chance can be trusted, then what became of others."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from p2p_pipeline.kernel.texts import number_text, span_text
from p2p_pipeline.kernel.told import Digits, Told, joined
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.money import Money
from p2p_pipeline.p2p.metrics.deals.similar import CHANCES
from p2p_pipeline.p2p.metrics.deals.terms import USUAL

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.score import ScoredAnswer

PART_TITLES = {
    "price": Told("price against its past"),
    "liquidity": Told("room to spare"),
    "stability": Told("stability"),
    "advertiser": Told("advertiser's presence"),
    "reputation": Told("reputation"),
    "teaser": Told("no sign of bait"),
    "freshness": Told("freshness"),
}
_HELD = {
    "legs": Told("  were still there: {shares}"),
    "amount": Told("  could still be placed at no worse than 0.2 % from their price: {shares}"),
}
_FAR = 3.0
"""A look that came this many times later (or sooner) than orders are placed is said to be another thing."""


def price_text(price: float) -> Digits:
    """A price for people: six digits that count."""
    return number_text(Decimal(f"{price:.6g}"))


def fiat_text(amount: float, fiat: str) -> Told:
    """An amount of fiat for people."""
    return Told("{amount} {fiat}", amount=number_text(Decimal(f"{amount:.2f}")), fiat=fiat)


def money_lines(found: ScoredAnswer) -> list[tuple[Told, Told]]:
    """What the quote is worth, a label and a sentence each; empty without a score."""
    if found.score is None:
        return []
    money, market = found.score.money, found.answer.view.market_side.market
    terms, asset = money.terms, Told("{amount} {asset}", amount=price_text(money.asset), asset=market.asset)
    expected, shown = (fiat_text(money.asset * each, market.fiat) for each in (money.expected_price, money.price))
    told = Told(
        "{expected} for {asset}, {price} each; the quote says {shown}",
        expected=expected,
        asset=asset,
        price=price_text(money.expected_price),
        shown=shown,
    )
    best = Told("best now {price}", price=price_text(terms.best_price))
    lines = [
        (Told("expect to pay") if terms.side is Side.BUY else Told("expect to get"), told),
        (best, _against(money, terms.best_price, market.fiat)),
    ]
    if terms.fair_price is None:
        lines.append((Told("fair price"), Told("not known: no past of this size, no other side")))
    else:
        against, source = _against(money, terms.fair_price, market.fiat), _source(money)
        label = Told("fair price {price}", price=price_text(terms.fair_price))
        lines.append((label, Told("{against} ({source})", against=against, source=source)))
    chance = Told("chance {chance:.0%}", chance=money.chance)
    return [*lines, (chance, _chance(found)), (Told("if it fails"), _otherwise(money))]


def chance_sentences(found: ScoredAnswer) -> list[Told]:
    """How right the chance was, on days that it had not seen; empty where it was never judged."""
    rows = found.chance_rows
    if not rows:
        return []
    first, deals = rows[0], sum(row["deals"] for row in rows)
    values = {
        "kind": Told("split") if first["predictor"] == CHANCES[1] else Told("single"),
        "deals": deals,
        "later": after_text(first),
        "brier": first["brier"],
    }
    if not first["judged_days"]:
        return [
            Told(
                "The general rule for {kind} deals, judged on {deals} deals of this market {later}: Brier score "
                "{brier:.3f} (0 is perfect, 0.25 is guessing). No day was judged by what came before it.",
                **values,
            )
        ]
    usual = Told("")
    if first["brier_before"] is not None:
        usual = Told(", {brier:.3f} for telling all the same share", brier=first["brier_before"])
    return [
        Told(
            "The chance of {kind} deals, judged on {deals} deals of {days} by what was known before each day, {later}: "
            "Brier score {brier:.3f}{usual} (0 is perfect).",
            days=Told("{count} day", "{count} days", count=first["judged_days"]),
            usual=usual,
            **values,
        )
    ]


def calibration_sentences(found: ScoredAnswer) -> list[Told]:
    """What became of quotes with such a score, a sentence for each outcome and horizon."""
    similar = found.similar
    if not found.calibration:
        return [Told("What scores have meant here is not known yet: there is no calibration of this market.")]
    if not similar:
        return [Told("No quote with such a score has been followed in this market yet.")]
    first = similar[0]
    if first["predictor"] == "bait":
        head = Told(
            "The price looks like bait. Bait stays on show, which says nothing of whether an order is honoured: of "
            "such quotes in this market ({days} days):",
            days=first["days"],
        )
    else:
        head = Told(
            "{seen}Of quotes with a score from {low:.0f} to {high:.0f} in this market ({days} days):",
            seen=_score_when_seen(found),
            low=first["bin_low"],
            high=first["bin_high"],
            days=first["days"],
        )
    told = [_sentence([row for row in similar if row["outcome"] == outcome]) for outcome in _HELD]
    return [head, *(sentence for sentence in told if sentence)]


def after_text(row: dict[str, Any]) -> Told:
    """When a row's deals were looked at again."""
    if row["horizon"] == "next":
        return Told("at the next look, about {span} later", span=span_text(row["later_seconds"]))
    return Told("{count} minute later", "{count} minutes later", count=int(row["horizon"]))


def _against(money: Money, price: float, fiat: str) -> Told:
    lost = money.lost_fiat(price) or 0.0
    share, amount = abs(lost) / (money.asset * price), fiat_text(abs(lost), fiat)
    template = Told("{amount} lost, {share:.2%}") if lost >= 0 else Told("{amount} gained, {share:.2%}")
    return Told(template, amount=amount, share=share)


def _source(money: Money) -> Told:
    if money.terms.fair_source == USUAL:
        return Told("what this size cost in the middle of the day before")
    return Told("half way between the two sides: this size has no past to go by")


def _chance(found: ScoredAnswer) -> Told:
    assert found.score is not None  # noqa: S101 - asked by the caller
    money = found.score.money
    minutes, age = money.terms.minutes_to_place, found.age.seconds
    when = Told("in {minutes:g} min", minutes=minutes)
    if age >= 60:
        when = Told("{minutes:g} min from now, {span} after it was seen", minutes=minutes, span=span_text(age))
    return Told(
        "{still_there:.0%} still there {when} ({learned}) x {honoured:.0%} meant (judged by reputation and signs of "
        "bait)",
        still_there=money.still_there,
        when=when,
        learned=_learned(found, money, minutes),
        honoured=money.honoured,
    )


def _learned(found: ScoredAnswer, money: Money, minutes: float) -> Told:
    if not money.is_calibrated:
        return Told("by a general rule, no deal of this market was followed enough")
    days, row = found.chance_days, next(iter(found.chance_rows), None)
    if row is not None and abs(math.log(row["later_seconds"] / 60 / minutes)) > math.log(_FAR):
        return Told(
            "learned from {days} days of deals that were followed for {span}, scaled at an even rate",
            days=days,
            span=span_text(row["later_seconds"]),
        )
    return Told("learned from {days} days of deals that were followed", days=days)


def _otherwise(money: Money) -> Told:
    terms = money.terms
    waiting = Told("{share:.2%} for {minutes:g} minutes lost", share=terms.waiting_share, minutes=terms.minutes_lost)
    if terms.next_price is None:
        return Told(
            "the book has no other deal for it: the fair price, if not better than this, and {waiting}", waiting=waiting
        )
    return Told(
        "{price} is the next best without these offers, and {waiting}",
        price=price_text(terms.next_price),
        waiting=waiting,
    )


def _score_when_seen(found: ScoredAnswer) -> Told:
    """What must be said where the score shown and the one that the past is asked for are not the same."""
    score = found.score
    if score is None or abs(score.total - score.fresh_total) < 0.05:
        return Told("")
    return Told(
        "When its book was taken this quote's score was {fresh:.1f}; age has made it {total:.1f}. What became of "
        "others is counted from when their books were taken, so the first number is compared. ",
        fresh=score.fresh_total,
        total=score.total,
    )


def _sentence(rows: list[dict[str, Any]]) -> Told:
    """What became of deals at each horizon, with 90 % intervals."""
    if not rows:
        return Told("")
    shares = [
        Told(
            "{held:.0%} of {deals}, {later} ({low:.0%} to {high:.0%})",
            held=row["share_held"],
            deals=row["deals"],
            later=after_text(row),
            low=row["share_low"],
            high=row["share_high"],
        )
        for row in rows
    ]
    return Told(_HELD[rows[0]["outcome"]], shares=joined("; ", shares))
