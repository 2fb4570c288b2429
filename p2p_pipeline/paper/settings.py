"""What a session is told before it starts: each number with its default, refused with its line when it can't be."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.settings_file import Section, SettingsDocument, UnreadableYaml, explain


class PaperSettingsError(ClearError):
    """A mistake in a session's configuration; the text has the line and what to write."""


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"was {'true' if value else 'false'}; write a number")  # noqa: TRY004 - pydantic's own
    return value


def _threshold(value: Decimal) -> Decimal:
    if value == 0:
        raise ValueError("was 0; write a move above 0 (at least it) or below 0 (at most it)")
    return value


def _whole_milliseconds(value: Decimal) -> Decimal:
    if value * 1000 % 1:
        raise ValueError(f"was {value}; write seconds with at most three decimals")
    return value


Number = Annotated[Decimal, BeforeValidator(_no_flag), Field(max_digits=30, decimal_places=15)]
Threshold = Annotated[Number, AfterValidator(_threshold)]
Positive = Annotated[Number, Field(gt=0)]
Fee = Annotated[Number, Field(gt=-100, lt=100)]
Seconds = Annotated[Number, Field(ge=0, le=10**8), AfterValidator(_whole_milliseconds)]
Count = Annotated[int, BeforeValidator(_no_flag), Field(ge=1, le=10**6)]
Price = Literal["best", "last", "mark"]
"""`best` is the side of the book that would be met: ask1 for a buy, bid1 for a sell."""
FeeKind = Literal["maker", "taker"]
Timeframe = Literal[1, 3, 5, 15, 30, 60, 120, 240]
TIMEFRAMES: tuple[int, ...] = get_args(Timeframe)
"""Minutes of a candle."""


class Long(Section):
    """Moves since the references that both must be reached to buy. Above 0 at least it, below 0 at most it."""

    price_move_pct: Threshold = Decimal("0.5")
    oiv_move_pct: Threshold = Decimal("0.5")


class Short(Section):
    """The same to sell."""

    price_move_pct: Threshold = Decimal("-0.5")
    oiv_move_pct: Threshold = Decimal("-0.5")


class Entry(Section):
    """The order that opens a position."""

    offset_pct: Annotated[Number, Field(ge=0, lt=100)] = Decimal("0.1")
    timeout_seconds: Annotated[Seconds, Field(gt=0)] = Decimal(30)
    notional: Positive = Decimal(100)
    post_only: bool = True


class Exit(Section):
    """Where a position is closed, from its entry's price."""

    take_profit_pct: Positive = Decimal("0.6")
    stop_loss_pct: Positive = Decimal("0.4")


class Fees(Section):
    """Of each fill's price x quantity."""

    maker: Fee = Decimal("0.02")
    taker: Fee = Decimal("0.055")


class FeeOf(Section):
    """Which fee each kind of fill pays."""

    entry: FeeKind = "maker"
    take_profit: FeeKind = "maker"
    stop_loss: FeeKind = "maker"
    forced: FeeKind = "taker"


class Account(Section):
    """What it starts with, and how many symbols may have an order or a position."""

    start_equity: Positive = Decimal(10_000)
    max_positions: Count = 10


class Universe(Section):
    """Which symbols take part."""

    min_volatility_pct: Annotated[Number, Field(ge=0)] = Decimal(5)
    min_turnover: Annotated[Number, Field(ge=0)] = Decimal(5_000_000)
    max_symbols: Count = 200
    warm_up_seconds: Seconds = Decimal(5)
    symbols: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], Field(min_length=1)] | None = (
        None
    )

    @field_validator("symbols")
    @classmethod
    def _once(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        doubles = sorted({one for one in value or () if (value or ()).count(one) > 1})
        if doubles:
            raise ValueError(f"{', '.join(doubles)} is listed twice; keep one")
        return value


class FundingCooldown(Section):
    """No evaluation around a funding time."""

    before_seconds: Seconds = Decimal(60)
    after_seconds: Seconds = Decimal(60)


class PaperSettings(Section):
    """A session's frozen configuration. Percentages are of 100; amounts are exact."""

    timeframe_minutes: Timeframe = 5
    long: Long | None = Long()
    short: Short | None = Short()
    entry: Entry = Entry()
    exit: Exit = Exit()
    touch_price: Price = "best"
    stop_trigger: Price = "mark"
    fees_pct: Fees = Fees()
    fee_of: FeeOf = FeeOf()
    account: Account = Account()
    universe: Universe = Universe()
    funding_cooldown: FundingCooldown = FundingCooldown()
    rearm_seconds: Seconds = Decimal(1)
    stale_after_seconds: Seconds = Decimal(10)
    reference_max_age_seconds: Seconds = Decimal(10)

    def fee_pct(self, fill: Literal["entry", "take_profit", "stop_loss", "forced"]) -> Decimal:
        """What a kind of fill pays, of 100."""
        kind: FeeKind = getattr(self.fee_of, fill)
        return self.fees_pct.maker if kind == "maker" else self.fees_pct.taker


def read_paper_settings(path: Path) -> PaperSettings:
    """A session's configuration file. Raises PaperSettingsError."""
    try:
        text = path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise PaperSettingsError("{path} can't be read: {why}", path=path, why=why) from None
    return parse_paper_settings(text, path.name)


def parse_paper_settings(text: str | bytes, file_name: str) -> PaperSettings:
    """The same from YAML text; an empty one is every default."""
    try:
        document = SettingsDocument.parse(text)
    except UnreadableYaml as error:
        line = error.line
        raise PaperSettingsError("{file} line {line}: {error}", file=file_name, line=line, error=error) from None
    value = {} if document.value is None else document.value
    if not isinstance(value, dict):
        raise PaperSettingsError("{file} line 1: the file must be a list of `name: value` lines", file=file_name)
    try:
        return PaperSettings.model_validate(value)
    except ValidationError as error:
        raise PaperSettingsError("{mistakes}", mistakes=explain(error, document, file_name)) from None


def milliseconds(seconds: Decimal) -> int:
    """A configured length of time."""
    return int(seconds * 1000)
