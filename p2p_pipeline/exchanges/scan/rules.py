"""By which numbers a scan judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.venues.connector import wire_of
from p2p_pipeline.exchanges.words import Instrument


@dataclass(frozen=True, slots=True)
class ScanRules:
    """As the settings say it; fees are fractions, percentages of 100, amounts in quote."""

    notionals: tuple[Decimal, ...]
    """In dollars, or what counts as them: `notional` tells what one is in a symbol's quote."""
    min_net_edge_pct: Decimal
    too_good_pct: Decimal = Decimal(10)
    slippage_pct: Decimal = Decimal(0)
    rebalance_cost: Decimal = Decimal(0)
    max_age_ms: float = 10_000.0
    """Of both books, by the monotonic clock and by the exchange's own time."""
    own_fees: Mapping[str, Decimal] = field(default_factory=dict)
    """A person's own tier by exchange: goes before what the exchange's list says."""
    base_fees: Mapping[str, Decimal] = field(default_factory=dict)
    """The public base tier by exchange, where its list says nothing."""
    fee_factor: Decimal = Decimal(1)
    """Of every fee: a backtest asks what another tier would have seen."""
    start: Mapping[str, Decimal] = field(default_factory=dict)
    """Where cycles start, and with how much."""
    longest_cycle: int = 3
    inventory: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    """What is held where: cycles over several exchanges need it."""
    quote_per_usd: Mapping[str, Decimal] = field(default_factory=dict)
    """What a dollar of the notionals is in a quote that is none, roughly; a quote that is not named counts as one."""
    cycles_as_walked: bool = False
    """A live cycle over a crossed book, or one that is too good, is not believed. In a file that a person wrote the
    walk alone decides: the contract knows no such refusal of a cycle."""

    def notional(self, number: int, quote: str) -> Decimal:
        """One of the notionals in a quote."""
        return self.notional_in(self.notionals[number], quote)

    def notional_in(self, dollars: Decimal, quote: str) -> Decimal:
        """So many dollars as the notional of symbols with that quote."""
        rate = self.quote_per_usd.get(quote)
        return dollars if rate is None else EXACT.multiply(dollars, rate).normalize(EXACT)

    def taker_fee(self, instrument: Instrument) -> Decimal:
        """The fraction that an order which is filled at once pays."""
        own = self.own_fees.get(instrument.exchange, instrument.taker_fee)
        fee = self.base_fees[instrument.exchange] if own is None else own
        return fee if self.fee_factor == 1 else EXACT.multiply(fee, self.fee_factor)


def rules_of(settings: ExchangesSettings, base_fees: Mapping[str, Decimal]) -> ScanRules:
    """The rules that the settings ask for."""
    return ScanRules(
        notionals=settings.notionals,
        min_net_edge_pct=settings.min_net_edge_pct,
        too_good_pct=settings.too_good_pct,
        slippage_pct=settings.slippage_pct,
        rebalance_cost=settings.rebalance_cost,
        quote_per_usd=settings.quote_per_usd,
        max_age_ms=settings.max_age_seconds * 1_000,
        own_fees={exchange: percent.scaleb(-2) for exchange, percent in settings.taker_fees_pct.items()},
        base_fees=base_fees,
        start=settings.start,
        longest_cycle=settings.longest_cycle,
        inventory=settings.inventory,
    )


def public_fees(exchanges: Iterable[str]) -> dict[str, Decimal]:
    """The public base tier of each, as its capability says."""
    return {exchange: wire_of(exchange).CAPABILITY.taker_fee for exchange in exchanges}
