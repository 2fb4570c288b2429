"""One simulated market: its two books at any moment, the same for the same seed whoever asks and in whatever order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from random import Random

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.simulator.agents import MERCHANTS_PER_FIAT, Advertiser, advertiser, statistics_version
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS, POWERS_OF_TEN, asset_scale, price_scale
from p2p_pipeline.p2p.simulator.lives import Life, Role, Surroundings, Terms, write_life
from p2p_pipeline.p2p.simulator.model import FairPrice, MarketModel
from p2p_pipeline.p2p.simulator.noise import key_of, mixed, uniform
from p2p_pipeline.p2p.simulator.payments import Method, methods_of
from p2p_pipeline.p2p.simulator.remarks import remark

FLOAT_SECONDS = 300.0
"""How often a venue recalculates floating prices."""
_PLACES_FOR_ONE_OFFER = 1.8
"""How many seats a side needs for one visible offer: the others are between two lives, resting or asleep."""


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedOffer:
    """One advertisement as the simulated venue knows it. Amounts are whole numbers of their smallest unit."""

    offer_id: str
    market_side: MarketSide
    advertiser: Advertiser
    role: Role
    price_units: int
    quantity_units: int
    initial_units: int
    min_units: int
    max_units: int
    price_scale: int
    asset_scale: int
    fiat_scale: int
    is_floating: bool
    is_promoted: bool
    premium: float
    """The price as a percentage of the fair price; only floating offers show it."""
    methods: tuple[Method, ...]
    remark: str
    payment_minutes: int
    created_at: float

    @property
    def price(self) -> Decimal:
        """Fiat for one unit of the asset."""
        return Decimal(self.price_units).scaleb(-self.price_scale)

    @property
    def fillable_units(self) -> int:
        """The most fiat the offer can take now, stated maximum or not, in the smallest unit."""
        worth = self.quantity_units * self.price_units * POWERS_OF_TEN[self.fiat_scale]
        return min(self.max_units, worth // POWERS_OF_TEN[self.asset_scale + self.price_scale])

    def takes(self, fiat: str) -> bool:
        """Whether an amount of fiat a request filters by is within what can be taken; no number filters nothing."""
        try:
            units = Decimal(fiat).scaleb(self.fiat_scale)
        except InvalidOperation:
            return True
        return units.is_finite() and self.min_units <= units <= self.fillable_units


@dataclass(slots=True)
class _Seat:
    """A place where one advertisement after another lives."""

    side: Side
    index: int
    key: int
    span: float
    phase: float
    sleepiness: float
    life_number: int = -1
    life: Life | None = None
    person: int = 0
    methods: tuple[Method, ...] = ()
    remark: str = ""
    shown_version: tuple[int, ...] = ()
    shown: SimulatedOffer | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SettledLife:
    """One advertisement's whole life with who put it up."""

    life: Life
    sleepiness: float
    """It is shown only while the share of advertisers awake is above this."""
    person: int
    methods: tuple[Method, ...]


class SimulatedMarket:
    """A market of advertisers whose state is a function of the seed and the time. Safe to ask from many threads.

    `offers` is how many offers a side shows on average in the busy hours.
    """

    def __init__(self, market: Market, seed: int, offers: int, model: MarketModel | None = None) -> None:
        self.market = market
        self.seed = seed
        self.model = model or MarketModel()
        self.fair_price = FairPrice(market, seed, self.model)
        self._fiat, self._asset = FIATS[market.fiat], ASSETS[market.asset]
        self._scales = (price_scale(self._fiat, self._asset), asset_scale(market.venue, self._asset), self._fiat.scale)
        self._around = {side: Surroundings(side, self.model, self.fair_price.at) for side in Side}
        self._lock = threading.Lock()
        self._seats = {side: self._make_seats(side, round(offers * _PLACES_FOR_ONE_OFFER)) for side in Side}

    def book(self, side: Side, moment: float) -> list[SimulatedOffer]:
        """All offers a taker with this intent sees at a moment (seconds since 1970), best price first.

        An offer that has not changed since it was last asked for is the same object.
        """
        awake = self.model.rhythm.awake_share(moment)
        with self._lock:
            offers = [
                offer
                for seat in self._seats[side]
                if seat.sleepiness < awake and (offer := self._offer_of(seat, moment)) is not None
            ]
        sign = 1 if side is Side.BUY else -1
        offers.sort(key=lambda offer: (sign * offer.price_units, offer.offer_id))
        return offers

    def settled_lives(self, side: Side, first: float, last: float) -> Iterator[list[SettledLife]]:
        """For each seat of a side, all lives that may be shown between two moments, in order.

        What `book` shows of them follows from `FairPrice` and the advertiser's statistics: for whoever needs so many
        moments that asking for each book takes too long.
        """
        around = self._around[side]
        for template in self._seats[side]:
            # A copy: asking for a book must not find the seat settled with another life.
            seat, lives = replace(template), []
            for number in range(int((first + seat.phase) // seat.span), int((last + seat.phase) // seat.span) + 1):
                starts_at = number * seat.span - seat.phase
                life = write_life(Random(mixed(seat.key, number)), around, starts_at, starts_at + seat.span)
                self._settle(seat, life.terms)
                lives.append(SettledLife(life, seat.sleepiness, seat.person, seat.methods))
            yield lives

    def _make_seats(self, side: Side, count: int) -> list[_Seat]:
        market_key = mixed(self.seed, key_of(f"{self.market.key}/{side}"))
        hours = 17.0 if side is Side.BUY else 40.0
        seats = []
        for index in range(count):
            key = mixed(market_key, index)
            random = Random(key)
            span = min(max(random.lognormvariate(0, 0.8) * hours, 1.5), 240.0) * 3600
            seats.append(_Seat(side, index, key, span, random.random() * span, random.random()))
        return seats

    def _offer_of(self, seat: _Seat, moment: float) -> SimulatedOffer | None:
        number = int((moment + seat.phase) // seat.span)
        if number != seat.life_number or seat.life is None:
            starts_at = number * seat.span - seat.phase
            random = Random(mixed(seat.key, number))
            seat.life = write_life(random, self._around[seat.side], starts_at, starts_at + seat.span)
            seat.life_number = number
            self._settle(seat, seat.life.terms)
        index = seat.life.index_at(moment)
        if index < 0 or not seat.life.moments[index].is_online:
            return None
        tick = int(moment // FLOAT_SECONDS) if seat.life.terms.is_floating else 0
        statistics = statistics_version(self.seed, self.market.venue, self.market.fiat, seat.person, moment)
        version = (number, index, tick, statistics)
        if version != seat.shown_version:
            seat.shown = self._show(seat, seat.life, index, moment)
            seat.shown_version = version
        return seat.shown

    def _settle(self, seat: _Seat, terms: Terms) -> None:
        """Choose what stays for a life and needs the venue's lists: who advertises, the payment methods, the remark."""
        random = Random(terms.random_key)
        listed = methods_of(self.market.venue, self.market.fiat)
        seat.person = self._person_number(seat, terms)
        seat.methods = tuple(random.sample(listed, k=min(len(listed), random.choice((1, 1, 2, 3, 4, 5)))))
        seat.remark = remark(random, self.market.fiat)

    def _person_number(self, seat: _Seat, terms: Terms) -> int:
        chance = {Role.ACTIVE: 0.65, Role.PASSIVE: 0.2, Role.TEASER: 0.1}[terms.role]
        if uniform(seat.key, 1) < chance:
            return mixed(seat.key, 2) % MERCHANTS_PER_FIAT
        own = mixed(key_of(f"{self.market.asset}/{seat.side}"), seat.index)
        return MERCHANTS_PER_FIAT + own % (1 << 40)

    def _show(self, seat: _Seat, life: Life, index: int, moment: float) -> SimulatedOffer | None:
        state = life.moments[index]
        terms = life.terms
        prices, assets, fiats = self._scales
        # A floating price is as old as the venue's last recalculation.
        floated_at = moment // FLOAT_SECONDS * FLOAT_SECONDS
        price = self.fair_price.at(floated_at) * state.ratio if terms.is_floating else state.price
        price_units = max(1, round(price * POWERS_OF_TEN[prices]))
        initial_units = max(1, round(terms.initial_dollars / self._asset.dollars * POWERS_OF_TEN[assets]))
        minimum = round_limit(terms.minimum_dollars * self._fiat.units_per_dollar, fiats)
        offer = SimulatedOffer(
            offer_id_of(self.market.venue, terms),
            MarketSide(self.market, seat.side),
            advertiser(self.seed, self.market.venue, self.market.fiat, seat.person, moment),
            terms.role,
            price_units,
            round(initial_units * state.remaining),
            initial_units,
            minimum,
            max(minimum, round_limit(terms.maximum_dollars * self._fiat.units_per_dollar, fiats)),
            prices,
            assets,
            fiats,
            terms.is_floating,
            terms.is_promoted,
            round(state.ratio * 100, 2),
            seat.methods,
            seat.remark,
            terms.payment_minutes,
            terms.born_at,
        )
        # A venue hides what can't be taken any more; teasers live from being shown all the same.
        is_drained = offer.quantity_units == 0 or offer.fillable_units < offer.min_units
        return None if is_drained and terms.role is not Role.TEASER else offer


def round_limit(amount: float, scale: int) -> int:
    """A limit in its smallest unit, of an amount: people write limits with two digits and zeros."""
    step = POWERS_OF_TEN[max(0, len(str(int(amount))) - 2)]
    return max(1, round(amount / step)) * step * POWERS_OF_TEN[scale]


def offer_id_of(venue: str, terms: Terms) -> str:
    """An id as the venue numbers its ads: growing with time, Binance's beyond 2^63."""
    if venue == "binance":
        since_known_ad = int((terms.born_at - 1_729_814_400) * 17_740_000_000)
        return str(12_679_300_000_000_000_000 + since_known_ad + terms.random_key % 17_740_000)
    milliseconds = int(terms.born_at * 1000) - 1_288_834_974_657
    return str((milliseconds << 22) + terms.random_key % (1 << 22))
