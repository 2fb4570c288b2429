"""Typed settings: defaults, then `settings.yaml`, then the environment. Markets and profiles are configuration.

Every mistake in the file is told with its line and what to write instead. Secrets (proxies, webhooks, database URLs)
come from the environment only; the file may name the variable that holds one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, PositiveInt, ValidationError, field_validator, model_validator

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.settings_file import Section, SettingsDocument, UnreadableYaml, explain
from p2p_pipeline.p2p.markets import SLOT_SECONDS, WIDE, Market, MarketSide, Profile, Side
from p2p_pipeline.p2p.settings_analytics import AnalyticsSettings
from p2p_pipeline.p2p.settings_warehouse import SweepSettings, WarehouseSettings
from p2p_pipeline.p2p.venues.directory import known_venue

SETTINGS_FILE = "settings.yaml"


class SettingsError(ClearError):
    """The settings can't be used; the message says where and what to write instead."""


def known_market(value: object) -> Market:
    """Read a market of a venue that the program knows; raises ValueError with what to write instead."""
    if isinstance(value, Market):
        return value
    market = Market.parse(str(value))
    known_venue(market.venue)
    return market


class MarketSettings(Section):
    """One market to collect: both sides, every slot."""

    market: Annotated[Market, BeforeValidator(known_market)]
    profile: str = "wide"
    """Paging goes on until `minimum_offers` pass this profile."""
    minimum_offers: PositiveInt | None = None
    amounts_fiat: tuple[Decimal, ...] | None = None
    """What BUY quotes are computed for; as long as `amounts_asset`. Without it: round amounts near 100, 500 and 2,000
    units of a dollar-like asset."""
    amounts_asset: tuple[Decimal, ...] | None = None
    """What SELL quotes are computed for, step for step with `amounts_fiat`."""

    @model_validator(mode="after")
    def _ladders_match(self) -> MarketSettings:
        fiat, asset = self.amounts_fiat, self.amounts_asset
        if (fiat is None) != (asset is None):
            raise ValueError("amounts_fiat and amounts_asset go together: give both or neither")
        if fiat is not None and asset is not None:
            if len(fiat) != len(asset) or not fiat:
                raise ValueError("amounts_fiat and amounts_asset must have the same number of steps, at least one")
            if min(*fiat, *asset) <= 0:
                raise ValueError("amounts must be above 0")
        return self


class ProfileSettings(Section):
    """Which offers a person would take."""

    payment_methods: tuple[str, ...] = ()
    """Canonical codes (see `p2p doctor --payments`), of which an offer must take one; empty admits any."""
    min_completion_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    min_orders_30d: Annotated[int, Field(ge=0)] = 0
    merchants_only: bool = False


STRICT = ProfileSettings(min_completion_rate=0.95, min_orders_30d=50)


class CollectionSettings(Section):
    """How the 30-second collection behaves."""

    interval_seconds: PositiveInt = SLOT_SECONDS
    """A multiple of 30: every how many seconds a market side is collected."""
    budget_seconds: Annotated[float, Field(gt=0, le=25)] = 20.0
    """All that one tick may take; the rest of the slot stays free for the store and the daemon."""
    minimum_offers: PositiveInt = 100
    max_pages: PositiveInt = 15
    max_body_mib: PositiveInt = 8

    @field_validator("interval_seconds")
    @classmethod
    def _is_whole_slots(cls, value: int) -> int:
        if value % SLOT_SECONDS:
            raise ValueError(f"was {value}; write a multiple of {SLOT_SECONDS}")
        return value


class VenueSettings(Section):
    """How politely one venue is asked."""

    requests_per_second: Annotated[float, Field(gt=0, le=50)] = 4.0
    """Where pacing starts and what it recovers to; it slows down by itself when the venue says so."""
    concurrency: Annotated[int, Field(ge=1, le=16)] = 4
    proxy_variable: str | None = None
    """The environment variable that holds a proxy URL."""


class QualitySettings(Section):
    """Where a check turns from fine to bad."""

    stale_after_seconds: PositiveInt = 180
    max_missing_slot_share: Annotated[float, Field(ge=0, le=1)] = 0.02
    max_incomplete_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    max_duplicate_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    max_quarantined_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    max_unknown_payment_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    max_price_deviation: Annotated[float, Field(gt=0)] = 0.25
    """How far a snapshot's median price may lie from the median of the recent ones, as a share."""
    max_crossed_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Teasers cross most books, large ones always: by default only medians the wrong way round warn."""


class RetentionSettings(Section):
    """What is thrown away, and when. Empty means never."""

    raw_keep_days: PositiveInt | None = None
    raw_max_gib: Annotated[float, Field(gt=0)] | None = None
    min_free_mib: Annotated[int, Field(ge=0)] = 500
    """Nothing is written when the disk has less room than this."""
    runs_keep_days: PositiveInt = 14


class AlertSettings(Section):
    """Where trouble is told, besides the log."""

    webhook_variable: str = "P2P_ALERT_WEBHOOK"
    """The environment variable that holds a URL which takes a JSON POST."""
    repeat_after_hours: Annotated[float, Field(gt=0)] = 24.0
    """The same trouble is told again only after this long."""


class Settings(Section):
    """Everything that can be configured, with defaults that work on a laptop."""

    timezone: str = "UTC"
    """For what people read; stored times are UTC."""
    first_day: date | None = None
    """The first UTC day that Dagster shows as a partition; without it the first day that is stored."""
    markets: tuple[MarketSettings, ...] = (
        MarketSettings(
            market=Market.parse("bybit.USDT-RUB"),
            amounts_fiat=(Decimal(10_000), Decimal(50_000), Decimal(200_000)),
            amounts_asset=(Decimal(100), Decimal(500), Decimal(2_000)),
        ),
        MarketSettings(
            market=Market.parse("bybit.USDT-VND"),
            amounts_fiat=(Decimal(2_500_000), Decimal(12_500_000), Decimal(50_000_000)),
            amounts_asset=(Decimal(100), Decimal(500), Decimal(2_000)),
        ),
    )
    profiles: dict[str, ProfileSettings] = Field(default_factory=lambda: {"strict": STRICT})
    collection: CollectionSettings = CollectionSettings()
    venues: dict[str, VenueSettings] = Field(default_factory=dict)
    quality: QualitySettings = QualitySettings()
    retention: RetentionSettings = RetentionSettings()
    alerts: AlertSettings = AlertSettings()
    analytics: AnalyticsSettings = AnalyticsSettings()
    sweep: SweepSettings = SweepSettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    exchanges: dict[str, Any] | None = None
    """Another trade's section of the same file: read and judged there (`exchanges/settings.py`)."""

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"was {value!r}; write an IANA name such as Europe/Moscow") from None
        return value

    @field_validator("markets")
    @classmethod
    def _markets_once(cls, value: tuple[MarketSettings, ...]) -> tuple[MarketSettings, ...]:
        keys = [entry.market.key for entry in value]
        doubles = sorted({key for key in keys if keys.count(key) > 1})
        if doubles:
            raise ValueError(f"{', '.join(doubles)} is listed twice; keep one entry")
        return value

    @field_validator("venues")
    @classmethod
    def _venues_known(cls, value: dict[str, VenueSettings]) -> dict[str, VenueSettings]:
        for name in value:
            known_venue(name)
        return value

    @field_validator("profiles")
    @classmethod
    def _wide_is_ours(cls, value: dict[str, ProfileSettings]) -> dict[str, ProfileSettings]:
        if "wide" in value:
            raise ValueError("the profile 'wide' admits every offer and can't be changed; choose another name")
        return value

    @model_validator(mode="after")
    def _profiles_exist(self) -> Settings:
        for entry in self.markets:
            if entry.profile not in self.profile_names:
                raise ValueError(
                    f"market {entry.market.key} uses the profile {entry.profile!r}; known are "
                    f"{', '.join(self.profile_names)}"
                )
        return self

    @property
    def profile_names(self) -> tuple[str, ...]:
        """`wide` first, then the configured ones in their order."""
        return (WIDE.name, *self.profiles)

    def profile(self, name: str) -> Profile:
        """The profile of that name; raises SettingsError naming the known ones."""
        if name == WIDE.name:
            return WIDE
        if name not in self.profiles:
            raise SettingsError("profile was {name!r}; known are {all}", name=name, all=", ".join(self.profile_names))
        entry = self.profiles[name]
        return Profile(
            name=name,
            payment_methods=frozenset(entry.payment_methods),
            min_completion_rate=entry.min_completion_rate,
            min_orders_30d=entry.min_orders_30d,
            merchants_only=entry.merchants_only,
        )

    def all_profiles(self) -> tuple[Profile, ...]:
        """Every profile quotes are computed for."""
        return tuple(self.profile(name) for name in self.profile_names)

    def market_settings(self, market: Market) -> MarketSettings:
        """The entry of a market, or the defaults for one that is only imported."""
        return next((entry for entry in self.markets if entry.market == market), MarketSettings(market=market))

    def venue_settings(self, venue: str) -> VenueSettings:
        """The entry of a venue, or its defaults."""
        return self.venues.get(venue, VenueSettings())

    def market_sides(self, venue: str) -> tuple[MarketSide, ...]:
        """What is collected of one venue each slot."""
        markets = [entry.market for entry in self.markets if entry.market.venue == venue]
        return tuple(MarketSide(market, side) for market in markets for side in Side)


def settings_file_of(
    path: Path | None = None, environment: Mapping[str, str] = os.environ, data_folder: Path | None = None
) -> Path | None:
    """Where the settings are read from; None for the defaults. Raises SettingsError for a named file that is not there.

    The one given, else what P2P_SETTINGS names, else `settings.yaml` in the data folder (a demo's) or in this one.
    """
    named = path or (Path(environment["P2P_SETTINGS"]) if environment.get("P2P_SETTINGS") else None)
    if named is not None:
        if not named.exists():
            raise SettingsError("settings file {named} does not exist; create it or unset P2P_SETTINGS", named=named)
        return named
    places = (Path(SETTINGS_FILE),) if data_folder is None else (data_folder / SETTINGS_FILE, Path(SETTINGS_FILE))
    return next((file for file in places if file.exists()), None)


def load_settings(
    path: Path | None = None, environment: Mapping[str, str] = os.environ, data_folder: Path | None = None
) -> Settings:
    """Read what `settings_file_of` finds. Raises SettingsError with file, line and what to write instead."""
    chosen = settings_file_of(path, environment, data_folder)
    if chosen is None:
        return Settings()
    if chosen.is_dir():
        raise SettingsError("settings file {chosen} is a folder; name a file in it, or put a file there", chosen=chosen)
    try:
        return parse_settings(chosen.read_bytes(), chosen.name)
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError("settings file {chosen} can't be read: {why}", chosen=chosen, why=why) from None


def parse_settings(text: str | bytes, file_name: str = SETTINGS_FILE) -> Settings:
    """Read settings from YAML text; see load_settings."""
    try:
        document = SettingsDocument.parse(text)
    except UnreadableYaml as error:
        raise SettingsError("{file} line {line}: {error}", file=file_name, line=error.line, error=error) from None
    value = {} if document.value is None else document.value
    if not isinstance(value, dict):
        raise SettingsError("{file} line 1: the file must be a list of `name: value` lines", file=file_name)
    try:
        return Settings.model_validate(value)
    except ValidationError as error:
        raise SettingsError(explain(error, document, file_name)) from None
