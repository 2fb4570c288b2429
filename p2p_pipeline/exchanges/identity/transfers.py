"""Can what is bought at one exchange be brought to another, over which chains, and for how much?"""

from __future__ import annotations

from collections.abc import Iterable
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
    """Of the cheapest way out, in units of the asset. It counts where nothing is open, too: the stock that is sold must
    come back one day. 0 where the exchange tells none."""
    is_withdrawal_fee_known: bool = True
    """Not where no way out of the exchange tells a fee: 0 counts then, and more will be paid."""


def transfer_facts(bought: AssetAt, sold: AssetAt) -> TransferFacts:
    """Of one asset, bought at the first exchange and sold at the second."""
    if bought.is_money or sold.is_money:
        return TransferFacts(Transfer.NEEDS_INVENTORY, is_withdrawal_fee_known=False)
    ours, theirs = bought.contracts, sold.contracts
    shared = [name for name, contract in ours.items() if theirs.get(name) == contract]
    ways = {name: _is_open(bought.chains[name], sold.chains[name]) for name in shared}
    open_ways = _by_fee(bought, (name for name, is_open in ways.items() if is_open))
    if open_ways and (fee := bought.chains[open_ways[0]].withdrawal_fee) is not None:
        return TransferFacts(Transfer.TRANSFERABLE, open_ways, fee)
    # Open for a fee that nobody tells: a cost of 0 would be a promise that nobody made.
    possible = open_ways or _by_fee(bought, (name for name, is_open in ways.items() if is_open is None))
    fees = [fee for names in (possible, shared, bought.chains) if (fee := _least_fee(bought, names)) is not None]
    fee, is_known = (fees[0], True) if fees else (Decimal(0), False)
    # Shut at one end, whatever the other one's list would say.
    is_shut = _none_open(one.withdraw_open for one in bought.chains.values()) or _none_open(
        one.deposit_open for one in sold.chains.values()
    )
    if not is_shut and (possible or not (bought.is_listed and sold.is_listed)):
        return TransferFacts(Transfer.TRANSFER_UNKNOWN, possible, fee, is_known)
    return TransferFacts(Transfer.NEEDS_INVENTORY, (), fee, is_known)


def _none_open(states: Iterable[bool | None]) -> bool:
    """All ways are told, and each of them is closed."""
    told = list(states)
    return bool(told) and all(is_open is False for is_open in told)


def _is_open(out: OnChain, into: OnChain) -> bool | None:
    """None: one of the two is not told, and the other is not closed."""
    if out.withdraw_open is False or into.deposit_open is False:
        return False
    return True if out.withdraw_open and into.deposit_open else None


def _by_fee(bought: AssetAt, names: Iterable[str]) -> tuple[str, ...]:
    """The cheapest first, those whose fee is not told last."""

    def order(name: str) -> tuple[bool, Decimal, str]:
        fee = bought.chains[name].withdrawal_fee
        return fee is None, fee or Decimal(0), name

    return tuple(sorted(names, key=order))


def _least_fee(bought: AssetAt, names: Iterable[str]) -> Decimal | None:
    fees = [fee for name in names if (fee := bought.chains[name].withdrawal_fee) is not None]
    return min(fees, default=None)
