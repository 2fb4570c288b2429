"""What is said of the exchanges' order books: why a pair is no opportunity, how an exchange is, what a step takes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from p2p_pipeline.exchanges.answers.health import summed
from p2p_pipeline.exchanges.answers.names import title_of
from p2p_pipeline.exchanges.answers.unfolded import Part
from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.scan.results import Spatial
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words

BEST_NAMED = 3


def reason_texts(words: Words) -> Mapping[str, str]:
    """Why a pair is none."""
    return {
        "below_min_edge": words.text("too little is left after all costs"),
        "book_stale": words.text("one of the books is too old"),
        "book_invalid": words.text(
            "the depth of one of the books isn't watched there (no edge is near), or it waits, has a gap, is re-synced"
        ),
        "book_crossed": words.text("a book bids more than it asks"),
        "identity_unconfirmed": words.text("not known to be the same asset on both exchanges"),
        "below_min_notional": words.text("below what one of the exchanges accepts as an order"),
        "below_step": words.text("not even one step of quantity fits"),
        "too_good": words.text("too good to be believed: set aside"),
    }


def transfer_texts(words: Words) -> Mapping[str, str]:
    """Whether it can be sent, in short."""
    return {
        "transferable": words.text("can be sent"),
        "needs_inventory": words.text("needs stock there"),
        "transfer_unknown": words.text("not known"),
    }


def transfer_sentence(found: Spatial, words: Words) -> str:
    """The same in full, with the chains."""
    buy, sell, asset = title_of(found.buy), title_of(found.sell), found.symbol.partition("/")[0]
    if found.transfer == "transferable":
        return words.text(
            "{asset} can be sent from {buy} to {sell}: withdrawal and deposit are open on {chains}.",
            asset=asset, buy=buy, sell=sell, chains=", ".join(found.common_chains) or "–",
        )  # fmt: skip
    if found.transfer == "needs_inventory":
        return words.text(
            "No chain is open from {buy} to {sell}: it works only with {asset} already at {sell}.",
            asset=asset, buy=buy, sell=sell,
        )  # fmt: skip
    return words.text(
        "Whether {asset} can be sent is not known: the list of {buy} or of {sell} wants a key, or is too old.",
        asset=asset, buy=buy, sell=sell,
    )  # fmt: skip


def state_texts(words: Words) -> Mapping[str, str]:
    """How an exchange is, in a word."""
    return {
        "live": words.text("working"),
        "connecting": words.text("connecting"),
        "resyncing": words.text("re-syncing"),
        "stale": words.text("silent"),
        "unreachable": words.text("unreachable"),
        "maintenance": words.text("in maintenance"),
        "off": words.text("switched off"),
    }


STATE_MARKS = {
    "live": ("passed", "✓"),
    "connecting": ("not_judged", "…"),
    "resyncing": ("warning", "!"),
    "stale": ("failed", "✕"),
    "unreachable": ("failed", "✕"),
    "maintenance": ("warning", "!"),
    "off": ("not_judged", "–"),
}
"""Shape and colour of a state; its word stands beside."""


def integrity_texts(words: Words) -> Mapping[str, str]:
    """By what a lost or changed frame shows."""
    return {
        "sequence": words.text("numbered: a lost frame shows, a changed digit does not"),
        "checksum": words.text("checksums: a wrong book shows"),
        "sequence and checksum": words.text("numbered, with checksums: a lost frame and a wrong book show"),
        "full snapshots": words.text("each frame is whole: a lost one is replaced by the next"),
    }


def known_transfers_texts(words: Words) -> Mapping[str, str]:
    """Whether an exchange tells which chains are open."""
    return {
        "known": words.text("known"),
        "needs a key": words.text("needs a key"),
        "unknown": words.text("not known"),
    }


def why_texts(words: Words) -> Mapping[str, str]:
    """Why a depth is watched."""
    return {
        "near edge": words.text("best prices come near an edge"),
        "watch list": words.text("on the watch list of the settings"),
        "held": words.text("was near, and is not yet far enough"),
    }


def part_text(part: Part, found: Spatial, words: Words, figures: Figures) -> str:
    """What a step of the calculation is."""
    buy, sell = title_of(found.buy), title_of(found.sell)

    def fee(of: Decimal) -> str:
        return figures.bare_share(float(of), 3)

    withdrawing = (
        words.text("fee for withdrawing from {exchange}", exchange=buy)
        if found.is_withdrawal_fee_known
        else words.text("{exchange} tells no fee for withdrawing: nothing is taken off here", exchange=buy)
    )
    texts = {
        Part.GROSS: words.text("sold for more than bought"),
        Part.BUY_FEE: words.text("fee of {exchange}, {fee}", exchange=buy, fee=fee(found.bought.taker_fee)),
        Part.SELL_FEE: words.text("fee of {exchange}, {fee}", exchange=sell, fee=fee(found.sold.taker_fee)),
        Part.SLIPPAGE: words.text("set aside for slippage"),
        Part.WITHDRAWAL: withdrawing,
        Part.REBALANCE: words.text("bringing the stock back"),
        Part.NET: words.text("left, the net edge"),
    }
    return texts[part]


def opportunities_sentence(board: Board, words: Words, figures: Figures) -> str:
    """How many there are and which is best, or that there are none."""
    if not board.opportunities:
        return words.text("Nothing is left after all costs on any pair just now.")
    best = max(board.opportunities, key=lambda one: one.found.net_edge_pct).found
    return words.many(
        "{count} pair leaves something after all costs: {edge} on {symbol}, {buy} → {sell}.",
        "{count} pairs leave something after all costs; the best is {edge} on {symbol}, {buy} → {sell}.",
        len(board.opportunities),
        edge=figures.share(float(best.net_edge_pct) / 100),
        symbol=best.symbol,
        buy=title_of(best.buy),
        sell=title_of(best.sell),
    )


def exchanges_sentence(board: Board, words: Words, figures: Figures) -> str:
    """How many exchanges are in which state."""
    found = summed(board)
    texts = state_texts(words)
    order = [state for state in texts if state in found.states] + sorted(found.states.keys() - texts.keys())
    states = ", ".join(f"{found.states[state]} {texts.get(state, state)}" for state in order)
    return words.many(
        "{count} exchange: {states}; depth is watched of {symbols} symbols, in {wanted} books: {live} can be used.",
        "{count} exchanges: {states}; depth is watched of {symbols} symbols, in {wanted} books: {live} can be used.",
        found.exchanges,
        states=states,
        symbols=figures.count(found.symbols),
        live=figures.count(found.books_live),
        wanted=figures.count(found.books_wanted),
    )
