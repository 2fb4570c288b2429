"""What the looks of the last days showed of offers and advertisers: how long, how often, how steadily.

A look is one usable snapshot of a side. Looks may come every half minute or every few hours: what is counted here is
measured in time, and never assumes that anything was there between two looks beyond what both show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OFFERS_LOOKBACK = timedelta(days=7)
PRICES_LOOKBACK = timedelta(days=8)
"""A day more: the first day's prices need the level of the day before."""
EVERY_LOOK_WITHIN = timedelta(hours=24)
"""How far back every look counts; before that one look a quarter of an hour is enough to know who was there."""
THIN_SECONDS = 900
BREAKS_WITHIN_SECONDS = 24 * 3600.0
PRESENCE_WITHIN_SECONDS = 7 * 24 * 3600.0
LEAST_PRESENCE_HOURS = 6
"""Hours with a look before a presence is known."""
PRIOR_BREAKS, PRIOR_HOURS = 0.5, 1.0
"""An offer seen for the first time is taken to change once in two hours, until it has shown otherwise."""
TOP_SHARE = 0.0005
"""At the top: at most 0.05 % from the book's best price."""


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """The looks at one side, oldest first."""

    at: Floats
    """Seconds since 1970, ascending."""
    best_price: Floats
    """Of the whole book; NaN where not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """What the looks showed: a row an offer and look, in any order."""

    look: Integers
    """Which look, its place in `Looks`."""
    offer_ids: Sequence[str]
    advertiser_ids: Sequence[str | None]
    price: Floats
    available_asset: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """One offer's sightings, oldest first."""

    look: Integers
    price: Floats
    available_asset: Floats

    def until(self, look: int) -> _Track:
        end = int(np.searchsorted(self.look, look))
        return _Track(self.look[:end], self.price[:end], self.available_asset[:end])


_NOTHING = _Track(np.empty(0, np.int64), np.empty(0), np.empty(0))


class OfferPast:
    """The past of one side, asked as of any moment: only looks at or before it count."""

    def __init__(self, side: Side, looks: Looks, sightings: Sightings) -> None:
        self._sign = 1.0 if side is Side.BUY else -1.0
        self._looks = looks
        self._hours = (looks.at // 3600).astype(np.int64)
        order = np.argsort(sightings.look, kind="stable")
        self._tracks = {
            offer_id: _Track(sightings.look[rows], sightings.price[rows], sightings.available_asset[rows])
            for offer_id, rows in _grouped(sightings.offer_ids, order).items()
        }
        self._advertisers = {
            advertiser: np.unique(sightings.look[rows])
            for advertiser, rows in _grouped(sightings.advertiser_ids, order).items()
        }

    def held_minutes(self, offer_id: str, price: float, at: float) -> float | None:
        """For how long every look up to a moment showed the offer at this price or a better one.

        0.0 for an offer that the look before did not show so. None when nobody looked in the day before.
        """
        end = self._end(at)
        if not self._has_looked_before(end, at):
            return None
        track = self._tracks.get(offer_id, _NOTHING).until(end)
        start = self._run_start(track, end, track.price * self._sign <= price * self._sign)
        return 0.0 if start is None else (at - float(self._looks.at[start])) / 60

    def breaks_per_hour(self, offer_id: str, used: float, at: float) -> float | None:
        """How often something happened within the last day that would break a leg, drawn towards once in two hours.

        That is: the offer changed its price, went away, or kept less than the share `used` of its quantity, which
        the leg takes. The mean of a Gamma posterior of a Poisson rate. Between two looks one change is seen at most,
        so with rare looks it is a lower bound. None when nobody looked in the day before.
        """
        end = self._end(at)
        if not self._has_looked_before(end, at):
            return None
        track = self._tracks.get(offer_id, _NOTHING).until(end)
        recent = track.look[self._looks.at[track.look] > at - BREAKS_WITHIN_SECONDS]
        if not len(recent):
            return PRIOR_BREAKS / PRIOR_HOURS
        prices = track.price[-len(recent) :]
        stock = track.available_asset[-len(recent) :]
        is_broken = (np.diff(recent) > 1) | (np.diff(prices) != 0) | (stock[1:] < used * stock[:-1])
        hours = (at - float(self._looks.at[recent[0]])) / 3600
        return (float(is_broken.sum()) + PRIOR_BREAKS) / (hours + PRIOR_HOURS)

    def presence(self, advertiser_id: str | None, at: float) -> float | None:
        """The share of the last week's hours with a look in which the advertiser was seen, drawn a little to a half.

        None without the venue's key of the advertiser, or with fewer than `LEAST_PRESENCE_HOURS` such hours.
        """
        end = self._end(at)
        first = int(np.searchsorted(self._looks.at, at - PRESENCE_WITHIN_SECONDS))
        looked = _distinct(self._hours[first:end])
        if advertiser_id is None or looked < LEAST_PRESENCE_HOURS:
            return None
        seen = self._advertisers.get(advertiser_id, np.empty(0, np.int64))
        low, high = np.searchsorted(seen, [first, end])
        hours = _distinct(self._hours[seen[low:high]])
        return (hours + 0.5) / (looked + 1)

    def idle_top_hours(self, offer_id: str, price: float, top_price: float, at: float) -> float | None:
        """For how long the offer has stood at the top of the book with its price and quantity untouched.

        `top_price` is the book's best now. 0.0 for an offer that is not at the top. None when nobody looked before.
        """
        if not self._is_top(np.array([price]), np.array([top_price]))[0]:
            return 0.0
        end = self._end(at)
        if not self._has_looked_before(end, at):
            return None
        track = self._tracks.get(offer_id, _NOTHING).until(end)
        if not len(track.look):
            return 0.0
        is_same = (track.price == price) & (track.available_asset == track.available_asset[-1])
        is_same &= self._is_top(track.price, self._looks.best_price[track.look])
        start = self._run_start(track, end, is_same)
        return 0.0 if start is None else (at - float(self._looks.at[start])) / 3600

    def _end(self, at: float) -> int:
        return int(np.searchsorted(self._looks.at, at, side="right"))

    def _has_looked_before(self, end: int, at: float) -> bool:
        earlier = self._looks.at[:end]
        return bool(len(earlier)) and bool(np.any((earlier < at) & (earlier > at - BREAKS_WITHIN_SECONDS)))

    def _is_top(self, prices: Floats, best: Floats) -> NDArray[np.bool_]:
        return prices * self._sign <= best * self._sign + best * TOP_SHARE

    def _run_start(self, track: _Track, end: int, holds: NDArray[np.bool_]) -> int | None:
        """The look where the unbroken run that reaches the last look (`end` - 1) began."""
        if not len(track.look) or track.look[-1] != end - 1 or not holds[-1]:
            return None
        is_linked = np.concatenate(([False], np.diff(track.look) == 1)) & holds
        is_linked[1:] &= holds[:-1]
        breaks = np.flatnonzero(~is_linked)
        return int(track.look[breaks[-1]])


def is_look_kept(at: Floats, every_look_since: float) -> NDArray[np.bool_]:
    """Which looks count, of moments in rising order: each moment once, and before a time one a quarter of an hour."""
    is_first = np.concatenate(([True], np.diff(at // THIN_SECONDS) != 0))[: len(at)]
    is_new = np.concatenate(([True], np.diff(at) > 0))[: len(at)]
    kept: NDArray[np.bool_] = ((at >= every_look_since) | is_first) & is_new
    return kept


def _distinct(ascending: Integers) -> int:
    return int((np.diff(ascending) != 0).sum()) + 1 if len(ascending) else 0


def _grouped(names: Sequence[str | None], order: NDArray[np.intp]) -> dict[str, NDArray[np.intp]]:
    groups: dict[str, list[int]] = {}
    for row in order.tolist():
        name = names[row]
        if name is not None:
            groups.setdefault(name, []).append(row)
    return {name: np.array(rows, dtype=np.intp) for name, rows in groups.items()}
