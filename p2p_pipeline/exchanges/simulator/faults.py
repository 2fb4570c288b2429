"""What is to go wrong: rules by exchange and symbol, by chance, number and time."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.kernel.errors import InvalidInput

LINEAR = "bybit_linear"
"""What a fault calls Bybit's linear market, whose symbols are spelled as there (BTCUSDT)."""


class FaultName(StrEnum):
    """Everything that can be made to go wrong."""

    DROP = "drop"
    """The frames of a change never arrive."""
    DOUBLE = "double"
    """They arrive twice."""
    REORDER = "reorder"
    """They arrive after those of the next change of the same book."""
    WRONG_CHECKSUM = "wrong_checksum"
    """Where the exchange sends one."""
    STALL = "stall"
    """The socket is up and heartbeats go, but nothing of a book comes; afterwards it goes on where it was."""
    SLOW = "slow"
    """Sockets carry `amount` bytes a second (else 2,000)."""
    DISCONNECT = "disconnect"
    """Sockets end when they are `amount` seconds old (else 30)."""
    CLOCK_SKEW = "clock_skew"
    """The exchange's clock is `amount` seconds ahead (else 5; negative: behind)."""
    MAINTENANCE = "maintenance"
    """Sockets are told or closed, requests and new sockets get 503."""
    RATE_LIMIT = "rate_limit"
    """Requests are answered in the exchange's words for too many: those above `amount` a second, else by chance."""
    REFUSE_SUBSCRIPTION = "refuse_subscription"
    """As if the exchange had never heard of the symbol."""
    REFUSE_CONNECTION = "refuse_connection"
    """New sockets get 503."""
    LOST_CONFIRM = "lost_confirm"
    """A candle of the linear market is over and nobody is told."""
    DOUBLE_CONFIRM = "double_confirm"
    """It is told twice that it is."""
    LATE_CONFIRM = "late_confirm"
    """It is told `amount` seconds later (else 3), after frames of the next candle."""
    CONFLICTING_CONFIRM = "conflicting_confirm"
    """It is told again with another close."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One way to go wrong and whom it befalls; what is None matches all."""

    name: FaultName
    exchange: str | None = None
    symbol: str | None = None
    """BASE/QUOTE; in the linear market as it spells it."""
    probability: float = 1.0
    """Of each change, request, subscription."""
    count: int | None = None
    """How often before it is over; None for no end."""
    seconds: float | None = None
    """How long it is in force, by the simulated clock; None for no end."""
    amount: float | None = None
    """As the fault's description says."""
    until: float | None = None
    """Filled when it comes into force."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _known(str(self.name)))
        if not 0 <= self.probability <= 1:
            raise InvalidInput(f"probability of {self.name} was {self.probability}; write a number from 0 to 1")
        known = (*EXCHANGES, LINEAR)
        if self.exchange is not None and self.exchange not in known:
            raise InvalidInput(f"exchange of {self.name} was {self.exchange!r}; there are: {', '.join(known)}")


class FaultPlan:
    """The rules in force. Safe between threads."""

    def __init__(self, rules: Iterable[FaultRule] = (), seed: int = 1, now: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._random = Random(seed)
        self._rules: list[FaultRule] = []
        self.befell: dict[FaultName, int] = {}
        """How often each has struck (drops, refusals and the like; states are not counted)."""
        self.replace(rules, now)

    def replace(self, rules: Iterable[FaultRule], now: float) -> None:
        """Put other rules in force; none at all ends every fault."""
        with self._lock:
            self._rules = [_begun(rule, now) for rule in rules]

    def add(self, rule: FaultRule, now: float) -> None:
        """Put one more rule in force."""
        with self._lock:
            self._rules = [*self._rules, _begun(rule, now)]

    def rules(self) -> Sequence[FaultRule]:
        """The rules in force, with what is left of their counts."""
        return self._rules

    def state(self, name: FaultName, exchange: str, now: float, symbol: str | None = None) -> FaultRule | None:
        """The rule of a lasting fault that holds here now."""
        for rule in self._rules:
            if rule.name is name and _is_meant(rule, exchange, symbol) and (rule.until is None or now < rule.until):
                return rule
        return None

    def strikes(self, name: FaultName, exchange: str, now: float, symbol: str | None = None) -> bool:
        """Whether a fault befalls one change, request or subscription."""
        if not self._rules:
            return False
        with self._lock:
            for place, rule in enumerate(self._rules):
                if rule.name is not name or not _is_meant(rule, exchange, symbol):
                    continue
                if (rule.until is not None and now >= rule.until) or self._random.random() >= rule.probability:
                    continue
                self.befell[name] = self.befell.get(name, 0) + 1
                if rule.count is not None:
                    left = [replace(rule, count=rule.count - 1)] if rule.count > 1 else []
                    self._rules = [*self._rules[:place], *left, *self._rules[place + 1 :]]
                return True
        return False


def parse_faults(text: str) -> list[FaultRule]:
    """Read `name[@exchange][:probability],…` of a command line. Raises InvalidInput with what can be written."""
    rules = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        named, _, probability = entry.partition(":")
        name, _, exchange = named.partition("@")
        try:
            chance = float(probability or 1)
        except ValueError:
            raise InvalidInput(f"fault was {entry!r}; write name, name@exchange or name@exchange:0.1") from None
        rules.append(FaultRule(_known(name), exchange or None, probability=chance))
    return rules


def rule_from_json(value: Any) -> FaultRule:
    """Read a rule as the control address gets it. Raises InvalidInput for what is none."""
    if not isinstance(value, dict):
        raise InvalidInput(f"a fault was {value!r}; write an object with a name and what it needs")
    known = set(FaultRule.__dataclass_fields__) - {"until"}
    unknown = sorted(set(value) - known)
    if unknown or "name" not in value:
        raise InvalidInput(f"a fault had {unknown or 'no name'}; it may have: {', '.join(sorted(known))}")
    try:
        return FaultRule(**value)
    except TypeError as error:
        raise InvalidInput(f"a fault can't be read: {error}") from None


def rule_to_json(rule: FaultRule) -> dict[str, Any]:
    """Write a rule as the control address answers it."""
    return {key: value for key, value in asdict(rule).items() if value is not None}


def _begun(rule: FaultRule, now: float) -> FaultRule:
    return rule if rule.seconds is None else replace(rule, until=now + rule.seconds)


def _is_meant(rule: FaultRule, exchange: str, symbol: str | None) -> bool:
    return rule.exchange in (None, exchange) and (rule.symbol is None or rule.symbol == symbol)


def _known(name: str) -> FaultName:
    try:
        return FaultName(name)
    except ValueError:
        raise InvalidInput(f"no fault is called {name!r}; there are: {', '.join(FaultName)}") from None
