"""What is asked in an address, the same names as the commands' options: read here for pages and API alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.settings_words import wanted_of
from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.p2p.answers.asked import asked_amount, asked_fiat, asked_market, asked_payments, asked_time
from p2p_pipeline.p2p.answers.behaviour import BehaviourQuestion
from p2p_pipeline.p2p.answers.combo import Question
from p2p_pipeline.p2p.answers.combo_history import HistoryQuestion
from p2p_pipeline.p2p.answers.data_warnings import Subject
from p2p_pipeline.p2p.answers.now import chosen_profile
from p2p_pipeline.p2p.answers.priced import PriceQuestion
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.trading_hours import TradingHours
from p2p_pipeline.web.reader import time_zones

MARKET = Field(
    max_length=40, description="A market, `venue.ASSET-FIAT`.", examples=["bybit.USDT-RUB", "binance.USDT-VND"]
)
SIDE = Field(description="BUY pays fiat for the asset, SELL gives the asset for fiat.", examples=["BUY"])
AMOUNT = Field(
    max_length=40, description="BUY: fiat to spend. SELL: asset to sell. `5,000` and `50k` are read too.",
    examples=["50000"],
)  # fmt: skip
PROFILE = Field("wide", max_length=60, description="Which offers count; `/api/v1/markets` names them.")
SPLITS = Field(3, ge=1, le=10, description="At most this many offers.")
PAY = Field("", max_length=200, description="Only offers that take one of these, for example `sbp,tbank`.")
AT = Field(None, max_length=40, description="As of this time (RFC 3339); the newest book without it.")
STEPS = Field(
    MOST_STEPS, ge=1, le=10_000, description="How far to search; more helps where `would_more_steps_help` says so."
)
ZONE = Field(None, max_length=60, description="Whose clock and days, for example `Europe/Moscow`.")
MOST_SHOWN = 80
"""Characters of a value that is refused."""
_NO_BODY = ("json_invalid", "model_attributes_type")
"""Kinds of mistakes of what was sent as a whole."""
FIRST_DAY, LAST_DAY = date(1971, 1, 1), date(9998, 12, 30)


class Asked(BaseModel):
    """The base of all: an unknown name is a mistake, not silence."""

    model_config = ConfigDict(extra="forbid")


def asked_zone(named: str | None, usual: str) -> ZoneInfo:
    """The time zone named, else the usual one; raises InvalidInput."""
    name = named or usual
    if name not in time_zones():
        raise InvalidInput("tz was {name!r}; write an IANA name such as Europe/Moscow or UTC", name=name)
    return ZoneInfo(name)


class PriceAsked(Asked):
    """What an amount costs now, or at a time."""

    market: str = MARKET
    side: Side = SIDE
    amount: str = AMOUNT
    profile: str = PROFILE
    max_splits: int = SPLITS
    pay: str = PAY
    at: str | None = AT
    search_steps: int = STEPS

    def question(self, now: datetime) -> PriceQuestion:
        """The question; raises InvalidInput."""
        return PriceQuestion(
            MarketSide(asked_market(self.market), self.side),
            asked_amount(self.amount),
            self.profile,
            self.max_splits,
            asked_payments(self.pay),
            asked_time(self.at, now) if self.at else None,
            self.search_steps,
        )


class DepthAsked(Asked):
    """A book by price."""

    market: str = MARKET
    side: Side = SIDE
    at: str | None = AT
    levels: int = Field(15, ge=1, le=1000, description="How many prices.")

    @property
    def market_side(self) -> MarketSide:
        """Of what; raises InvalidInput."""
        return MarketSide(asked_market(self.market), self.side)

    def moment(self, now: datetime) -> datetime | None:
        """The time asked about, if any; raises InvalidInput."""
        return asked_time(self.at, now) if self.at else None


class WarningsAsked(Asked):
    """What is wrong with the data of a market side."""

    market: str = MARKET
    side: Side = SIDE
    subject: Subject = Field(
        Subject.PRICES, description="What it is to be used for: a price of now, a series, or advice made from one."
    )

    @property
    def market_side(self) -> MarketSide:
        """Of what; raises InvalidInput."""
        return MarketSide(asked_market(self.market), self.side)


class ComboAsked(Asked):
    """One fiat into another."""

    source: str = Field(alias="from", max_length=8, description="The fiat that is given.", examples=["RUB"])
    target: str = Field(alias="to", max_length=8, description="The fiat that is wanted.", examples=["VND"])
    amount: str = Field(max_length=40, description="How much of it is given.", examples=["50000"])
    profile: str = PROFILE
    max_splits: int = SPLITS
    pay: str = PAY
    at: str | None = AT

    def question(self, settings: Settings, now: datetime) -> Question:
        """The question; raises InvalidInput, SettingsError."""
        pair = asked_fiat(self.source), asked_fiat(self.target)
        if pair[0] == pair[1]:
            raise InvalidInput("from and to were both {fiat}; name two different fiats", fiat=pair[0])
        profile = chosen_profile(settings, self.profile, asked_payments(self.pay))
        moment = asked_time(self.at, now) if self.at else None
        size = asked_amount(self.amount)
        return Question(*pair, size, profile, self.max_splits, moment or now, is_of_past=moment is not None)


class ComboHistoryAsked(Asked):
    """What changing one fiat into another was worth, day by day."""

    source: str = Field(alias="from", max_length=8, description="The fiat that is given.", examples=["RUB"])
    target: str = Field(alias="to", max_length=8, description="The fiat that is wanted.", examples=["VND"])
    amount: str = Field(max_length=40, description="How much of it; the nearest size kept is used.", examples=["50000"])
    profile: str = PROFILE
    first: date | None = Field(None, alias="from_day", ge=FIRST_DAY, le=LAST_DAY, description="The first UTC day.")
    last: date | None = Field(None, alias="to_day", ge=FIRST_DAY, le=LAST_DAY, description="The last UTC day.")

    def question(self, settings: Settings) -> HistoryQuestion:
        """The question; raises InvalidInput, SettingsError."""
        pair, size = (asked_fiat(self.source), asked_fiat(self.target)), asked_amount(self.amount)
        if self.first and self.last and self.first > self.last:
            raise InvalidInput(
                "from_day was {first}, which is after to_day, {last}; swap them", first=self.first, last=self.last
            )
        return HistoryQuestion(*pair, size, settings.profile(self.profile).name, self.first, self.last)


class BehaviourAsked(Asked):
    """How the offers of a market behave."""

    market: str = MARKET
    side: Side | None = Field(None, description="BUY or SELL; else both.")
    days: int = Field(14, ge=1, le=366, description="How many UTC days back.")
    to: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY, description="The last UTC day; else the newest.")
    rest_hours: float = Field(6.0, ge=1, le=168, description="Absent for longer means gone.")
    tz: str | None = ZONE

    def question(self, settings: Settings) -> BehaviourQuestion:
        """The question; raises InvalidInput."""
        market, confidence = asked_market(self.market), settings.analytics.confidence
        zone = asked_zone(self.tz, settings.timezone).key
        return BehaviourQuestion(market, self.side, self.days, self.to, self.rest_hours * 3600, confidence, zone)


class SeriesNamed(Asked):
    """Which price: what history and windows are of."""

    market: str = MARKET
    side: Side = SIDE
    measure: str = Field("executable", max_length=40, description="Which price; `executable` is what an amount costs.")
    profile: str | None = Field(None, max_length=60, description="For prices of an amount: which offers count; wide.")
    amount: str | None = Field(None, max_length=40, description="The size in fiat; the nearest one kept is used.")
    tz: str | None = ZONE

    @property
    def market_side(self) -> MarketSide:
        """Of what; raises InvalidInput."""
        return MarketSide(asked_market(self.market), self.side)

    @property
    def size(self) -> Decimal | None:
        """The size, if one was named; raises InvalidInput."""
        return asked_amount(self.amount) if self.amount else None

    def zone(self, usual: str) -> ZoneInfo:
        """The time zone asked for, else the usual one; raises InvalidInput."""
        return asked_zone(self.tz, usual)


class SeriesAsked(SeriesNamed):
    """One price over some days."""

    first: date | None = Field(None, alias="from", ge=FIRST_DAY, le=LAST_DAY, description="The first local day.")
    last: date | None = Field(None, alias="to", ge=FIRST_DAY, le=LAST_DAY, description="The last local day.")

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The days asked for, None for an open end; raises InvalidInput."""
        if self.first and self.last and self.first > self.last:
            raise InvalidInput(
                "from was {first}, which is after to, {last}; swap them", first=self.first, last=self.last
            )
        return self.first, self.last


class WindowsAsked(SeriesAsked):
    """When it is usually better."""

    amount: str | None = Field(
        None, max_length=40, description="BUY: fiat to spend. SELL: asset to sell. The nearest size kept is used."
    )
    between: str | None = Field(
        None, max_length=20, description="The hours in which you can trade, such as `8-22`; the settings'."
    )

    @property
    def trading(self) -> TradingHours | None:
        """The hours in which the person can trade, if any were named; raises InvalidInput."""
        return TradingHours.parse(self.between) if self.between else None


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What pydantic refused, a field each: its name, and what it was or lacks."""
    return [
        {"pointer": "body" if one["type"] in _NO_BODY else str(one["loc"][-1]), "detail": _detail(one)}
        for one in errors
    ]


def sentence_of(errors: Iterable[Mapping[str, Any]]) -> str:
    """The same as one sentence, a Told."""
    return joined("; ", [joined(": ", one.values()) for one in field_errors(errors)])


def _detail(one: Mapping[str, Any]) -> Told:
    if one["type"] in _NO_BODY:
        return Told("what was sent is no JSON object; send one such as {example}", example="{}")
    given, wanted = str(one["input"])[:MOST_SHOWN], wanted_of(one)
    if one["type"] == "extra_forbidden":
        return Told("there is no such parameter; /openapi.json lists what there is")
    if one["type"] == "missing":
        return Told("it must be given")
    if one["type"] == "value_error":
        return Told("it was {given!r}: {why}", given=given, why=one["ctx"]["error"])
    if wanted is None:
        return Told("it was {given!r}, which can't be used here; /openapi.json tells what can", given=given)
    return Told("it was {given!r}; write {wanted}", given=given, wanted=wanted)
