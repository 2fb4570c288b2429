"""What the tab Results says: its columns, what touched an entry, and the sentence that nobody can take for money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from p2p_pipeline.web.pages.paper_results_view import ModelShown
from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.words.languages import Words


def trade_columns(words: Words) -> Mapping[str, tuple[str, str]]:
    """The table's columns that can be sorted by, each with what it means."""
    return {
        "closed_at": (words.text("closed"), words.text("when the position was closed")),
        "symbol": (words.text("symbol"), words.text("Bybit's name of the perpetual")),
        "side": (words.text("side"), words.text("long gains when the price rises, short when it falls")),
        "net": (words.text("net"), words.text("realised less fees plus funding")),
        "realised": (words.text("realised"), words.text("what the price brought, before fees and funding")),
        "fees": (words.text("fees"), words.text("of entry and exit")),
        "funding": (words.text("funding"), words.text("received while it was open; what was paid stands below 0")),
        "reason": (words.text("closed by"), words.text("what closed the position")),
        "entry": (words.text("entry"), words.text("the limit: every fill is counted at it, whole")),
        "exit": (words.text("exit"), words.text("the price at which the position was closed")),
        "ticks_beyond": (
            words.text("touched by, ticks"),
            words.text("which price reached the limit, and by how many ticks it went beyond; 0 is the kindest fill"),
        ),
        "held": (words.text("held"), words.text("how long the position was open")),
        "order": (words.text("order"), words.text("the order's number in the log")),
    }


def touched_texts(words: Words) -> Mapping[str, str]:
    """Which price touched an entry."""
    return {"best": words.text("book"), "last": words.text("last price"), "mark": words.text("mark price")}


def verdict(models: Sequence[ModelShown], start: Decimal, words: Words, tell: PaperFigures) -> str | None:
    """The worst of the models in a sentence; None while nothing was traded under any."""
    worst = next((one for one in models if one.is_worst), None)
    if worst is None or not any(one.trades for one in models):
        return None
    since = max((one.since for one in models if one.since is not None), default=None)
    if since is not None:
        return words.text(
            "Since {time}, when it went on after a crash, its worst fill model came to {change} USDT ({percent} of the "
            "equity then). Before the crash only touch was counted, the kindest: that time can't be judged.",
            time=tell.clock(since), change=tell.gain(str(worst.judged)),
            percent=tell.percent(str(worst.judged * 100 / worst.judged_from)) if worst.judged_from else "–",
        )  # fmt: skip
    change, percent = tell.gain(str(worst.change)), tell.percent(str(worst.change * 100 / start))
    if worst.change < 0:
        return words.text(
            "Judged by its worst fill model, this session would have lost: {change} USDT ({percent} of the start).",
            change=change, percent=percent,
        )  # fmt: skip
    if worst.change > 0:
        return words.text(
            "Even by its worst fill model the session stands at {change} USDT ({percent} of the start). That is still "
            "no promise: real orders wait in a queue and move the price.",
            change=change, percent=percent,
        )  # fmt: skip
    return words.text("By its worst fill model the session came to nothing: it stands where it began.")


def change_texts(words: Words) -> Mapping[str, str]:
    """What changed the equity."""
    return {
        "start": words.text("start"),
        "entry_fee": words.text("entry's fee"),
        "closed": words.text("closed, its fee taken off"),
        "funding": words.text("funding"),
    }
