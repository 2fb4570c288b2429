"""A combo of two books: spend a fiat on an asset, sell the asset for another fiat, and account for every unit.

    amount    = spent + left over (source fiat)
    bought    = fee + sold + left over (asset)
    rate      = received / spent: target fiat for one unit of source fiat; what is left over counts as nothing

Here: the two legs and the mid prices. Not here: which books (routes.py, day_tables.py, answers/combo.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.metrics.combos.placing import Placed, Taker
from p2p_pipeline.p2p.metrics.pricing.execution import PRICE_DIGITS, Split
from p2p_pipeline.p2p.metrics.pricing.refusal import Reason

WHOLE_SHARE = 0.99
"""A leg that places at least this share of its amount is executable; the rest is told as left over."""

_ROUNDED = Context(prec=PRICE_DIGITS)
_ZERO = Decimal(0)


class Step(StrEnum):
    """The steps of a combo, in their order."""

    BUY = "buy"
    TRANSFER = "transfer"
    SELL = "sell"


class ComboReason(StrEnum):
    """What keeps a combo from being made, beside the reasons of one book."""

    FEE_TAKES_ALL = "fee_takes_all"
    NO_SNAPSHOT = "no_snapshot"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The step at which an amount does not go through, and why."""

    step: Step
    why: Reason | ComboReason
    explanation: str
    """One sentence."""

    @property
    def code(self) -> str:
        """Step and reason in a word, as the table `combos` and `--json` say it: `buy:below_every_minimum`."""
        return f"{self.step}:{self.why}"


@dataclass(frozen=True, slots=True)
class Mid:
    """The mid price of a market for one size: the mean of what buying and selling that size really costs."""

    price: Decimal | None
    """Fiat for one asset; None when the other side can't take the size."""
    reason: str | None = None
    """Why there is none."""


@dataclass(frozen=True, slots=True)
class Combo:
    """What an amount of source fiat becomes. Numbers that a refused leg leaves unknown are None."""

    amount: Decimal
    buy: Placed
    """Of the source fiat."""
    sell: Placed | None
    """Of the asset that arrives: what was bought, less the fee."""
    fee_asset: Decimal
    refusal: Refusal | None
    """None where both legs place at least WHOLE_SHARE of what they are given."""
    buy_mid: Mid
    sell_mid: Mid

    @property
    def is_executable(self) -> bool:
        """Whether both legs place at least WHOLE_SHARE of what they are given."""
        return self.refusal is None

    @property
    def would_more_steps_help(self) -> bool:
        """Whether a longer search could place more of a leg, or place it better."""
        return self.buy.would_more_steps_help or (self.sell is not None and self.sell.would_more_steps_help)

    @property
    def spent_source(self) -> Decimal:
        """The source fiat that is paid."""
        return self.amount - self.buy.left_over

    @property
    def left_over_source(self) -> Decimal:
        """The source fiat that is not spent."""
        return self.buy.left_over

    @property
    def bought_asset(self) -> Decimal:
        """What the first leg gives."""
        return self.buy.split.asset if self.buy.split else _ZERO

    @property
    def sold_asset(self) -> Decimal:
        """What the second leg takes."""
        return self.sell.split.asset if self.sell and self.sell.split else _ZERO

    @property
    def left_over_asset(self) -> Decimal:
        """The asset still held at the end; all that was bought when there is no second leg."""
        return self.bought_asset - self.sold_asset - (self.fee_asset if self.sell else _ZERO)

    @property
    def target_received(self) -> Decimal | None:
        """The target fiat that is received; None when nothing can be sold."""
        return self.sell.split.fiat if self.sell and self.sell.split else None

    @property
    def effective_rate(self) -> Decimal | None:
        """Target fiat for one unit of source fiat spent. The asset left over counts as nothing, and so lowers it."""
        received = self.target_received
        return None if received is None else _ROUNDED.divide(received, self.spent_source)

    @property
    def mid_rate(self) -> Decimal | None:
        """The rate between the two mid prices; None without both."""
        if self.buy_mid.price is None or self.sell_mid.price is None:
            return None
        return _ROUNDED.divide(self.sell_mid.price, self.buy_mid.price)

    @property
    def loss_against_mid(self) -> float | None:
        """The share lost against the mid rate: half of each market's spread, fee and dust; negative where crossed."""
        rate, mid = self.effective_rate, self.mid_rate
        return None if rate is None or mid is None else 1.0 - float(rate / mid)


def price_combo(
    buy: Taker,
    sell: Taker,
    amount: Decimal,
    *,
    fee_asset: Decimal = _ZERO,
    sell_back: Taker | None = None,
    buy_back: Taker | None = None,
) -> Combo:
    """Spend an amount of source fiat above 0 on the asset, and sell what arrives for the target fiat.

    `buy` is the BUY book of the market of the source fiat, `sell` the SELL book of the one of the target fiat, each
    as `functools.partial(place_up_to, book)`. `fee_asset` is what moving the asset between them costs. `sell_back`
    (the source market's SELL book) and `buy_back` (the target market's BUY book) give the mid prices: the same size
    is priced in the other direction.
    """
    if amount <= 0:
        raise InvalidInput("amount was {amount}; it must be above 0", amount=amount)
    if fee_asset < 0:
        raise InvalidInput("fee_asset was {fee_asset}; it must not be below 0", fee_asset=fee_asset)
    bought = buy(amount)
    arrived = (bought.split.asset if bought.split else _ZERO) - fee_asset
    sold = sell(arrived) if bought.split and arrived > 0 else None
    return Combo(
        amount=amount,
        buy=bought,
        sell=sold,
        fee_asset=fee_asset,
        refusal=_refusal(bought, sold, arrived, fee_asset),
        buy_mid=mid_of(bought.split, sell_back, is_bought=True),
        sell_mid=mid_of(sold.split if sold else None, buy_back, is_bought=False),
    )


def mid_of(split: Split | None, other_side: Taker | None, *, is_bought: bool) -> Mid:
    """The mid price of the market where `split` was traded: its price and the same size's on the other side.

    The same size: the asset that was bought is sold back, or the fiat that was received is spent again.
    """
    if split is None:
        return Mid(None, "not_traded")
    if other_side is None:
        return Mid(None, "other_side:no_snapshot")
    back = other_side(split.asset if is_bought else split.fiat)
    if back.split is None or back.share < WHOLE_SHARE:
        return Mid(None, f"other_side:{back.reason}")
    return Mid(_ROUNDED.divide(split.price + back.split.price, Decimal(2)))


def _refusal(bought: Placed, sold: Placed | None, arrived: Decimal, fee: Decimal) -> Refusal | None:
    if bought.split is None or bought.share < WHOLE_SHARE:
        return _of_leg(Step.BUY, bought)
    if sold is None:
        told = Told("The fee of {fee} takes all of the {arrived} that were bought.", fee=fee, arrived=arrived + fee)
        return Refusal(Step.TRANSFER, ComboReason.FEE_TAKES_ALL, told)
    if sold.split is None or sold.share < WHOLE_SHARE:
        return _of_leg(Step.SELL, sold)
    return None


def _of_leg(step: Step, placed: Placed) -> Refusal:
    if placed.reason is None:
        # Rounded down to what the book counts in, and little more than that was asked for.
        told = Told(
            "{asked} is finer than this market counts in: {left_over} would be left over.",
            asked=placed.asked,
            left_over=placed.left_over,
        )
        return Refusal(step, Reason.FINER_THAN_TICK, told)
    return Refusal(step, placed.reason, placed.explanation or "")
