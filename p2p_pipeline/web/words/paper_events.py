"""A line of a session's log as a sentence for a person; the line itself stays beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.paper import state_texts

Fields = Mapping[str, Any]


def sentence_of(line: Fields, words: Words, tell: PaperFigures) -> str:
    """What the line says; its fields as they stand where this version has no sentence for its type."""
    try:
        say = _SENTENCES[line["type"]]
        return say(line, words, tell)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        left_out = ("n", "at", "type", "prev")
        return " ".join(f"{name}={value}" for name, value in line.items() if name not in left_out)


def type_texts(words: Words) -> Mapping[str, str]:
    """The types of lines, in the order in which a filter lists them."""
    return {
        "signal": words.text("signal"),
        "order_placed": words.text("order placed"),
        "order_rejected": words.text("order rejected"),
        "order_filled": words.text("order filled"),
        "order_expired": words.text("order expired"),
        "order_cancelled": words.text("order cancelled"),
        "position_closed": words.text("position closed"),
        "funding_applied": words.text("funding"),
        "funding_unknown": words.text("funding unknown"),
        "candle_confirmed": words.text("candle closed"),
        "candle_conflict": words.text("candle conflict"),
        "reference_missing": words.text("reference missing"),
        "symbol_armed": words.text("symbol armed"),
        "symbol_rearmed": words.text("symbol re-armed"),
        "symbol_stale": words.text("symbol stale"),
        "symbol_fresh": words.text("symbol fresh"),
        "connection": words.text("connection"),
        "session_started": words.text("session started"),
        "session_state": words.text("session state"),
        "universe_frozen": words.text("universe chosen"),
        "snapshot": words.text("snapshot"),
        "summary": words.text("summary"),
    }


LEVELS = {
    "order_filled": "accent", "position_closed": "accent", "order_rejected": "warn", "symbol_stale": "warn",
    "candle_conflict": "warn", "reference_missing": "warn", "funding_unknown": "warn", "summary": "accent",
}  # fmt: skip
"""Types whose lines stand out."""


def reason_texts(words: Words) -> Mapping[str, str]:
    """Why something was done, or was not."""
    return {
        "stop_loss": words.text("stop-loss"),
        "take_profit": words.text("take-profit"),
        "session_stop": words.text("the session stopped"),
        "close_all": words.text("told to close all"),
        "cancel_all": words.text("told to cancel all"),
        "recovered": words.text("recovered after a crash"),
        "stale": words.text("its prices are stale"),
        "quantity_below_minimum": words.text("the quantity is below the minimum"),
        "quantity_above_maximum": words.text("the quantity is above the maximum"),
        "notional_below_minimum": words.text("its worth is below the minimum"),
        "no_equity": words.text("no equity is left"),
        "would_take": words.text("it would have taken at once, and may only make"),
        "first_snapshot": words.text("the first prices came"),
        "universe_frozen": words.text("the universe was chosen"),
        "cooldown_over": words.text("the funding time is over"),
        "funding": words.text("a funding time is near"),
        "stop": words.text("it was told to stop"),
    }


def _reason(line: Fields, words: Words) -> str:
    return str(reason_texts(words).get(line["reason"], line["reason"]))


def _side(line: Fields, words: Words) -> str:
    return words.text("long") if line["side"] == "LONG" else words.text("short")


def _started(line: Fields, words: Words, _: PaperFigures) -> str:
    return words.text("Session {session} started.", session=line["session"])


def _frozen(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "The universe was chosen: symbols: {symbols}, left out: {excluded}.",
        symbols=tell.figures.count(len(line["symbols"])), excluded=tell.figures.count(len(line["excluded"])),
    )  # fmt: skip


def _candle(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: candle closed at {close}, open interest value then {oiv} USDT.",
        symbol=line["symbol"], close=tell.exact(line["close"]), oiv=tell.whole(line["ref_oiv"]),
    )  # fmt: skip


def _conflict(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: the candle of {start} came again with other numbers; the first ones count.",
        symbol=line["symbol"], start=tell.clock(line["start"]),
    )  # fmt: skip


def _missing(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: no open interest value was near the end of the candle of {start}; its reference stays as it was.",
        symbol=line["symbol"], start=tell.clock(line["start"]),
    )  # fmt: skip


def _signal(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: signal {side}: price {price}, open interest value {oiv} since the candle closed.",
        symbol=line["symbol"], side=_side(line, words), price=tell.percent(line["price_move_pct"]),
        oiv=tell.percent(line["oiv_move_pct"]),
    )  # fmt: skip


def _placed(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: order {order} {side}: {quantity} at {limit}, until {expires}.",
        symbol=line["symbol"], order=line["order"], side=_side(line, words), quantity=tell.exact(line["quantity"]),
        limit=tell.exact(line["limit"]), expires=tell.clock(line["expires_at"]),
    )  # fmt: skip


def _rejected(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: no order {side} {quantity} at {limit}: {reason}.",
        symbol=line["symbol"], side=_side(line, words), quantity=tell.exact(line["quantity"]),
        limit=tell.exact(line["limit"]), reason=_reason(line, words),
    )  # fmt: skip


def _filled(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: order {order} {side} filled: {quantity} at {price}, fee {fee} USDT; touched by {touched}.",
        symbol=line["symbol"], order=line["order"], side=_side(line, words), quantity=tell.exact(line["quantity"]),
        price=tell.exact(line["price"]), fee=tell.small(line["fee"]), touched=line["touched_by"],
    )  # fmt: skip


def _expired(line: Fields, words: Words, _: PaperFigures) -> str:
    return words.text(
        "{symbol}: order {order} expired without being filled.", symbol=line["symbol"], order=line["order"]
    )


def _cancelled(line: Fields, words: Words, _: PaperFigures) -> str:
    return words.text(
        "{symbol}: order {order} cancelled: {reason}.",
        symbol=line["symbol"], order=line["order"], reason=_reason(line, words),
    )  # fmt: skip


def _closed(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: {side} closed by {reason}: in at {entry}, out at {exit}, realised {realised} USDT, fee {fee} USDT.",
        symbol=line["symbol"], side=_side(line, words), reason=_reason(line, words), entry=tell.exact(line["entry"]),
        exit=tell.exact(line["exit"]), realised=tell.gain(line["realised"]), fee=tell.small(line["fee"]),
    )  # fmt: skip


def _funding(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: funding of {at}: {amount} USDT paid at a rate of {rate}.",
        symbol=line["symbol"], at=tell.clock(line["funding_at"]), amount=tell.small(line["amount"]),
        rate=tell.exact(line["rate"]),
    )  # fmt: skip


def _funding_unknown(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "{symbol}: the funding rate of {at} was not known: nothing was paid.",
        symbol=line["symbol"], at=tell.clock(line["funding_at"]),
    )  # fmt: skip


def _stale(line: Fields, words: Words, _: PaperFigures) -> str:
    return words.text("{symbol}: no price has come for too long: stale, not traded.", symbol=line["symbol"])


def _fresh(line: Fields, words: Words, _: PaperFigures) -> str:
    return words.text("{symbol}: prices come again.", symbol=line["symbol"])


def _armed(line: Fields, words: Words, _: PaperFigures) -> str:
    return words.text("{symbol}: armed: its references are there.", symbol=line["symbol"])


def _rearmed(line: Fields, words: Words, _: PaperFigures) -> str:
    return words.text("{symbol}: armed again after its last cycle.", symbol=line["symbol"])


def _state(line: Fields, words: Words, _: PaperFigures) -> str:
    state = state_texts(words).get(line["state"], line["state"])
    return words.text("The session is {state}: {reason}.", state=state, reason=_reason(line, words))


def _connection(line: Fields, words: Words, tell: PaperFigures) -> str:
    if line["what"] == "lost":
        return words.text("Connection {connection} was lost.", connection=line["connection"])
    return words.text(
        "Connection {connection} is back after {gap}.",
        connection=line["connection"], gap=tell.figures.span(line["gap_ms"] / 1000),
    )  # fmt: skip


def _snapshot(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "Equity {equity} USDT: realised {realised}, fees {fees}, funding {funding}; orders {orders}, "
        "positions {positions}.",
        equity=tell.money(line["equity"]), realised=tell.gain(line["realised"]), fees=tell.money(line["fees"]),
        funding=tell.gain(line["funding"]), orders=len(line["orders"]), positions=len(line["positions"]),
    )  # fmt: skip


def _summary(line: Fields, words: Words, tell: PaperFigures) -> str:
    return words.text(
        "The whole session: trades {trades}, of them won {wins}; realised {realised}, fees {fees}, funding {funding}, "
        "equity {equity} USDT.",
        trades=line["trades"], wins=line["wins"], realised=tell.gain(line["realised"]), fees=tell.money(line["fees"]),
        funding=tell.gain(line["funding"]), equity=tell.money(line["equity"]),
    )  # fmt: skip


_SENTENCES: Mapping[str, Callable[[Fields, Words, PaperFigures], str]] = {
    "session_started": _started,
    "universe_frozen": _frozen,
    "candle_confirmed": _candle,
    "candle_conflict": _conflict,
    "reference_missing": _missing,
    "signal": _signal,
    "order_placed": _placed,
    "order_rejected": _rejected,
    "order_filled": _filled,
    "order_expired": _expired,
    "order_cancelled": _cancelled,
    "position_closed": _closed,
    "funding_applied": _funding,
    "funding_unknown": _funding_unknown,
    "symbol_stale": _stale,
    "symbol_fresh": _fresh,
    "symbol_armed": _armed,
    "symbol_rearmed": _rearmed,
    "session_state": _state,
    "connection": _connection,
    "snapshot": _snapshot,
    "summary": _summary,
}
EVENT_TYPES = frozenset(_SENTENCES)
"""Every type that a line of a log may have."""
