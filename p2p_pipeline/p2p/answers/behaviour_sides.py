"""What is told of each side of a market besides lifetimes: who is behind it, price changes, coming and going."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pyarrow import compute

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.by_hour import HourTraffic, traffic_by_hour
from p2p_pipeline.p2p.metrics.behaviour.lives import join_lives
from p2p_pipeline.p2p.metrics.behaviour.owners import Concentration, OwnerShare, side_owners
from p2p_pipeline.p2p.metrics.behaviour.price_steps import PriceSteps, price_steps
from p2p_pipeline.p2p.offers.schema import OFFERS
from p2p_pipeline.p2p.steps.behaviour import BehaviourWindow

MOST_NAMED = 10
"""Advertisers of a side that are named."""


@dataclass(frozen=True, slots=True)
class NamedOwner:
    """An advertiser with the name it last had."""

    owner: OwnerShare
    name: str | None


@dataclass(frozen=True, slots=True)
class SideTold:
    """One side of a market."""

    side: Side
    concentration: Concentration
    biggest: tuple[NamedOwner, ...]
    merchant_share: float | None
    """Of the offers seen on the last day, those whose advertiser the venue calls a merchant; None where it doesn't."""
    price_steps: PriceSteps | None
    by_hour: tuple[HourTraffic, ...]
    """Empty where no look showed the whole side."""

    def to_json(self) -> dict[str, Any]:
        """As `p2p behaviour --json` prints it."""
        return {
            "side": self.side,
            "concentration": asdict(self.concentration),
            "biggest": [{**asdict(one.owner), "name": one.name} for one in self.biggest],
            "merchant_share": self.merchant_share,
            "price_steps": self.price_steps and asdict(self.price_steps),
            "by_hour": [asdict(one) for one in self.by_hour],
        }


def side_told(
    window: BehaviourWindow,
    side: Side,
    rest_seconds: float,
    confidence: float,
    timezone: str,
    names: Mapping[str, Sequence[str]],
) -> SideTold | None:
    """A side of a window; None where it had no offers. `names` are those each advertiser had, the newest last."""
    stays = window.stays(side)
    owners = side_owners(stays, confidence)
    if owners is None:
        return None
    lives = join_lives(stays, window.looks(side), rest_seconds)
    named = (NamedOwner(one, next(reversed(names.get(one.advertiser_id or "", ())), None)) for one in owners.owners)
    return SideTold(
        side,
        owners.concentration,
        tuple(one for _, one in zip(range(MOST_NAMED), named, strict=False)),
        _merchant_share(window, side),
        price_steps(stays, side),
        () if lives is None else traffic_by_hour(lives, timezone),
    )


def _merchant_share(window: BehaviourWindow, side: Side) -> float | None:
    rows = window.lake.read(OFFERS, window.as_of, window.market_key, ["side", "is_merchant"])
    rows = rows.filter(compute.equal(rows["side"], str(side)))
    share = compute.mean(rows["is_merchant"]).as_py()
    return None if share is None else float(share)
