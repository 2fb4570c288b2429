"""What the pages of a running session say: columns and states of its symbols, reasons, what its commands will do."""

from __future__ import annotations

from collections.abc import Mapping

from p2p_pipeline.web.words.languages import Words


def symbol_columns(words: Words) -> Mapping[str, tuple[str, str]]:
    """The table's columns, each with what it means."""
    return {
        "symbol": (words.text("symbol"), words.text("pinned symbols stand on top")),
        "state": (words.text("state"), words.text("whether it waits, can be traded, or is")),
        "mark": (words.text("mark"), words.text("mark price")),
        "price_move_pct": (words.text("price"), words.text("move of the mark price since the candle closed")),
        "oiv": (words.text("OI value"), words.text("open interest value in USDT: open interest × mark price")),
        "oiv_move_pct": (
            words.text("OI value"),
            words.text("its move since the candle closed, the price's move in it"),
        ),
        "oi_move_pct": (words.text("OI"), words.text("move of the open interest in coins: without the price's move")),
        "reference_end": (words.text("reference"), words.text("how long ago the candle closed that moves count from")),
        "next_funding_at": (words.text("funding"), words.text("the next funding time, and how long until then")),
        "heard_at": (words.text("heard"), words.text("how long ago the last price came; too long is stale")),
    }


def symbol_states(words: Words) -> Mapping[str, str]:
    """Where a symbol is, in a word."""
    return {
        "WAITING": words.text("waiting"),
        "ARMED": words.text("armed"),
        "ORDER": words.text("order"),
        "POSITION": words.text("position"),
        "REARMING": words.text("re-arming"),
        "STALE": words.text("stale"),
    }


def symbol_meanings(words: Words) -> Mapping[str, str]:
    """The same in a sentence."""
    return {
        "WAITING": words.text("a reference is missing: the closed candle that moves are counted from"),
        "ARMED": words.text("looked at every second: an order is placed when both thresholds are reached"),
        "ORDER": words.text("an order waits at its limit for a price that reaches it"),
        "POSITION": words.text("an order was filled: a position is open until take-profit, stop-loss or a close"),
        "REARMING": words.text("a trade or an order is over: it rests for a while before it is armed again"),
        "STALE": words.text("no price for too long: not traded until prices come again"),
    }


SYMBOL_MARKS = {"WAITING": "…", "ARMED": "✓", "ORDER": "◇", "POSITION": "◆", "REARMING": "↻", "STALE": "!"}
"""Shape besides the word."""


def model_texts(words: Words) -> Mapping[str, tuple[str, str]]:
    """Ways of believing in fills, each with its rule."""
    return {
        "touch": (
            words.text("touch"),
            words.text("the price touches the limit: kind, and what the session itself does"),
        ),
        "through": (words.text("through"), words.text("the price must trade beyond the limit by a tick")),
        "queue_late": (words.text("queue late"), words.text("touched, and a second later still there")),
    }


def side_texts(words: Words) -> Mapping[str, str]:
    """Of an order or a position."""
    return {"LONG": words.text("long"), "SHORT": words.text("short")}


def counter_texts(words: Words) -> Mapping[str, str]:
    """What a session counts; a counter without a text here is shown by its name."""
    return {
        "conflicting_signal": words.text("signals both ways at once"),
        "unreadable": words.text("frames that could not be read"),
        "deltas_without_snapshot": words.text("changes without a snapshot"),
        "ticks": words.text("seconds looked at"),
        "frames": words.text("frames heard"),
        "refused_topics": words.text("topics that the exchange refused"),
        "clock_ahead_ms": words.text("this machine's clock ahead of the exchange's, ms"),
    }


def command_texts(words: Words) -> Mapping[str, tuple[str, str, str]]:
    """What a session can be told: the button, the question, and what it will do."""
    return {
        "stop": (
            words.text("Stop"),
            words.text("Stop the session?"),
            words.text(
                "Its waiting orders are cancelled and its open positions closed at the best bid or ask, with the fee "
                "of a forced close; then the summary is written. It can't be started again."
            ),
        ),
        "close_all": (
            words.text("Close all"),
            words.text("Close all positions?"),
            words.text(
                "Its open positions are closed at the best bid or ask, with the fee of a forced close. Orders stay, "
                "and the session goes on: it may open others a second later."
            ),
        ),
        "cancel_all": (
            words.text("Cancel all"),
            words.text("Cancel all orders?"),
            words.text("Its waiting orders are cancelled. Positions stay, and the session goes on."),
        ),
    }
