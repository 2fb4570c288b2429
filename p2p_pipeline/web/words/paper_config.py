"""What a session's configuration says, in sentences, and the words of its form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from p2p_pipeline.paper.settings import Long, PaperSettings, Short
from p2p_pipeline.web.figures import MINUS, NO_BREAK, Figures
from p2p_pipeline.web.words.languages import Words

_OF_100 = Decimal(100)


def group_texts(words: Words) -> Mapping[str, str]:
    """The form's groups."""
    return {
        "signal": words.text("When it enters"),
        "entry": words.text("The order"),
        "exit": words.text("When it leaves"),
        "universe": words.text("Which symbols"),
        "account": words.text("Account and fees"),
        "funding": words.text("Around funding"),
    }


def section_texts(words: Words) -> Mapping[str, str]:
    """Sections of which several parameters have the same names."""
    return {"long": words.text("Long"), "short": words.text("Short")}


def sentences_of(settings: PaperSettings, words: Words, figures: Figures) -> list[str]:
    """What a session with it would do."""
    text = words.text
    if settings.long is None and settings.short is None:
        return [text("Neither direction is on: nothing will be traded.")]
    signals = [
        _signal(name, found, settings, words, figures)
        for name, found in ((text("Long"), settings.long), (text("Short"), settings.short))
        if found is not None
    ]
    return [
        *signals,
        _order(settings, words, figures),
        _exit(settings, words, figures),
        _size(settings, words, figures),
    ]


def _signal(name: str, found: Long | Short, settings: PaperSettings, words: Words, figures: Figures) -> str:
    return words.text(
        "{direction} when price {price} and OI value {oiv} since the {minutes}-minute candle closed.",
        direction=name,
        price=_threshold(found.price_move_pct, figures),
        oiv=_threshold(found.oiv_move_pct, figures),
        minutes=settings.timeframe_minutes,
    )


def _order(settings: PaperSettings, words: Words, figures: Figures) -> str:
    entry, sides = settings.entry, (settings.long is not None, settings.short is not None)
    if sides == (True, True):
        template = words.text("A limit order of {size}, {offset} below mark to buy and above it to sell")
    elif sides[0]:
        template = words.text("A limit order of {size}, {offset} below mark")
    else:
        template = words.text("A limit order of {size}, {offset} above mark")
    order = template.format(
        size=figures.given(entry.notional, "USDT"), offset=_percent(entry.offset_pct, figures, signed=False)
    )
    waits = figures.span(float(entry.timeout_seconds))
    return words.text("{order}; it expires after {time}.", order=order, time=waits)


def _exit(settings: PaperSettings, words: Words, figures: Figures) -> str:
    gain, loss = settings.exit.take_profit_pct, settings.exit.stop_loss_pct
    return words.text(
        "Closed at {gain} or {loss} from its entry; after fees about {net_gain} or {net_loss}.",
        gain=_percent(gain, figures),
        loss=_percent(-loss, figures),
        net_gain=_percent(round(_net(gain, "take_profit", settings), 2), figures),
        net_loss=_percent(round(_net(-loss, "stop_loss", settings), 2), figures),
    )


def _net(moved: Decimal, how: Literal["take_profit", "stop_loss"], settings: PaperSettings) -> Decimal:
    """Of a long position: the second fee is of the price that it is closed at."""
    closing = settings.fee_pct(how) * (1 + moved / _OF_100)
    return moved - settings.fee_pct("entry") - closing


def _size(settings: PaperSettings, words: Words, figures: Figures) -> str:
    universe = settings.universe
    symbols = (
        words.many("{count} symbol that is named", "{count} symbols that are named", len(universe.symbols))
        if universe.symbols
        else words.many("the {count} of most turnover", "the {count} of most turnover", universe.max_symbols)
    )
    return words.text(
        "At most {positions} at once, of {symbols}; it begins with {start}.",
        positions=figures.count(settings.account.max_positions),
        symbols=symbols,
        start=figures.given(settings.account.start_equity, "USDT"),
    )


def _threshold(value: Decimal, figures: Figures) -> str:
    return f"{'≥' if value > 0 else '≤'}{NO_BREAK}{_percent(value, figures, least=2)}"


def _percent(value: Decimal, figures: Figures, *, signed: bool = True, least: int = 0) -> str:
    """With the digits that it has, at most four."""
    shown = round(value, 4)
    places = max(least, -int(shown.normalize().as_tuple().exponent) if shown else 0)
    sign = "" if not signed or not shown else "+" if shown > 0 else MINUS
    return f"{sign}{figures.price(abs(shown), max(0, places))}{NO_BREAK}%"
