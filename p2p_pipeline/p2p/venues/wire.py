"""The shape every venue module has: requests to send, and readings of what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Offer, Side


@dataclass(frozen=True, slots=True)
class VenueRequest:
    """One HTTP request, ready to send: nothing in it depends on when or through what it is sent."""

    method: str
    url: str
    payload: Mapping[str, Any] | None
    """The JSON body; None for a request without one."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record of an answer that can't be trusted; the others of the same answer are not affected."""

    ordinal: int
    """Its place in the answer's list, from 0."""
    reason: str
    """A short stable code: `not_an_object`, `missing_field`, `bad_number`, `bad_limits`, `wrong_market`, …"""
    detail: str
    """A sentence with the field and what it was."""
    native_id: str | None = None
    """The venue's own id of the ad, where the record has one: tells that two showings are of the same ad."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What one search answer says."""

    offers: tuple[tuple[int, Offer], ...]
    """Each readable record with its ordinal, in the venue's order."""
    rejected: tuple[Rejected, ...]
    total: int | None
    """How many ads the venue says the whole book has; None where it doesn't say or can't be relied on."""
    is_last: bool
    """Whether the book ends with this page, as far as it can tell by itself; raw/book_end.py knows the others too."""
    unknown_fields: frozenset[str] = frozenset()
    """Paths of fields the adapter does not know (`adv.newThing`): the wire format may have changed."""
    missing_fields: frozenset[str] = frozenset()
    """Paths of fields that every ad used to have and some ad here lacks."""

    @property
    def received(self) -> int:
        """How many records the answer held, readable or not."""
        return len(self.offers) + len(self.rejected)


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One entry of a venue's own payment list."""

    payment: NativePayment
    fiats: frozenset[str] = frozenset()
    """Fiats it is offered for; empty where the list does not say, or all."""


class RefusalKind(StrEnum):
    """Why an answer is not an answer. The client decides by it whether to slow down, retry or give up."""

    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    SERVER_ERROR = "server_error"
    NOT_JSON = "not_json"
    BAD_SHAPE = "bad_shape"
    VENUE_ERROR = "venue_error"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The venue answered, but not with what was asked."""

    kind: RefusalKind
    detail: str


class Venue(Protocol):
    """What a venue module provides (an instance of a small class, so that it can be passed around)."""

    @property
    def name(self) -> str:
        """The venue's word: `bybit`, `binance`."""

    @property
    def has_stable_payment_ids(self) -> bool:
        """Whether a payment method's id has meant the same for years, so that the payment map may name it."""

    @property
    def page_rows(self) -> int:
        """How many ads a full page has."""

    def search_request(self, market: Market, side: Side, page: int) -> VenueRequest:
        """Ask for one page (from 1) of one side of a book."""

    def refusal(self, status: int, body: bytes) -> Refusal | None:
        """Say why an answer can't be read as a success, or None when it can. Never raises."""

    def read_search(self, body: bytes, market: Market, side: Side, page: int) -> SearchPage:
        """Read a success answer of a search; records that can't be trusted are in `rejected`.

        Never raises for a body that `refusal` let through.
        """

    def side_asked_for(self, url: str, request: Mapping[str, Any]) -> MarketSide | None:
        """The market side that a recorded search asked for; None when the address is no search of this venue.

        Raises KeyError with the field, or ValueError, when the request can't be read.
        """

    def payment_list_request(self, fiat: str) -> VenueRequest:
        """Ask for the venue's payment methods (Bybit answers for all fiats at once)."""

    def read_payment_list(self, body: bytes) -> list[PaymentMethod]:
        """Read the payment list; entries that can't be read are left out. Never raises after `refusal` is None."""

    def fiat_list_request(self) -> VenueRequest:
        """Ask which fiats the venue trades."""

    def read_fiat_list(self, body: bytes) -> list[str]:
        """The fiat codes the venue lists, sorted."""

    def asset_list_request(self, fiat: str) -> VenueRequest:
        """Ask which assets trade against a fiat."""

    def read_asset_list(self, body: bytes, fiat: str) -> list[str]:
        """The asset codes that trade against `fiat`, sorted."""
