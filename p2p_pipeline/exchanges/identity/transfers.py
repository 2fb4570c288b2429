"""Can what is bought at one exchange be brought to another, over which chains, and for how much?"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from p2p_pipeline.exchanges.identity.deployments import AssetAt, OnChain
from p2p_pipeline.exchanges.scan.reasons import Transfer


class TransferFacts(NamedTuple):
    """What is known of it."""

    transfer: Transfer
    chains: tuple[str, ...] = ()
    """Open from end to end, the cheapest first; where nothing is open for sure, those that may be."""
    withdrawal_fee: Decimal = Decimal(0)
    """Of the cheapest, in units of the asset; 0 where nothing is transferred."""


def transfer_facts(bought: AssetAt, sold: AssetAt) -> TransferFacts:
    """Of one asset, bought at the first exchange and sold at the second."""
    if bought.is_money or sold.is_money:
        return TransferFacts(Transfer.NEEDS_INVENTORY)
    ours, theirs = bought.contracts, sold.contracts
    shared = [name for name, contract in ours.items() if theirs.get(name) == contract]
    ways = {name: _is_open(bought.chains[name], sold.chains[name]) for name in shared}
    open_ways = [name for name, is_open in ways.items() if is_open]
    if open_ways:
        return _cheapest(open_ways, bought)
    possible = tuple(name for name, is_open in ways.items() if is_open is None)
    if possible or not (bought.is_listed and sold.is_listed):
        return TransferFacts(Transfer.TRANSFER_UNKNOWN, possible)
    return TransferFacts(Transfer.NEEDS_INVENTORY)


def _is_open(out: OnChain, into: OnChain) -> bool | None:
    """None: one of the two is not told, and the other is not closed."""
    if out.withdraw_open is False or into.deposit_open is False:
        return False
    return True if out.withdraw_open and into.deposit_open else None


def _cheapest(names: list[str], bought: AssetAt) -> TransferFacts:
    fees = {name: bought.chains[name].withdrawal_fee for name in names}
    priced = sorted((fee, name) for name, fee in fees.items() if fee is not None)
    if not priced:
        # Open, but for how much is not told: a cost of 0 would be a promise that nobody made.
        return TransferFacts(Transfer.TRANSFER_UNKNOWN, tuple(names))
    unpriced = [name for name in names if fees[name] is None]
    return TransferFacts(Transfer.TRANSFERABLE, (*(name for _, name in priced), *unpriced), priced[0][0])
