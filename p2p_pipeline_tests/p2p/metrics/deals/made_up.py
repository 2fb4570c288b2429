"""Deals, their inputs and their surroundings, made up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Offer, Side
from p2p_pipeline.p2p.metrics.deals.chance import PRIOR, ChanceModel
from p2p_pipeline.p2p.metrics.deals.inputs import Deal, DealInputs, LegInputs
from p2p_pipeline.p2p.metrics.deals.money import Terms
from p2p_pipeline.p2p.metrics.deals.score import Score, score_of
from p2p_pipeline.p2p.metrics.pricing.execution import Leg

GOOD_LEG = LegInputs(
    offer_id="1",
    share=1.0,
    headroom=3.0,
    limits_ratio=50.0,
    lead=0.0,
    held_minutes=240.0,
    breaks_per_hour=0.05,
    presence=0.95,
    completion_rate=0.99,
    orders_30d=500,
    idle_top_hours=0.0,
)
GOOD = DealInputs(
    legs=(GOOD_LEG,),
    price_rank=0.9,
    near_cover=20.0,
    best_changes_per_hour=0.1,
    crossing=-0.005,
    age_seconds=5.0,
    is_complete=True,
)


TERMS = Terms(Side.BUY, 10.0, 10.05, 10.1, "usual", 0.0005, 5.0, 15.0)


def deal_of(inputs: DealInputs, price: str = "10", side: Side = Side.BUY) -> Deal:
    """A deal of 1000 whose legs have the inputs' shares."""
    amount, each = Decimal(1000), Decimal(price)
    legs = tuple(Leg(leg.offer_id, each, amount, amount) for leg in inputs.legs)
    return Deal(side, amount, each, legs)


def scored(inputs: DealInputs, terms: Terms = TERMS, price: str = "10", model: ChanceModel = PRIOR) -> Score:
    """The score of such a deal."""
    return score_of(deal_of(inputs, price, terms.side), inputs, terms, model)


def with_leg(inputs: DealInputs, place: int, **changes: Any) -> DealInputs:
    """The inputs with one leg changed."""
    legs = list(inputs.legs)
    legs[place] = replace(legs[place], **changes)
    return replace(inputs, legs=tuple(legs))


def _numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


LEG_FIELDS: dict[str, tuple[st.SearchStrategy[Any], bool]] = {
    "headroom": (_numbers(0, 100), True),
    "limits_ratio": (_numbers(1, 1e4) | st.just(float("inf")), True),
    "lead": (_numbers(-0.5, 0.9), False),
    "held_minutes": (_numbers(0, 1e5), True),
    "breaks_per_hour": (_numbers(0, 200), False),
    "presence": (_numbers(0, 1), True),
    "completion_rate": (_numbers(0, 1), True),
    "orders_30d": (st.integers(0, 100_000), True),
    "idle_top_hours": (_numbers(0, 1e4), False),
}
"""What a leg is graded by: what it can be, and whether more is better."""
DEAL_FIELDS: dict[str, tuple[st.SearchStrategy[Any], bool]] = {
    "price_rank": (_numbers(0, 1), True),
    "near_cover": (_numbers(0, 1e4), True),
    "best_changes_per_hour": (_numbers(0, 200), False),
    "crossing": (_numbers(-0.5, 0.9), False),
    "age_seconds": (_numbers(0, 1e6), False),
    "is_complete": (st.booleans(), True),
}
ALWAYS_KNOWN = {"headroom", "limits_ratio", "near_cover", "age_seconds", "is_complete"}


def _field(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values if name in ALWAYS_KNOWN else values | st.none()


@st.composite
def deal_inputs(draw: st.DrawFn) -> DealInputs:
    """Any inputs of one to three legs."""
    weights = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=3))
    legs = tuple(
        LegInputs(
            offer_id=str(place),
            share=weight / sum(weights),
            **{name: draw(_field(name, values)) for name, (values, _) in LEG_FIELDS.items()},
        )
        for place, weight in enumerate(weights)
    )
    return DealInputs(legs=legs, **{name: draw(_field(name, values)) for name, (values, _) in DEAL_FIELDS.items()})


def offer(
    offer_id: str, price: str, minimum: str = "100", maximum: str = "5000", *, side: Side = Side.BUY, **changes: Any
) -> Offer:
    """An offer of USDT for BOB whose maximum is what its quantity allows."""
    made = Offer(
        offer_id=offer_id,
        advertiser_id=f"advertiser {offer_id}",
        advertiser_name=None,
        asset="USDT",
        fiat="BOB",
        side=side,
        price=Decimal(price),
        min_fiat=Decimal(minimum),
        max_fiat=Decimal(maximum),
        stated_max_fiat=Decimal(maximum),
        available_asset=Decimal(maximum) / Decimal(price),
        payments=(),
        completion_rate=0.98,
        orders_30d=200,
        is_merchant=False,
        is_floating_price=None,
        is_promoted=False,
        payment_minutes=15,
        fiat_scale=2,
        asset_scale=2,
    )
    return replace(made, **changes)
