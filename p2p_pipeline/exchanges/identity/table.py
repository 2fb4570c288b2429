"""What the scan asks: which instruments are one row, whether a pair is one asset, how it could be moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import permutations
from typing import NamedTuple

from p2p_pipeline.exchanges.identity.chains import Chains, known_chains
from p2p_pipeline.exchanges.identity.comparing import Compared, Identity, compared
from p2p_pipeline.exchanges.identity.deployments import AssetAt, assets_at
from p2p_pipeline.exchanges.identity.known import KnownAssets, known_assets
from p2p_pipeline.exchanges.identity.transfers import transfer_facts
from p2p_pipeline.exchanges.scan.pairs import PairFacts
from p2p_pipeline.exchanges.words import Currencies, Instrument, LeftOut, Listed


class Told(NamedTuple):
    """Something that people should know about an exchange's lists, told once: what is left out, or what to mind."""

    exchange: str
    left_out: LeftOut
    symbol: str = ""
    """The BASE/QUOTE that it is about; empty where it is about an asset's chain."""


@dataclass(frozen=True)
class IdentityTable:
    """All that is known at one time; what is learnt later is another table. Implements scan.pairs.Pairs."""

    instruments: Mapping[tuple[str, str], Instrument]
    """By exchange and BASE/QUOTE in our names."""
    assets: Mapping[tuple[str, str], AssetAt]
    """By exchange and ticker in our names."""
    told: tuple[Told, ...] = ()
    _facts: dict[tuple[str, str, str], PairFacts] = field(default_factory=dict, repr=False, compare=False)
    _compared: dict[tuple[str, str, str], Compared] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        listed: Mapping[str, Listed],
        currencies: Mapping[str, Currencies],
        day: date,
        *,
        known: KnownAssets | None = None,
        chains: Chains | None = None,
    ) -> IdentityTable:
        """Out of the exchanges' lists. One whose currency list is not had (it needs a key) is not in `currencies`."""
        known, chains = known or known_assets(), chains or known_chains()
        instruments: dict[tuple[str, str], Instrument] = {}
        assets: dict[tuple[str, str], AssetAt] = {}
        told: list[Told] = []
        for exchange, list_of_it in listed.items():
            rows, doubles = _one_a_symbol(list_of_it.instruments, known, day)
            instruments |= {(exchange, symbol): instrument for symbol, instrument in rows.items()}
            spelled = {ticker: known.name_on(ticker, day) for one in rows.values() for ticker in (one.base, one.quote)}
            found, left_out = assets_at(exchange, spelled, currencies.get(exchange), known, chains)
            assets |= {(exchange, name): found[ticker] for ticker, name in spelled.items()}
            told += [Told(exchange, one, symbol) for symbol, one in (*doubles, *_replaced(rows, known, day))]
            told += [Told(exchange, one) for one in left_out]
        return cls(instruments, assets, tuple(told))

    def rows(self, symbols: Iterable[str]) -> dict[tuple[str, str], Instrument]:
        """Which instrument of which exchange is which of these BASE/QUOTE; absent: not traded there."""
        wanted = set(symbols)
        return {place: instrument for place, instrument in self.instruments.items() if place[1] in wanted}

    def symbols(self) -> tuple[str, ...]:
        """Every BASE/QUOTE that any exchange trades, those of most exchanges first."""
        counts: dict[str, int] = {}
        for _, symbol in self.instruments:
            counts[symbol] = counts.get(symbol, 0) + 1
        return tuple(sorted(counts, key=lambda symbol: (-counts[symbol], symbol)))

    def pair(self, symbol: str, buy: str, sell: str) -> PairFacts:
        """What is known of BASE/QUOTE bought at one exchange and sold at another."""
        place = (symbol, buy, sell)
        facts = self._facts.get(place)
        if facts is None:
            facts = self._facts.setdefault(place, self._pair(symbol, buy, sell))
        return facts

    def prepare(self, symbols: Iterable[str]) -> None:
        """Work out all pairs of some symbols now, so that no scan has to."""
        traded_at: dict[str, list[str]] = {symbol: [] for symbol in symbols}
        for exchange, symbol in self.instruments:
            if symbol in traded_at:
                traded_at[symbol].append(exchange)
        for symbol, exchanges in traded_at.items():
            for buy, sell in permutations(exchanges, 2):
                self.pair(symbol, buy, sell)

    def told_of(self, exchange: str, symbols: Iterable[str]) -> list[LeftOut]:
        """What is to be told of an exchange's instruments of these BASE/QUOTE."""
        wanted = set(symbols)
        return [one.left_out for one in self.told if one.exchange == exchange and one.symbol in wanted]

    def compared(self, symbol: str, one: str, other: str) -> Compared:
        """Whether it is one instrument at both, and why: base and quote must both be one asset."""
        ours, theirs = self.instruments.get((one, symbol)), self.instruments.get((other, symbol))
        if ours is None or theirs is None:
            return Compared(Identity.UNCONFIRMED, f"{symbol} is not traded at both")
        if ours.multiplier != theirs.multiplier:
            return Compared(Identity.UNCONFIRMED, "one of it is not as many units at both")
        base, _, quote = symbol.partition("/")
        of_quote, of_base = self._asset(quote, one, other), self._asset(base, one, other)
        for ticker, outcome in ((base, of_base), (quote, of_quote)):
            if outcome.identity is Identity.UNCONFIRMED:
                return Compared(Identity.UNCONFIRMED, f"{ticker}: {outcome.reason}")
        return of_base

    def _asset(self, ticker: str, one: str, other: str) -> Compared:
        place = (ticker, one, other) if one < other else (ticker, other, one)
        outcome = self._compared.get(place)
        if outcome is None:
            outcome = self._compared[place] = compared(self.assets[one, ticker], self.assets[other, ticker])
        return outcome

    def _pair(self, symbol: str, buy: str, sell: str) -> PairFacts:
        if self.compared(symbol, buy, sell).identity is Identity.UNCONFIRMED:
            return PairFacts(is_confirmed=False)
        base = symbol.partition("/")[0]
        facts = transfer_facts(self.assets[buy, base], self.assets[sell, base])
        fee = facts.withdrawal_fee / self.instruments[buy, symbol].multiplier
        return PairFacts(True, facts.transfer, facts.chains, fee, facts.is_withdrawal_fee_known)


def _one_a_symbol(
    instruments: Iterable[Instrument], known: KnownAssets, day: date
) -> tuple[dict[str, Instrument], list[tuple[str, LeftOut]]]:
    """By BASE/QUOTE in our names; of two that are one thing, the one under the asset's own name stays."""
    found: dict[str, Instrument] = {}
    doubles: list[tuple[str, LeftOut]] = []
    for one in sorted(instruments, key=lambda one: one.base != known.name_on(one.base, day)):
        symbol = f"{known.name_on(one.base, day)}/{known.name_on(one.quote, day)}"
        if symbol in found:
            doubles.append((symbol, LeftOut(one.symbol, f"it is {symbol}, which {found[symbol].symbol} is already")))
        else:
            found[symbol] = one
    return found, doubles


def _replaced(rows: Mapping[str, Instrument], known: KnownAssets, day: date) -> list[tuple[str, LeftOut]]:
    found = []
    for symbol, one in rows.items():
        change = known.replaced_by(one.base, day)
        if change is not None:
            reason = f"{change.new} took the place of what {change.old} was on {change.since}: a row of its own"
            found.append((symbol, LeftOut(symbol, reason)))
    return found
