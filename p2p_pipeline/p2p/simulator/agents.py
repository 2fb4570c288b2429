"""Who advertises: merchants with several offers in many assets, and users with one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from p2p_pipeline.p2p.simulator.noise import normal

_DAY = 86_400.0
MERCHANTS_PER_FIAT = 40

_STARTS = ("ak", "bel", "cor", "dar", "el", "fin", "gor", "hal", "ir", "jun", "kas", "lum", "mir", "nor", "or", "pel")
_ENDS = ("an", "bit", "cash", "do", "ex", "fast", "go", "in", "ko", "mar", "no", "pay", "ra", "swap", "to", "us")
_DECORATIONS = ("🔥", "⚡", "💎", "_24_7", "™", ".io", "-OTC", "👑")


@dataclass(frozen=True, slots=True)
class Advertiser:
    """One account as a venue shows it at a moment. The keys never change; name, counts and rate do."""

    user_key: str
    """32 hexadecimal digits."""
    user_number: int
    nickname: str
    is_merchant: bool
    orders_30d: int
    completion_rate: float
    """0..1 with three places."""
    positive_rate: float
    grade: int
    registered_days: int
    version: int
    """Changes whenever a shown figure or the name does."""


@dataclass(frozen=True, slots=True)
class _Person:
    user_key: str
    user_number: int
    is_merchant: bool
    orders: float
    rate: float
    positive: float
    phase: float
    renames_every: float
    """Seconds between changes of name; 0 for never."""
    joined_at: float


STATISTICS_SECONDS = 6 * 3600.0
"""How often a venue refreshes an account's counts."""


@lru_cache(maxsize=200_000)
def _person(seed: int, venue: str, fiat: str, number: int) -> _Person:
    random = Random(f"person/{seed}/{venue}/{fiat}/{number}")
    is_merchant = number < MERCHANTS_PER_FIAT
    user_key = hashlib.blake2b(f"{seed}/{venue}/{fiat}/{number}".encode(), digest_size=16).hexdigest()
    orders = random.lognormvariate(5.8, 0.8) if is_merchant else random.lognormvariate(2.9, 1.5)
    rate = random.betavariate(60, 1.2) if is_merchant else random.betavariate(9, 0.8)
    is_renaming = random.random() < 0.08
    return _Person(
        user_key,
        100_000_000 + int(user_key[:7], 16),
        is_merchant,
        orders,
        0.0 if orders < 1 else rate,
        random.betavariate(40, 1),
        random.random() * STATISTICS_SECONDS,
        random.uniform(2, 12) * _DAY if is_renaming else 0.0,
        random.uniform(1_500_000_000, 1_720_000_000),
    )


def advertiser(seed: int, venue: str, fiat: str, number: int, moment: float) -> Advertiser:
    """The account with this number as it looks at a moment; numbers below MERCHANTS_PER_FIAT are merchants."""
    person = _person(seed, venue, fiat, number)
    version = statistics_version(seed, venue, fiat, number, moment)
    # All is shown as it was at the last refresh: otherwise the answer would depend on who asked first.
    refreshed_at = version * STATISTICS_SECONDS - person.phase
    name_version = int(refreshed_at // person.renames_every) if person.renames_every else 0
    return _shown(person, seed, version, name_version, int((refreshed_at - person.joined_at) // _DAY))


def statistics_version(seed: int, venue: str, fiat: str, number: int, moment: float) -> int:
    """A number that changes exactly when the account's shown figures may have changed."""
    return int((moment + statistics_phase(seed, venue, fiat, number)) // STATISTICS_SECONDS)


def statistics_phase(seed: int, venue: str, fiat: str, number: int) -> float:
    """How many seconds before the whole multiples of STATISTICS_SECONDS an account's figures are refreshed."""
    return _person(seed, venue, fiat, number).phase


@lru_cache(maxsize=100_000)
def _shown(person: _Person, seed: int, version: int, name_version: int, registered_days: int) -> Advertiser:
    orders_swing = normal(seed, person.user_number, version, 1)
    rate_swing = normal(seed, person.user_number, version, 2)
    orders = max(0, round(person.orders * (1 + 0.03 * orders_swing)))
    rate = min(1.0, max(0.0, person.rate + 0.002 * rate_swing)) if orders else 0.0
    return Advertiser(
        person.user_key,
        person.user_number,
        _nickname(seed, person.user_key, name_version),
        person.is_merchant,
        orders,
        round(rate, 3),
        round(person.positive, 4),
        3 if person.is_merchant else 2,
        registered_days,
        version,
    )


@lru_cache(maxsize=200_000)
def _nickname(seed: int, user_key: str, name_version: int) -> str:
    random = Random(f"name/{seed}/{user_key}/{name_version}")
    if random.random() < 0.01:
        return ""
    name = random.choice(_STARTS) + random.choice(_ENDS)
    if random.random() < 0.5:
        name = name.capitalize() + str(random.randrange(1000))
    if random.random() < 0.2:
        name += random.choice(_DECORATIONS)
    return name
