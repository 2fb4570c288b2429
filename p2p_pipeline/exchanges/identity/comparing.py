"""Is it one asset at two exchanges? By contracts on chains; a shared ticker says nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from p2p_pipeline.exchanges.identity.deployments import AssetAt


class Identity(StrEnum):
    """The two classes; only the first reaches the feed."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "identity_unconfirmed"


class Compared(NamedTuple):
    """What came out, and why."""

    identity: Identity
    reason: str


def compared(one: AssetAt, other: AssetAt) -> Compared:
    """Confirmed: on a chain that both tell, both tell the same contract, and on none another. It is symmetric."""
    if one.is_money or other.is_money:
        if one.is_money and other.is_money and one.ticker == other.ticker:
            return Compared(Identity.CONFIRMED, f"{one.ticker} is money")
        return Compared(Identity.UNCONFIRMED, "only one of the two is money")
    ours, theirs = one.contracts, other.contracts
    shared = [name for name in ours if name in theirs]
    differing = [name for name in shared if ours[name] != theirs[name]]
    if one.is_disputed or other.is_disputed:
        why_not = "a list names two contracts on one chain"
    elif not ours or not theirs:
        why_not = "no contract is known at one of the two"
    elif not shared:
        why_not = "no chain is shared"
    elif differing:
        why_not = f"the contracts differ on {', '.join(differing)}"
    else:
        return Compared(Identity.CONFIRMED, f"the same on {', '.join(shared)}")
    return Compared(Identity.UNCONFIRMED, why_not)
