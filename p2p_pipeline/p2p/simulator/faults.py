"""Which requests are to go wrong, and how: rules by name, market, page, chance and number."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.simulator.answers import WireAnswer


class FaultName(StrEnum):
    """Everything that can be made to go wrong."""

    TOO_MANY_REQUESTS = "too_many_requests"
    """429 without Retry-After."""
    TOO_MANY_REQUESTS_WITH_RETRY_AFTER = "too_many_requests_with_retry_after"
    """429 that says how long to wait (`amount` seconds, else 2)."""
    TEAPOT = "teapot"
    """418, Binance's word for a ban."""
    ACCESS_DENIED = "access_denied"
    """403 with a delivery network's HTML."""
    ACCESS_TOO_FREQUENT = "access_too_frequent"
    """Bybit's 403 with its own text."""
    SERVER_ERROR = "server_error"
    BAD_GATEWAY = "bad_gateway"
    UNAVAILABLE = "unavailable"
    NEVER_ANSWERS = "never_answers"
    SLOW_DRIP = "slow_drip"
    """A byte every `amount` seconds (else 0.05)."""
    TRUNCATED_GZIP = "truncated_gzip"
    TRUNCATED_JSON = "truncated_json"
    SHORT_BODY = "short_body"
    """Fewer bytes than Content-Length promised, then the connection ends."""
    HTML_INSTEAD = "html_instead"
    """A success status with a web page."""
    EMPTY_PAGE = "empty_page"
    """A success without ads: the soft block."""
    DUPLICATE_PAGE = "duplicate_page"
    """The page before is answered again."""
    PAGES_SHIFT_DOWN = "pages_shift_down"
    """As if ads had appeared above while paging: the page begins with the end of the one before."""
    PAGES_SHIFT_UP = "pages_shift_up"
    """As if ads had vanished above while paging: some fall between two pages."""
    NEW_FIELD = "new_field"
    MISSING_FIELD = "missing_field"
    RENAMED_FIELD = "renamed_field"
    RETYPED_FIELD = "retyped_field"
    """A text becomes a number or a number a text."""
    NULL_LIST = "null_list"
    """The list of ads is null."""
    BROKEN_RECORD = "broken_record"
    """One ad is no object, has a price that is no number, or limits the wrong way round."""
    VENUE_ERROR = "venue_error"
    """A success status with the venue's error code."""
    REDIRECT = "redirect"
    OVERSIZED_BODY = "oversized_body"
    """`amount` megabytes (else 300), made while they are read."""
    GZIP_BOMB = "gzip_bomb"
    """A small body that unpacks to `amount` megabytes (else 300)."""
    CONNECTION_RESET = "connection_reset"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One way to go wrong and the requests it befalls; what is None matches all."""

    name: FaultName
    probability: float = 1.0
    count: int | None = None
    """How many requests it befalls before it is over; None for no end."""
    venue: str | None = None
    market_key: str | None = None
    side: str | None = None
    page: int | None = None
    field: str | None = None
    """For the faults of fields: which one; None lets chance choose among those that matter."""
    amount: float | None = None
    """Seconds or megabytes, as the fault's description says."""
    searches_only: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", FaultName(self.name))
        if not 0 <= self.probability <= 1:
            raise InvalidInput(f"probability of {self.name} was {self.probability}; write a number from 0 to 1")

    def matches(self, venue: str, answer: WireAnswer) -> bool:
        """Whether a request with this answer is one of those meant."""
        market_side = answer.market_side
        if market_side is None:
            return not self.searches_only and self.venue in (None, venue)
        return (
            self.venue in (None, venue)
            and self.market_key in (None, market_side.market.key)
            and self.side in (None, market_side.side)
            and self.page in (None, answer.page)
        )


class FaultPlan:
    """The rules in force. The first that matches and whose chance comes up decides a request. Safe between threads."""

    def __init__(self, rules: Iterable[FaultRule] = (), seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._rules = list(rules)
        self._random = Random(seed)

    def replace(self, rules: Iterable[FaultRule]) -> None:
        """Put other rules in force; none at all ends every fault."""
        with self._lock:
            self._rules = list(rules)

    def add(self, rule: FaultRule) -> None:
        """Put one more rule in force, after those that are."""
        with self._lock:
            self._rules.append(rule)

    def rules(self) -> list[FaultRule]:
        """The rules in force, with what is left of their counts."""
        with self._lock:
            return list(self._rules)

    def choose(self, venue: str, answer: WireAnswer) -> tuple[FaultRule, int] | None:
        """The rule that befalls a request, and a seed for the fault's own choices; None when nothing goes wrong."""
        with self._lock:
            for place, rule in enumerate(self._rules):
                if not rule.matches(venue, answer) or self._random.random() >= rule.probability:
                    continue
                if rule.count is not None:
                    if rule.count <= 1:
                        del self._rules[place]
                    else:
                        self._rules[place] = replace(rule, count=rule.count - 1)
                return rule, self._random.getrandbits(32)
        return None


def parse_faults(text: str) -> list[FaultRule]:
    """Read `name:probability,name,…`; raises ValueError with what can be written."""
    rules = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, probability = entry.partition(":")
        try:
            rules.append(FaultRule(_known(name), float(probability) if probability else 1.0))
        except ValueError as error:
            raise InvalidInput(f"fault was {entry!r}: {error}") from None
    return rules


def rule_from_json(value: dict[str, Any]) -> FaultRule:
    """Read a rule as the control address gets it; raises ValueError or TypeError for what is none."""
    return FaultRule(**{**value, "name": _known(str(value.get("name")))})


def rule_to_json(rule: FaultRule) -> dict[str, Any]:
    """Write a rule as the control address answers it."""
    return asdict(rule)


def _known(name: str) -> FaultName:
    try:
        return FaultName(name)
    except ValueError:
        raise InvalidInput(f"no fault is called {name!r}; there are: {', '.join(FaultName)}") from None
