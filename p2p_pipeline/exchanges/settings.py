"""The `exchanges:` section of the settings file: which order books are watched, and what an opportunity must be."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator

from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.kernel.settings_file import Section, SettingsDocument, UnreadableYaml, explain

LARGE_ASSETS = (
    "BTC", "ETH", "SOL", "XRP", "BNB", "DOGE", "ADA", "TRX", "AVAX", "LINK",
    "DOT", "LTC", "BCH", "TON", "SHIB", "UNI", "NEAR", "ATOM", "ETC", "XLM",
    "APT", "FIL", "ARB", "OP", "SUI", "INJ", "AAVE", "PEPE", "HBAR", "ALGO",
    "ICP", "SAND", "MANA", "GRT", "CRV", "COMP", "SUSHI", "CHZ", "AXS", "ENJ",
)  # fmt: skip
"""Forty that most of the fourteen exchanges trade."""
FORTY = tuple(f"{asset}/USDT" for asset in LARGE_ASSETS)
CROSSES = ("ETH/BTC", "SOL/BTC", "XRP/BTC")
"""Without them no cycle closes: each joins two of the forty."""


Names = TypeVar("Names", tuple[str, ...], dict[str, Decimal], dict[str, dict[str, Decimal]])
"""Exchanges' names, or something by them."""
Ladder = Annotated[tuple[Annotated[Decimal, Field(gt=0)], ...], Field(min_length=1)]


class ExchangesSettingsError(ClearError):
    """A mistake in the section; the text has the line and what to write."""


class ExchangesSettings(Section):
    """What is watched and by which numbers it is judged. Percentages are of 100; amounts exact."""

    watch: Annotated[tuple[str, ...], Field(min_length=1)] = NAMES
    """Exchanges."""
    symbols: Annotated[tuple[str, ...], Field(min_length=1)] = FORTY + CROSSES
    """BASE/QUOTE."""
    source: str | None = None
    """A base URL that all requests and sockets go to instead of the exchanges (the simulator)."""
    notionals: Ladder = (Decimal(100), Decimal(1_000), Decimal(10_000))
    """The ladder of sizes in USD, and as much in every quote that stands for one: USDT, USDC …"""
    quote_per_usd: dict[str, Annotated[Decimal, Field(gt=0)]] = Field(
        default_factory=lambda: {"BTC": Decimal("0.00001"), "ETH": Decimal("0.00025"), "KRW": Decimal(1400)}
    )
    """What one USD of the ladder is in a quote that does not, roughly: 1,000 are 0.01 BTC."""
    min_net_edge_pct: Decimal = Decimal("0.1")
    too_good_pct: Annotated[Decimal, Field(gt=0, validate_default=True)] = Decimal(10)
    """A net edge above this is not believed: quarantine."""
    slippage_pct: Annotated[Decimal, Field(ge=0)] = Decimal("0.05")
    rebalance_cost: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    """In each symbol's own quote, of bringing inventory back."""
    max_age_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 10.0
    """Of both books, by the monotonic clock and by the exchange's own time."""
    taker_fees_pct: dict[str, Annotated[Decimal, Field(ge=0, lt=100)]] = Field(default_factory=dict)
    """Your own tier, by exchange; else what the exchange's list says, else its public base tier."""
    start: dict[str, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=lambda: {"USDT": Decimal(1000)})
    """Where cycles start, and with how much."""
    longest_cycle: Annotated[int, Field(ge=3, le=4)] = 3
    inventory: dict[str, dict[str, Annotated[Decimal, Field(ge=0)]]] = Field(default_factory=dict)
    """What you hold where: exchange, asset, quantity. Cycles over several exchanges are told only with it."""
    wanted_edge_pct: Decimal = Decimal("-0.3")
    """Best prices this near to an edge make a symbol a candidate whose depth is watched …"""
    leave_edge_pct: Annotated[Decimal, Field(validate_default=True)] = Decimal("-0.6")
    """… until they are further away than this."""
    watch_depth: tuple[str, ...] = ()
    """Symbols whose depth is watched always."""
    scan_seconds: Annotated[float, Field(ge=0.5, allow_inf_nan=False)] = 5.0
    frames_keep_days: Annotated[int, Field(ge=1)] = 7
    frames_max_gib: Annotated[float, Field(ge=0.1, allow_inf_nan=False)] = 20.0

    @field_validator("watch", "taker_fees_pct", "inventory")
    @classmethod
    def _known(cls, value: Names) -> Names:
        for name in value:
            if name not in NAMES:
                raise ValueError(f"{name!r} is no exchange that is known; known are {', '.join(NAMES)}")
        return value

    @field_validator("watch", "symbols", "watch_depth", "notionals")
    @classmethod
    def _once(cls, value: tuple[object, ...]) -> tuple[object, ...]:
        doubles = sorted({str(one) for one in value if value.count(one) > 1})
        if doubles:
            raise ValueError(f"{', '.join(doubles)} is listed twice; keep one")
        return value

    @field_validator("symbols", "watch_depth")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(checked_symbol, value))

    @field_validator("start", "quote_per_usd")
    @classmethod
    def _assets(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        for name in value:
            _checked_asset(name)
        return value

    @field_validator("inventory")
    @classmethod
    def _held_assets(cls, value: dict[str, dict[str, Decimal]]) -> dict[str, dict[str, Decimal]]:
        return {exchange: cls._assets(held) for exchange, held in value.items()}

    @field_validator("too_good_pct")
    @classmethod
    def _leaves_room(cls, value: Decimal, before: ValidationInfo) -> Decimal:
        least = before.data.get("min_net_edge_pct", value)
        if least > value:
            raise ValueError(f"{value} is below min_net_edge_pct, {least}: nothing could be told; write more")
        return value

    @field_validator("leave_edge_pct")
    @classmethod
    def _is_further_away(cls, value: Decimal, before: ValidationInfo) -> Decimal:
        wanted = before.data.get("wanted_edge_pct", value)
        if value > wanted:
            raise ValueError(f"{value} is above wanted_edge_pct, {wanted}: candidates would leave as they come")
        return value

    @field_validator("watch_depth")
    @classmethod
    def _is_watched(cls, value: tuple[str, ...], before: ValidationInfo) -> tuple[str, ...]:
        for symbol in value:
            if symbol not in before.data.get("symbols", value):
                raise ValueError(f"{symbol} is not among the symbols; write it there too")
        return value


class _File(BaseModel):
    """The settings file as this trade reads it: other trades' sections are theirs to judge."""

    exchanges: ExchangesSettings | None = None


def exchanges_settings(file: Path | None) -> ExchangesSettings:
    """The section of a settings file, or its defaults. Raises ExchangesSettingsError with the line."""
    if file is None:
        return ExchangesSettings()
    try:
        return parse_exchanges_settings(file.read_bytes(), file.name)
    except OSError as error:
        why = error.strerror or str(error)
        raise ExchangesSettingsError("settings file {file} can't be read: {why}", file=file, why=why) from None


def parse_exchanges_settings(text: str | bytes, file_name: str) -> ExchangesSettings:
    """The same from YAML text."""
    try:
        document = SettingsDocument.parse(text)
    except UnreadableYaml as error:
        line = error.line
        raise ExchangesSettingsError("{file} line {line}: {error}", file=file_name, line=line, error=error) from None
    value = {} if document.value is None else document.value
    if not isinstance(value, dict):
        raise ExchangesSettingsError("{file} line 1: the file must be a list of `name: value` lines", file=file_name)
    try:
        return _File.model_validate(value).exchanges or ExchangesSettings()
    except ValidationError as error:
        raise ExchangesSettingsError(explain(error, document, file_name)) from None


def chosen_exchanges(text: str) -> tuple[str, ...]:
    """`a,b` of a command line. Raises InvalidInput naming the known ones."""
    names = _listed(text, "exchange", "binance,okx")
    for name in names:
        if name not in NAMES:
            raise InvalidInput(
                "the exchange {exchange!r} is not known; known are {known}", exchange=name, known=", ".join(NAMES)
            )
    return names


def checked_symbol(symbol: str) -> str:
    """A symbol as it is written here. Raises InvalidInput."""
    base, slash, quote = symbol.partition("/")
    is_one = base and slash and quote and base != quote and "/" not in quote
    if not is_one or symbol != symbol.upper() or not base.isprintable():
        raise InvalidInput("{symbol!r} is no symbol; write BASE/QUOTE in upper case, such as BTC/USDT", symbol=symbol)
    return symbol


def chosen_symbols(text: str) -> tuple[str, ...]:
    """`BTC/USDT,ETH/USDT` of a command line. Raises InvalidInput for what is no symbol."""
    return tuple(map(checked_symbol, _listed(text, "symbol", "BTC/USDT,ETH/USDT")))


def _listed(text: str, what: str, example: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InvalidInput("{text!r} names no {what}; write {example}", text=text, what=what, example=example)
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput("the {what} {name} is listed twice; name it once", what=what, name=name)
    return tuple(names)


def _checked_asset(name: str) -> None:
    if not name or name != name.upper() or not name.isprintable() or "/" in name:
        raise ValueError(f"{name!r} is no asset; write it in upper case, such as BTC")
