"""The life of one advertisement: when it appears, changes price, is drained, rests, and is gone.

A life is written down completely when it is first looked at, so that any moment of it can be asked for in any order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.simulator.model import MarketModel


class Role(StrEnum):
    """What an advertiser wants with an offer."""

    ACTIVE = "active"
    """Close to the best price, repriced every few minutes to hours."""
    PASSIVE = "passive"
    """Put up at a comfortable distance and mostly forgotten."""
    TEASER = "teaser"
    """The best price of all, for an amount hardly anybody has."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What stays the same for the whole life of an advertisement. Limits are in dollars until it is shown."""

    born_at: float
    role: Role
    is_floating: bool
    is_promoted: bool
    minimum_dollars: float
    maximum_dollars: float
    initial_dollars: float
    payment_minutes: int
    random_key: int
    """Seeds the choices that need the venue's lists: payment methods and remark."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The state between two events; `price` holds for a fixed one, `ratio` to the fair price for a floating one."""

    price: float
    ratio: float
    remaining: float
    """Share of the initial quantity; above 1 after a generous refill."""
    is_online: bool


@dataclass(frozen=True, slots=True)
class Life:
    """An advertisement's terms and its states, each from its time on."""

    terms: Terms
    times: tuple[float, ...]
    moments: tuple[Moment, ...]

    def index_at(self, moment: float) -> int:
        """Which state holds at a moment; -1 before the first."""
        return bisect_right(self.times, moment) - 1


_REPRICE_SECONDS = {Role.ACTIVE: 6_000.0, Role.PASSIVE: 140_000.0, Role.TEASER: 60_000.0}
_FILL_SECONDS = {Role.ACTIVE: 14_000.0, Role.PASSIVE: 180_000.0, Role.TEASER: 200_000.0}
_REST_EVERY_SECONDS = 40_000.0
_LOOK_SECONDS = 3_600.0
_DRAINED_SHARE = 0.12
_LEAST_MARGIN = 0.001
_FAR_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every life on one side of a market shares."""

    side: Side
    model: MarketModel
    fair_at: Callable[[float], float]


def write_life(random: Random, around: Surroundings, starts_at: float, ends_at: float) -> Life:
    """Write down one life between two moments. All chance comes from `random`."""
    span = ends_at - starts_at
    born_at = starts_at + span * random.betavariate(1, 6)
    gone_at = ends_at - span * random.betavariate(1, 6)
    terms = _terms(random, around, born_at)
    margin = _margin(random, terms.role, around)
    times, moments = [born_at], [Moment(*_quote(random, terms.role, around, margin, born_at), 1.0, True)]
    is_watched = terms.role is not Role.TEASER and not terms.is_floating and margin < _FAR_MARGIN
    for at, event in _events(random, terms.role, born_at, gone_at, is_watched=is_watched):
        last = moments[-1]
        if event == "look" and not _is_at_a_loss(last, around, at):
            continue
        if event in ("reprice", "look"):
            state = Moment(*_quote(random, terms.role, around, margin, at), last.remaining, True)
        elif event == "fill":
            left = last.remaining * (1 - random.betavariate(1.2, 3))
            if left < _DRAINED_SHARE and random.random() < 0.6:
                gone_at = at
                break
            state = Moment(last.price, last.ratio, left if left >= _DRAINED_SHARE else random.uniform(0.5, 1.2), True)
        else:
            state = Moment(last.price, last.ratio, last.remaining, event == "return")
        times.append(at)
        moments.append(state)
    times.append(max(gone_at, times[-1]))
    moments.append(Moment(moments[-1].price, moments[-1].ratio, 0.0, False))
    return Life(terms, tuple(times), tuple(moments))


def _terms(random: Random, around: Surroundings, born_at: float) -> Terms:
    model = around.model
    draw = random.random()
    role = Role.TEASER if draw < model.teaser_share else Role.PASSIVE
    active_share = model.active_share_of_asks if around.side is Side.BUY else model.active_share_of_bids
    if model.teaser_share <= draw < model.teaser_share + active_share:
        role = Role.ACTIVE
    minimum = random.lognormvariate(3.55, 1.4)
    maximum = max(minimum * random.uniform(1, 1.5), random.lognormvariate(7.25, 1.5))
    initial = random.lognormvariate(6.3 if around.side is Side.BUY else 7.4, 1.45)
    if role is Role.TEASER:
        if random.random() < 0.6:
            minimum, maximum = 5.0, random.uniform(5.5, 16.0)
        else:
            minimum = initial * random.uniform(0.95, 4.0)
            maximum = minimum * random.uniform(1.0, 1.2)
    return Terms(
        born_at,
        role,
        random.random() < model.floating_share,
        random.random() < model.promoted_share,
        minimum,
        maximum,
        initial,
        random.choice((15, 15, 15, 15, 15, 30, 30, 45, 60)),
        random.getrandbits(62),
    )


def _margin(random: Random, role: Role, around: Surroundings) -> float:
    """An offer's usual distance from the fair price, as a share; below 0 is to the taker's advantage."""
    model = around.model
    if role is Role.TEASER:
        return -model.half_spread - random.uniform(0.0, 0.04)
    if role is Role.ACTIVE:
        return model.half_spread + random.expovariate(1 / 0.0015)
    if random.random() < (0.25 if around.side is Side.BUY else 0.4):
        return 0.02 + min(random.expovariate(1 / 0.08), 0.3 if around.side is Side.BUY else 0.37)
    return model.half_spread + 0.003 + random.expovariate(1 / 0.006)


def _quote(random: Random, role: Role, around: Surroundings, margin: float, at: float) -> tuple[float, float]:
    """The price an advertiser asks at a moment, and its ratio to the fair price."""
    jitter = random.expovariate(1 / 0.0006) - 0.0006
    spread = around.model.rhythm.spread_factor(at) if role is Role.ACTIVE else 1.0
    direction = 1.0 if around.side is Side.BUY else -1.0
    ratio = 1.0 + direction * (margin * spread + jitter)
    return around.fair_at(at) * ratio, ratio


def _is_at_a_loss(state: Moment, around: Surroundings, at: float) -> bool:
    """Whether the market has moved past a forgotten fixed price, which its owner then corrects."""
    advantage = state.price / around.fair_at(at) - 1
    return (advantage if around.side is Side.BUY else -advantage) < _LEAST_MARGIN


def _events(random: Random, role: Role, born_at: float, gone_at: float, *, is_watched: bool) -> list[tuple[float, str]]:
    events: list[tuple[float, str]] = []
    for event, every in (("reprice", _REPRICE_SECONDS[role]), ("fill", _FILL_SECONDS[role])):
        at = born_at + random.expovariate(1 / every)
        while at < gone_at:
            events.append((at, event))
            at += 60.0 + random.expovariate(1 / every)
    looks = int((gone_at - born_at) // _LOOK_SECONDS) if is_watched else 0
    events += [(born_at + (n + random.random()) * _LOOK_SECONDS, "look") for n in range(looks)]
    at = born_at + random.expovariate(1 / _REST_EVERY_SECONDS)
    while at < gone_at:
        back_at = at + random.uniform(300, 5400)
        events = [entry for entry in events if not at <= entry[0] <= back_at]
        events += [(at, "rest"), (back_at, "return")]
        at = back_at + random.expovariate(1 / _REST_EVERY_SECONDS)
    return sorted(entry for entry in events if entry[0] < gone_at)
