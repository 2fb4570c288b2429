"""What every exchange's folder offers. Pure: bytes and values in, values out; nothing raises on what a venue says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from p2p_pipeline.exchanges.events import Event
from p2p_pipeline.exchanges.words import Capability, Currencies, Listed, Request, Subscription
from p2p_pipeline.kernel.errors import InvalidInput

NAMES = (
    "binance", "okx", "kraken", "bybit", "coinbase", "kucoin", "gate",
    "mexc", "bitget", "htx", "upbit", "bingx", "bitfinex", "xt",
)  # fmt: skip


class Wire(Protocol):
    """`venues/<name>/wire.py`: the socket's language."""

    CAPABILITY: Capability

    def decode(self, frame: bytes, *, is_binary: bool) -> Sequence[Event]:
        """What a frame from the exchange says, in order; bytes that can't be read are one UNREADABLE event."""

    def subscribe(self, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
        """Messages that ask for them, each within the limits of one request; ids count up from `request_id`.

        One that must hold its time has `words.NOW_SECONDS` there: `words.message_sent_at` puts it in as it goes out.
        """

    def unsubscribe(self, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
        """Messages that end them. Where the exchange wants a channel number, `Subscription.symbol` is `#number`."""

    def opening(self, subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
        """The path and query to connect to, after the host (with `/`), and what is sent before anything else."""

    def ping(self, now_ms: int) -> str | None:
        """Our sign of life, where the exchange wants one."""

    def snapshot_message(self, symbol: str, request_id: int) -> str | None:
        """Asks for a snapshot over the socket (HTX); None where it comes by itself or by REST."""


class Lists(Protocol):
    """`venues/<name>/lists.py`: REST requests, and what their answers say."""

    def connect_request(self) -> Request | None:
        """What must be asked before connecting (KuCoin's token)."""

    def connect_path(self, answer: bytes) -> str:
        """The socket's path and query out of that answer, or its whole address (wss://); empty when it says none."""

    def book_request(self, symbol: str) -> Request:
        """A snapshot of a book."""

    def bulk_request(self) -> Request | None:
        """Best bid and ask of everything, where one request gives it."""

    def decode_answer(self, url: str, body: bytes) -> Sequence[Event]:
        """A book (SNAPSHOT) or best prices (TICKER each) out of an answer; `url` is path and query as recorded."""

    def instrument_requests(self) -> tuple[Request, ...]:
        """All that `instruments` needs."""

    def instruments(self, answers: Mapping[str, bytes]) -> Listed:
        """What can be traded, by the answers' paths; halted and odd rows are left out with their reason."""

    def currency_requests(self) -> tuple[Request, ...]:
        """All that `currencies` needs; signed ones are not asked without a key."""

    def currencies(self, answers: Mapping[str, bytes]) -> Currencies:
        """Which asset on which chains."""

    def time_request(self) -> Request | None:
        """The exchange's clock; None where there is none."""

    def time_ms(self, body: bytes) -> int | None:
        """What the exchange's clock says."""


def wire_of(exchange: str) -> Wire:
    """The socket's language of an exchange. Raises InvalidInput for one that is not known."""
    return cast("Wire", _part(exchange, "wire"))


def lists_of(exchange: str) -> Lists:
    """Its REST side. Raises InvalidInput for one that is not known."""
    return cast("Lists", _part(exchange, "lists"))


def _part(exchange: str, part: str) -> object:
    if exchange not in NAMES:
        raise InvalidInput(
            "the exchange {exchange!r} is not known; known are {known}", exchange=exchange, known=", ".join(NAMES)
        )
    return import_module(f"p2p_pipeline.exchanges.venues.{exchange}.{part}")
