"""The settings of the analytics: combos, events, and how sure an advice has to be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, PositiveInt, field_validator, model_validator

from p2p_pipeline.kernel.settings_file import Section
from p2p_pipeline.p2p.trading_hours import TradingHours

FiatCode = Annotated[str, Field(pattern=r"^[A-Z]{3,5}$")]


class EventSettings(Section):
    """Days that a person knows to be different: a devaluation, a new law, a payday."""

    name: str
    first: date
    last: date
    fiats: tuple[str, ...] = ()
    """The fiats whose markets it touches; empty for all."""

    @model_validator(mode="after")
    def _in_order(self) -> EventSettings:
        if self.last < self.first:
            raise ValueError(f"event {self.name!r} ends ({self.last}) before it begins ({self.first}); swap the two")
        return self


class ComboSettings(Section):
    """A change of one fiat into another through an asset, whose price is kept as history."""

    source: FiatCode
    """The fiat that is spent, for example RUB."""
    target: FiatCode
    """The fiat that is received, for example VND."""
    amounts: tuple[Decimal, ...]
    """Of the source fiat."""

    @field_validator("amounts")
    @classmethod
    def _amounts_above_zero(cls, value: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
        if not value or min(value) <= 0:
            raise ValueError("amounts must be a list of at least one number above 0")
        return value

    @model_validator(mode="after")
    def _two_fiats(self) -> ComboSettings:
        if self.source == self.target:
            raise ValueError(f"source and target were both {self.source}; name two different fiats")
        return self


class AnalyticsSettings(Section):
    """What the analytics look at, and how sure they must be."""

    confidence: Annotated[float, Field(ge=0.5, le=0.99)] = 0.9
    """Of every interval that is shown."""
    minimum_weeks: PositiveInt = 4
    """Of history, before any hour is recommended."""
    trading_hours: str = "0-24"
    """The hours of your clock in which you can trade, for example 8-22, or 22-6 across midnight."""
    minutes_to_place: Annotated[float, Field(gt=0, le=1440)] = 5.0
    """How long it takes you from looking at a book until the last order stands; a deal must still be there then."""
    minutes_lost: Annotated[float, Field(ge=0, le=1440)] = 15.0
    """What a failed attempt costs you in time. It is charged with how far the price usually moves against you in it."""
    combos: tuple[ComboSettings, ...] = (
        ComboSettings(source="RUB", target="VND", amounts=(Decimal(10_000), Decimal(50_000), Decimal(200_000))),
    )
    transfer_fees_asset: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(
        default_factory=lambda: {"USDT": Decimal(1)}
    )
    """By asset, what moving it from one venue to another costs. An asset without a fee is not moved."""
    events: tuple[EventSettings, ...] = ()
    holiday_countries: dict[str, str] = Field(default_factory=dict)
    """By fiat, the ISO country whose public holidays count, where it is not the currency's own."""
    compact_after_days: PositiveInt = 7
    """A month's partitions become one file a market this many days after the month's end."""

    @field_validator("trading_hours")
    @classmethod
    def _hours_readable(cls, value: str) -> str:
        return str(TradingHours.parse(value))

    @field_validator("combos")
    @classmethod
    def _combos_once(cls, value: tuple[ComboSettings, ...]) -> tuple[ComboSettings, ...]:
        pairs = [f"{combo.source} to {combo.target}" for combo in value]
        doubles = sorted({pair for pair in pairs if pairs.count(pair) > 1})
        if doubles:
            raise ValueError(f"{', '.join(doubles)} is listed twice; keep one entry with all its amounts")
        return value
