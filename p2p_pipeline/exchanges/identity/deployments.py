"""Where an exchange's assets live: its currency list in our names, and what is known where that has no contracts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from p2p_pipeline.exchanges.identity.chains import Chains
from p2p_pipeline.exchanges.identity.contracts import OWN_COIN, normalised
from p2p_pipeline.exchanges.identity.known import KnownAssets
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, LeftOut


@dataclass(frozen=True, slots=True)
class OnChain:
    """One way into and out of an exchange."""

    contract: str | None
    """None: it is not known which token that is."""
    deposit_open: bool | None = None
    withdraw_open: bool | None = None
    withdrawal_fee: Decimal | None = None


@dataclass(frozen=True)
class AssetAt:
    """An asset at one exchange."""

    ticker: str
    chains: Mapping[str, OnChain] = field(default_factory=dict)
    """By the chain's name in our table."""
    is_money: bool = False
    """Of no chain."""
    is_listed: bool = False
    """The exchange's list told the chains; else they are only known to exist, and not whether they are open."""
    is_disputed: bool = False
    """The list names two contracts on one chain: which of them is meant can't be known."""

    @cached_property
    def contracts(self) -> dict[str, str]:
        """What is known of its identity: the contract by chain, in the order of names."""
        return {name: way.contract for name, way in sorted(self.chains.items()) if way.contract is not None}


def assets_at(
    exchange: str, tickers: Iterable[str], currencies: Currencies | None, known: KnownAssets, chains: Chains
) -> tuple[dict[str, AssetAt], tuple[LeftOut, ...]]:
    """Each of an exchange's tickers, and what of its list could not be used. `currencies` is None where none is had."""
    by_ticker: dict[str, list[AssetOnChain]] = {}
    for row in currencies.chains if currencies is not None else ():
        by_ticker.setdefault(row.asset, []).append(row)
    left_out: list[LeftOut] = []
    found = {}
    for ticker in dict.fromkeys(tickers):
        rows = by_ticker.get(ticker, [])
        is_mapped = exchange in known.exchanges and (exchange, ticker) not in known.doubtful
        mapped = known.deployments.get(ticker, {}) if is_mapped else {}
        if ticker in known.money:
            found[ticker] = AssetAt(ticker, is_money=True)
        elif exchange in known.methods:
            found[ticker] = _by_methods(ticker, rows, mapped, chains)
        else:
            found[ticker] = _with_what_is_known(_listed(ticker, rows, known, chains, left_out), mapped)
    return found, tuple(left_out)


def _by_methods(ticker: str, rows: list[AssetOnChain], mapped: Mapping[str, str], chains: Chains) -> AssetAt:
    """Where the map says that it lives; a method that goes by a chain's name tells of that way what is open."""
    is_shut_in = bool(rows) and all(row.deposit_open is False for row in rows)
    is_shut_out = bool(rows) and all(row.withdraw_open is False for row in rows)
    untold = (False if is_shut_in else None, False if is_shut_out else None)
    found = {name: OnChain(contract, *untold) for name, contract in mapped.items()}
    for row in rows:
        chain = chains.find(row.chain, ticker)
        if chain is not None and chain.name in mapped:
            told = (row.deposit_open, row.withdraw_open, row.withdrawal_fee)
            found[chain.name] = OnChain(mapped[chain.name], *told)
    return AssetAt(ticker, found)


def _listed(
    ticker: str, rows: list[AssetOnChain], known: KnownAssets, chains: Chains, left_out: list[LeftOut]
) -> AssetAt:
    found: dict[str, OnChain] = {}
    is_disputed = False
    for row in rows:
        name = f"{ticker} on {row.chain}"
        chain = chains.find(row.chain, ticker)
        if chain is None:
            left_out.append(LeftOut(name, "the chain's name is not known"))
            continue
        contract = _own_coin_or_none(ticker, chain.coins) if not row.contract else normalised(chain, row.contract)
        if row.contract and contract is None:
            left_out.append(LeftOut(name, f"{row.contract[:64]!r} is no contract of {chain.name}"))
            continue
        if contract and known.wrapped.get((chain.name, contract), ticker) != ticker:
            left_out.append(LeftOut(name, f"that is {known.wrapped[chain.name, contract]}, a claim on it"))
            continue
        if contract == OWN_COIN and ticker not in chain.coins:
            contract = None
        one = OnChain(contract, row.deposit_open, row.withdraw_open, row.withdrawal_fee)
        other = found.get(chain.name)
        if other is not None and None not in (other.contract, one.contract) and other.contract != one.contract:
            is_disputed = True
            left_out.append(LeftOut(name, f"the list names two contracts on {chain.name}"))
        found[chain.name] = one if other is None else _more_open(other, one)
    return AssetAt(ticker, found, is_listed=bool(rows), is_disputed=is_disputed)


def _own_coin_or_none(ticker: str, coins: frozenset[str]) -> str | None:
    return OWN_COIN if ticker in coins else None


def _more_open(one: OnChain, other: OnChain) -> OnChain:
    """Of two ways over one chain (a chain's two address formats), the one that can be used."""
    return max(
        one, other, key=lambda way: (way.contract is not None, way.withdraw_open is True, way.deposit_open is True)
    )


def _with_what_is_known(listed: AssetAt, mapped: Mapping[str, str]) -> AssetAt:
    """Contracts of the explicit map, where the exchange's own list told none of this asset."""
    if not mapped or any(contract != OWN_COIN for contract in listed.contracts.values()):
        return listed
    chains = {
        name: replace(way, contract=mapped[name]) if way.contract is None and name in mapped else way
        for name, way in listed.chains.items()
    }
    if any(way.contract is not None for way in chains.values()):
        return replace(listed, chains=chains)
    return AssetAt(listed.ticker, {name: OnChain(contract) for name, contract in mapped.items()})
