"""How long a transfer takes over each chain, from asking for the withdrawal to trading what came.

Assumptions, not measurements: what exchanges commonly wait for in confirmations, and two minutes until a withdrawal is
sent. Names are those of identity/chains.yaml. A chain that is not here is not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence

SENDING_SECONDS = 120

CONFIRMING_SECONDS = {
    "BTC": 1_800, "BCH": 3_600, "LTC": 900, "DOGE": 1_200, "LIGHTNING": 10,
    "ETH": 800, "ARBITRUM": 120, "OPTIMISM": 120, "BASE": 120, "BSC": 60, "POLYGON": 300, "AVAXC": 60, "ETC": 3_600,
    "TRX": 60, "SOL": 30, "TON": 30, "XRP": 10, "XLM": 10, "ADA": 600, "DOT": 300, "NEAR": 30, "ATOM": 60, "ALGO": 30,
}  # fmt: skip


def transfer_seconds(chains: Sequence[str]) -> int | None:
    """Over the first chain, whose fee was counted; None where there is none or its time is not known."""
    seconds = CONFIRMING_SECONDS.get(chains[0]) if chains else None
    return None if seconds is None else seconds + SENDING_SECONDS
