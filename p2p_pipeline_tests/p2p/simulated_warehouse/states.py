"""What sweeps at given moments would have seen of one fiat's simulated markets, as spans of sweeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.simulator.agents import STATISTICS_SECONDS, advertiser, statistics_phase
from p2p_pipeline.p2p.simulator.binance_items import MERCHANT_COMMISSION, USER_COMMISSION, tradable_units
from p2p_pipeline.p2p.simulator.catalogue import Catalogue
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS, POWERS_OF_TEN, asset_scale, price_scale
from p2p_pipeline.p2p.simulator.lives import Role
from p2p_pipeline.p2p.simulator.market import FLOAT_SECONDS, SettledLife, SimulatedMarket, offer_id_of, round_limit

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NOT_SHOWN = 2**62

VERSION = np.dtype(
    [(name, np.int32) for name in ("begins", "ends", "offer", "advertiser", "payment_set", "side")]
    + [(name, np.int64) for name in ("price", "available", "minimum", "maximum", "stated_maximum")]
    + [("minutes", np.int16), ("is_promoted", np.bool_)]
)
"""A version of an offer, for the sweeps from number `begins` up to `ends`; amounts in their smallest units."""
STATISTICS = np.dtype(
    [(name, np.int32) for name in ("begins", "ends", "offer", "orders")] + [("completion_rate", np.float64)]
)
DEPTH = np.dtype(
    [(name, np.int64) for name in ("offers", "volume", "minimum", "maximum", "best", "median")]
    + [("weighted_price", np.float64)]
)
"""A market side in one sweep; prices are 0 where there is no offer, `best` where none can be filled."""


@dataclass(frozen=True, slots=True)
class AdvertiserSpan:
    """An advertiser under one nickname, from the first sweep that showed it."""

    person: int
    advertiser_id: str
    nickname: str
    is_merchant: bool
    begins: int
    ends: int
    """The first sweep that showed another; the number of sweeps for the current one."""


@dataclass(slots=True)
class FiatHistory:
    """All that the sweeps saw of one fiat. Numbers in the rows are places in the lists here."""

    fiat: str
    sides: list[tuple[str, Side, int, int]] = field(default_factory=list)
    """Asset, side, and the decimal places of prices and of amounts."""
    depth: list[NDArray[np.void]] = field(default_factory=list)
    """A row a sweep, for each of `sides`."""
    offers: list[tuple[str, int, int]] = field(default_factory=list)
    """Offer id, place of its side, and the first sweep that showed it."""
    payment_sets: dict[tuple[str, ...], int] = field(default_factory=dict)
    advertisers: list[AdvertiserSpan] = field(default_factory=list)
    versions: NDArray[np.void] = field(default_factory=lambda: np.empty(0, VERSION))
    statistics: NDArray[np.void] = field(default_factory=lambda: np.empty(0, STATISTICS))


class _People:
    """The fiat's advertisers: what they show at each sweep."""

    def __init__(self, seed: int, fiat: str, moments: Floats) -> None:
        self._seed, self._fiat, self._moments = seed, fiat, moments
        self._known: dict[int, _Figures] = {}
        self.visible: dict[int, Flags] = {}
        """Who changes names, and the sweeps that showed him."""

    def __len__(self) -> int:
        return len(self._moments)

    def figures(self, person: int) -> _Figures:
        """What one of them shows at each sweep."""
        if person not in self._known:
            phase = statistics_phase(self._seed, "binance", self._fiat, person)
            refresh = ((self._moments + phase) // STATISTICS_SECONDS).astype(np.int64)
            at = np.flatnonzero(np.diff(refresh, prepend=refresh[0] - 1))
            shown = [advertiser(self._seed, "binance", self._fiat, person, self._moments[k].item()) for k in at]
            names = [who.nickname for who in shown]
            self._known[person] = _Figures(
                shown[0].user_key,
                shown[0].is_merchant,
                np.searchsorted(at, np.arange(len(refresh)), "right") - 1,
                np.array([who.orders_30d for who in shown]),
                np.array([who.completion_rate for who in shown]),
                names,
            )
            if len(set(names)) > 1:
                self.visible[person] = np.zeros(len(refresh), np.bool_)
        return self._known[person]


@dataclass(frozen=True, slots=True)
class _Figures:
    user_key: str
    is_merchant: bool
    refresh: Numbers
    """For each sweep, the place in what follows."""
    orders: Numbers
    rates: Floats
    names: list[str]


@dataclass(frozen=True, slots=True)
class _Seat:
    """All states of one seat's lives, one after the other."""

    lives: list[SettledLife]
    times: Floats
    is_online: Flags
    life: Numbers
    prices: Floats
    ratios: Floats
    remaining: Floats


def _read_seat(lives: list[SettledLife]) -> _Seat:
    moments = [moment for settled in lives for moment in settled.life.moments]
    return _Seat(
        lives,
        np.array([at for settled in lives for at in settled.life.times]),
        np.array([moment.is_online for moment in moments]),
        np.repeat(np.arange(len(lives)), [len(settled.life.times) for settled in lives]),
        np.array([moment.price for moment in moments]),
        np.array([moment.ratio for moment in moments]),
        np.array([moment.remaining for moment in moments]),
    )


class _SideWriter:
    """One side of one market, seat by seat."""

    def __init__(self, history: FiatHistory, people: _People, market: SimulatedMarket, side: Side, moments: Floats):
        self._history, self._people, self._market, self._side, self._moments = history, people, market, side, moments
        self._fiat, self._asset = FIATS[market.market.fiat], ASSETS[market.market.asset]
        self._price_scale = price_scale(self._fiat, self._asset)
        self._asset_scale = asset_scale("binance", self._asset)
        self._awake = np.array([market.model.rhythm.awake_share(moment) for moment in moments.tolist()])
        floated = moments // FLOAT_SECONDS * FLOAT_SECONDS
        self._fair = np.array([market.fair_price.at(moment) for moment in floated.tolist()])
        self._place = len(history.sides)
        history.sides.append((market.market.asset, side, self._price_scale, self._asset_scale))
        self._depth = np.zeros(len(moments), DEPTH)
        self._worth = np.zeros(len(moments))
        history.depth.append(self._depth)
        self._prices: list[Numbers] = []
        self.versions: list[NDArray[np.void]] = []
        self.statistics: list[NDArray[np.void]] = []
        self.people_of_versions: list[NDArray[np.int64]] = []

    def write(self) -> None:
        """Go through all seats."""
        for lives in self._market.settled_lives(self._side, self._moments[0].item(), self._moments[-1].item()):
            self._write_seat(_read_seat(lives))
        self._depth["weighted_price"] = self._worth / np.maximum(self._depth["volume"], 1)
        if self._prices:
            # Those not shown are sorted behind all prices, so the middle of the others is at half their number.
            prices = np.sort(np.array(self._prices), axis=0)
            middle = np.maximum(self._depth["offers"] - 1, 0) // 2
            median = np.take_along_axis(prices, middle[np.newaxis], axis=0)[0]
            self._depth["median"] = np.where(self._depth["offers"] > 0, median, 0)

    def _write_seat(self, seat: _Seat) -> None:
        state = np.searchsorted(seat.times, self._moments, "right") - 1
        is_shown = (state >= 0) & seat.is_online[state] & (self._awake > seat.lives[0].sleepiness)
        if not is_shown.any():
            return
        life = seat.life[state]
        terms = [settled.life.terms for settled in seat.lives]
        floats = np.array([term.is_floating for term in terms])[life]
        price = np.where(floats, self._fair * seat.ratios[state], seat.prices[state])
        price_units = np.maximum(1, np.rint(price * POWERS_OF_TEN[self._price_scale])).astype(np.int64)
        scale = POWERS_OF_TEN[self._asset_scale]
        initial = np.array([max(1, round(term.initial_dollars / self._asset.dollars * scale)) for term in terms])
        quantity = np.rint(initial[life] * seat.remaining[state]).astype(np.int64)
        low = [round_limit(term.minimum_dollars * self._fiat.units_per_dollar, self._fiat.scale) for term in terms]
        high = [round_limit(term.maximum_dollars * self._fiat.units_per_dollar, self._fiat.scale) for term in terms]
        minimum = np.array(low)[life]
        stated = np.maximum(low, high)[life]
        is_teaser = np.array([term.role is Role.TEASER for term in terms])[life]
        fillable = np.minimum(stated, self._fiat_worth(quantity, price_units))
        is_shown &= is_teaser | ((quantity > 0) & (fillable >= minimum))
        if not is_shown.any():
            return
        figures = [self._people.figures(settled.person) for settled in seat.lives]
        rates = [MERCHANT_COMMISSION if figure.is_merchant else USER_COMMISSION for figure in figures]
        available = tradable_units(quantity, np.array(rates)[life] if self._side is Side.BUY else 0)
        whole = POWERS_OF_TEN[self._fiat.scale]
        maximum = np.minimum(stated, self._fiat_worth(available, price_units)) // whole * whole
        self._add_depth(is_shown, price_units, available, can_be_filled=maximum >= np.maximum(minimum, 1))
        self._add_rows(seat, figures, is_shown, life, (price_units, available, minimum, maximum, stated))

    def _add_depth(self, is_shown: Flags, price: Numbers, available: Numbers, can_be_filled: Flags) -> None:
        depth = self._depth
        depth["offers"] += is_shown
        volume = np.where(is_shown, available, 0)
        depth["volume"] += volume
        self._worth += volume * price.astype(np.float64)
        is_lower = is_shown & ((depth["minimum"] == 0) | (price < depth["minimum"]))
        depth["minimum"][is_lower] = price[is_lower]
        is_higher = is_shown & (price > depth["maximum"])
        depth["maximum"][is_higher] = price[is_higher]
        is_better = price < depth["best"] if self._side is Side.BUY else price > depth["best"]
        is_best = is_shown & can_be_filled & ((depth["best"] == 0) | is_better)
        depth["best"][is_best] = price[is_best]
        self._prices.append(np.where(is_shown, price, _NOT_SHOWN))

    def _add_rows(
        self, seat: _Seat, figures: list[_Figures], is_shown: Flags, life: Numbers, amounts: tuple[Numbers, ...]
    ) -> None:
        count = len(self._moments)
        appears = is_shown & ~(_before(is_shown, False) & (life == _before(life, -1)))
        changes = appears.copy()
        for values in amounts[:2]:
            changes |= is_shown & (values != _before(values, -1))
        refresh_changes = appears.copy()
        orders, rates = np.zeros(count, np.int64), np.zeros(count)
        offers, sets = np.zeros(len(seat.lives), np.int64), np.zeros(len(seat.lives), np.int64)
        for number in np.unique(life[is_shown]).tolist():
            settled, figure, mine = seat.lives[number], figures[number], is_shown & (life == number)
            orders[mine], rates[mine] = figure.orders[figure.refresh[mine]], figure.rates[figure.refresh[mine]]
            if settled.person in self._people.visible:
                self._people.visible[settled.person] |= mine
            first = int(np.argmax(mine))
            offers[number] = len(self._history.offers)
            self._history.offers.append((offer_id_of("binance", settled.life.terms), self._place, first))
            methods = tuple(method.native_id for method in settled.methods)
            sets[number] = self._history.payment_sets.setdefault(methods, len(self._history.payment_sets))
        refresh_changes |= is_shown & ((orders != _before(orders, -1)) | (rates != _before(rates, -1.0)))
        ends_at = _next_end(is_shown, changes)
        at = np.flatnonzero(changes)
        rows = np.zeros(len(at), VERSION)
        mine = life[at]
        rows["begins"], rows["ends"], rows["offer"], rows["payment_set"] = at, ends_at[at], offers[mine], sets[mine]
        rows["side"] = self._place
        for name, values in zip(("price", "available", "minimum", "maximum", "stated_maximum"), amounts, strict=True):
            rows[name] = values[at]
        rows["minutes"] = np.array([settled.life.terms.payment_minutes for settled in seat.lives])[mine]
        rows["is_promoted"] = np.array([settled.life.terms.is_promoted for settled in seat.lives])[mine]
        self.versions.append(rows)
        self.people_of_versions.append(np.array([settled.person for settled in seat.lives])[mine])
        at = np.flatnonzero(refresh_changes)
        figures_rows = np.zeros(len(at), STATISTICS)
        figures_rows["begins"], figures_rows["ends"] = at, _next_end(is_shown, refresh_changes)[at]
        figures_rows["offer"] = offers[life[at]]
        figures_rows["orders"], figures_rows["completion_rate"] = orders[at], rates[at]
        self.statistics.append(figures_rows)

    def _fiat_worth(self, quantity: Numbers, price: Numbers) -> Numbers:
        divisor = POWERS_OF_TEN[self._asset_scale + self._price_scale - self._fiat.scale]
        if int(quantity.max()) * int(price.max()) < 2**63:
            return quantity * price // divisor
        worth: Numbers = np.minimum(quantity.astype(object) * price.astype(object) // divisor, 2**62).astype(np.int64)
        return worth


def _before(values: NDArray[Any], first: Any) -> NDArray[Any]:
    """Each sweep's value in the sweep before."""
    return np.concatenate([np.array([first], values.dtype), values[:-1]])


def _next_end(is_shown: Flags, changes: Flags) -> Numbers:
    """For each sweep, the first one after it that shows a change or nothing; the number of sweeps where none does."""
    ends = np.flatnonzero(changes | ~is_shown)
    padded = np.append(ends, len(changes))
    found: Numbers = padded[np.searchsorted(ends, np.arange(len(changes)), "right")]
    return found


def write_fiat(catalogue: Catalogue, fiat: str, moments: Floats) -> FiatHistory:
    """What sweeps at these moments (seconds since 1970, in order) saw of a fiat on simulated Binance."""
    history = FiatHistory(fiat)
    people = _People(catalogue.options.seed, fiat, moments)
    versions, persons, statistics = [np.empty(0, VERSION)], [np.empty(0, np.int64)], [np.empty(0, STATISTICS)]
    for asset in catalogue.assets_of(fiat):
        market = catalogue.market(Market("binance", asset, fiat))
        assert market is not None
        for side in Side:
            writer = _SideWriter(history, people, market, side, moments)
            writer.write()
            versions += writer.versions
            persons += writer.people_of_versions
            statistics += writer.statistics
    history.statistics = np.concatenate(statistics)
    history.versions = _with_advertisers(history, people, np.concatenate(versions), np.concatenate(persons))
    return history


def _with_advertisers(
    history: FiatHistory, people: _People, versions: NDArray[np.void], persons: Numbers
) -> NDArray[np.void]:
    """Number the advertisers' names, and split the versions of an offer where its advertiser took another one."""
    order = np.argsort(persons, kind="stable")
    versions, persons = versions[order], persons[order]
    found, starts = np.unique(persons, return_index=True)
    pieces = []
    for person, mine in zip(found.tolist(), np.split(versions, starts[1:]), strict=True):
        spans = _names_over_time(people, person, int(mine["begins"].min()), len(people))
        base = len(history.advertisers)
        history.advertisers += spans
        begins = np.array([span.begins for span in spans])
        split = _split(mine, begins[1:])
        split["advertiser"] = base + np.searchsorted(begins, split["begins"], "right") - 1
        pieces.append(split)
    return np.concatenate(pieces) if pieces else versions


def _names_over_time(people: _People, person: int, first: int, count: int) -> list[AdvertiserSpan]:
    figures = people.figures(person)
    visible = people.visible.get(person)
    changes: list[tuple[int, str]] = []
    if visible is None:
        changes.append((first, figures.names[0]))
    else:
        for sweep in np.flatnonzero(visible).tolist():
            name = figures.names[figures.refresh[sweep]]
            if not changes or name != changes[-1][1]:
                changes.append((sweep, name))
    ends = [sweep for sweep, _ in changes[1:]] + [count]
    return [
        AdvertiserSpan(person, f"s{figures.user_key}", name, figures.is_merchant, begins, end)
        for (begins, name), end in zip(changes, ends, strict=True)
    ]


def _split(rows: NDArray[np.void], cuts: Numbers) -> NDArray[np.void]:
    for cut in cuts.tolist():
        is_across = (rows["begins"] < cut) & (rows["ends"] > cut)
        later = rows[is_across]
        later["begins"] = cut
        rows["ends"][is_across] = cut
        rows = np.concatenate([rows, later])
    return rows
