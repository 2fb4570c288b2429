"""What several dialects say alike: compact JSON, a book by its symbol, the first levels and what changed in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from p2p_pipeline.exchanges.simulator.book import SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session

Side = Sequence[tuple[str, str]]


def text_of(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"))


def answer_of(value: Any, status: int = 200) -> Answer:
    """A REST answer of JSON."""
    return Answer(text_of(value).encode(), status, {"Content-Type": "application/json"})


def asked_of(message: Outgoing) -> dict[str, Any] | None:
    """The JSON object that a client sent; None for anything else."""
    try:
        value = json.loads(message)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def texts_of(value: object) -> list[str]:
    """The texts of a list; none where it is no list of texts."""
    return value if isinstance(value, list) and all(isinstance(one, str) for one in value) else []


def book_named(books: Books, symbol: object, spell: Callable[[SimulatedBook], str]) -> SimulatedBook | None:
    """The book that the exchange calls so."""
    return next((book for book in books.all() if spell(book) == symbol), None)


def depth_of(text: object, usual: int, most: int) -> int:
    """How many levels a request asks for."""
    return min(int(text), most) if isinstance(text, str) and text.isascii() and text.isdecimal() else usual


def is_new(session: Session, topic: str, value: object) -> bool:
    """Whether a topic says something else than it last said."""
    if session.memory.get(topic) == value:
        return False
    session.memory[topic] = value
    return True


def begin(session: Session, topic: str, book: SimulatedBook, depth: int) -> tuple[Side, Side]:
    """The first levels, of which `changes` tells what happens to them from now on."""
    bids, asks = book.top(depth)
    session.memory[topic] = (dict(bids), dict(asks))
    return bids, asks


def changes(session: Session, topic: str, book: SimulatedBook, depth: int) -> tuple[Side, Side]:
    """What is other in the first levels than when last told: what fell out of them is gone, too."""
    before = session.memory[topic]
    bids, asks = begin(session, topic, book, depth)
    return _changed(before[0], bids), _changed(before[1], asks)


def step_text(decimals: int) -> str:
    """0.01 for two decimals, 1 for none."""
    return f"{0:.{decimals - 1}f}1" if decimals > 1 else ("0.1" if decimals else "1")


def _changed(before: dict[str, str], after: Side) -> Side:
    now = dict(after)
    new = [(price, quantity) for price, quantity in after if before.get(price) != quantity]
    return [*new, *((price, "0") for price in before if price not in now)]
