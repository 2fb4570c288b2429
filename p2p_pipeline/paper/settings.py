"""What a session is told before it starts: each number with its default, refused with its line when it can't be."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.settings_file import Section, SettingsDocument, UnreadableYaml, explain
from p2p_pipeline.kernel.settings_words import sentence

PRINTED_BY = "p2p paper config"
"""What prints a configuration with every default."""


class PaperSettingsError(ClearError):
    """A mistake in a session's configuration; the text has the line and what to write."""

    mistakes: Mapping[str, str] = MappingProxyType({})
    """The same by parameter (`entry.notional`), where it is one of a parameter."""


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"was {'true' if value else 'false'}; write a number")  # noqa: TRY004 - pydantic's own
    return value


def not_zero(value: Decimal) -> Decimal:
    """A threshold of 0 would ask for nothing: refused."""
    if value == 0:
        raise ValueError("was 0; write a move above 0 (at least it) or below 0 (at most it)")
    return value


def whole_milliseconds(value: Decimal) -> Decimal:
    """The clock of a session has no finer ones."""
    if value * 1000 % 1:
        raise ValueError(f"was {value}; write seconds with at most three decimals")
    return value


Number = Annotated[Decimal, BeforeValidator(_no_flag), Field(max_digits=30, decimal_places=15)]
Threshold = Annotated[Number, AfterValidator(not_zero)]
Positive = Annotated[Number, Field(gt=0)]
Fee = Annotated[Number, Field(gt=-100, lt=100)]
Seconds = Annotated[Number, Field(ge=0, le=10**8), AfterValidator(whole_milliseconds)]
Count = Annotated[int, BeforeValidator(_no_flag), Field(ge=1, le=10**6)]
Price = Literal["best", "last", "mark"]
"""`best` is the side of the book that would be met: ask1 for a buy, bid1 for a sell."""
FeeKind = Literal["maker", "taker"]
Timeframe = Literal[1, 3, 5, 15, 30, 60, 120, 240]
TIMEFRAMES: tuple[int, ...] = get_args(Timeframe)
"""Minutes of a candle."""


def _number(default: str, title: str, meaning: str, unit: str) -> Any:
    """A parameter with what a person is told of it: the form and `p2p paper config` say the same."""
    return _word(Decimal(default), title, meaning, unit)


def _word(default: Any, title: str, meaning: str, unit: str = "") -> Any:
    return Field(default, title=title, description=meaning, json_schema_extra={"unit": unit})


_PRICE_MOVE = "price move", "How far the mark price has moved since the reference candle closed.", "%"
_OIV_MOVE = (
    "open interest value move",
    "How far open interest times mark price has moved since then; it contains the price's own move.",
    "%",
)


class Long(Section):
    """Moves since the references that both must be reached to buy. Above 0 at least it, below 0 at most it."""

    price_move_pct: Threshold = _number("0.5", *_PRICE_MOVE)
    oiv_move_pct: Threshold = _number("0.5", *_OIV_MOVE)


class Short(Section):
    """The same to sell."""

    price_move_pct: Threshold = _number("-0.5", *_PRICE_MOVE)
    oiv_move_pct: Threshold = _number("-0.5", *_OIV_MOVE)


class Entry(Section):
    """The order that opens a position."""

    offset_pct: Annotated[Number, Field(ge=0, lt=100)] = _number(
        "0.1", "offset of the limit", "How far from mark the limit is set: below it to buy, above it to sell.", "%"
    )
    timeout_seconds: Annotated[Seconds, Field(gt=0)] = _number(
        "30", "time to wait", "An order that nothing has touched for so long expires.", "s"
    )
    notional: Positive = _number(
        "100", "size", "Quantity times limit of each order, before it is rounded down to the symbol's step.", "USDT"
    )
    post_only: bool = _word(
        default=True,
        title="only as maker",
        meaning="Reject an order that would be filled at once, as a post-only order would be.",
    )


class Exit(Section):
    """Where a position is closed, from its entry's price."""

    take_profit_pct: Positive = _number(
        "0.6", "take-profit", "How far the price must go the right way; filled at that price.", "%"
    )
    stop_loss_pct: Positive = _number(
        "0.4",
        "stop-loss",
        "How far the price may go the wrong way; filled at the worse of that price and the book. From 100 on a bought "
        "position has none: no price falls that far.",
        "%",
    )


class Fees(Section):
    """Of each fill's price x quantity."""

    maker: Fee = _number("0.02", "maker fee", "Of price times quantity; below 0 it is paid to you.", "%")
    taker: Fee = _number("0.055", "taker fee", "Of price times quantity.", "%")


class FeeOf(Section):
    """Which fee each kind of fill pays."""

    entry: FeeKind = _word("maker", "fee of an entry", "Which of the two fees a filled entry pays.")
    take_profit: FeeKind = _word("maker", "fee of a take-profit", "Which of the two fees it pays.")
    stop_loss: FeeKind = _word(
        "maker", "fee of a stop-loss", "Which of the two fees it pays; at an exchange it would be a taker's."
    )
    forced: FeeKind = _word(
        "taker",
        "fee of a forced close",
        "What a position pays that is closed at a stop, by a command or after a crash.",
    )


class Account(Section):
    """What it starts with, and how many symbols may have an order or a position."""

    start_equity: Positive = _number("10000", "start", "What the session begins with.", "USDT")
    max_positions: Count = _word(10, "most at once", "So many symbols may have an order or a position.", "symbols")


class Universe(Section):
    """Which symbols take part."""

    min_volatility_pct: Annotated[Number, Field(ge=0)] = _number(
        "5", "least volatility", "How far the highest price of 24 hours lies above the lowest.", "%"
    )
    min_turnover: Annotated[Number, Field(ge=0)] = _number("5000000", "least turnover", "Of 24 hours.", "USDT")
    max_symbols: Count = _word(200, "most symbols", "Those of the highest turnover are taken.", "symbols")
    warm_up_seconds: Seconds = _number(
        "5", "warm-up", "How long prices are heard before the symbols are chosen; then they stay the same.", "s"
    )
    symbols: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], Field(min_length=1)] | None = (
        _word(None, "only these symbols", "Such as BTCUSDT; they still must pass the limits. None named: all of them.")
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

    before_seconds: Seconds = _number("60", "before funding", "No new entry so long before a funding time.", "s")
    after_seconds: Seconds = _number("60", "after funding", "No new entry until so long after it.", "s")


class PaperSettings(Section):
    """A session's frozen configuration. Percentages are of 100; amounts are exact."""

    timeframe_minutes: Timeframe = _word(
        5, "candle", "Moves are counted from the close of the newest candle of this length.", "min"
    )
    long: Long | None = Long()
    short: Short | None = Short()
    entry: Entry = Entry()
    exit: Exit = Exit()
    touch_price: Price = _word(
        "best",
        "what fills an order",
        "The price that must reach the limit of an entry or a take-profit: best is the other side of the book.",
    )
    stop_trigger: Price = _word("mark", "what triggers a stop-loss", "The price that must reach it.")
    fees_pct: Fees = Fees()
    fee_of: FeeOf = FeeOf()
    account: Account = Account()
    universe: Universe = Universe()
    funding_cooldown: FundingCooldown = FundingCooldown()
    rearm_seconds: Seconds = _number(
        "1", "rest after a trade", "So long after an order or a position ended its symbol is not looked at.", "s"
    )
    stale_after_seconds: Seconds = _number(
        "10", "silence", "A symbol of which nothing came for longer is stale: not traded, its order cancelled.", "s"
    )
    reference_max_age_seconds: Seconds = _number(
        "10", "age of a reference", "A candle whose open interest value is older at its close gives no reference.", "s"
    )

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
        raise _refused(error, explain(error, document, file_name, PRINTED_BY)) from None


def paper_settings_of(value: Mapping[str, Any]) -> PaperSettings:
    """The same from values that stand in no file, such as a form's or JSON's. Raises PaperSettingsError."""
    try:
        return PaperSettings.model_validate(value)
    except ValidationError as error:
        mistakes = _mistakes(error)
        raise _refused(error, "; ".join(f"{name}: {told}" for name, told in mistakes.items())) from None


def _refused(error: ValidationError, told: str) -> PaperSettingsError:
    found = PaperSettingsError("{mistakes}", mistakes=told)
    found.mistakes = _mistakes(error)
    return found


def _mistakes(error: ValidationError) -> dict[str, str]:
    return {
        ".".join(map(str, one["loc"])) or "configuration": sentence(one, one["loc"], PRINTED_BY)
        for one in error.errors()
    }


def milliseconds(seconds: Decimal) -> int:
    """A configured length of time."""
    return int(seconds * 1000)
