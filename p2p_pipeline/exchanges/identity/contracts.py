"""When two contracts are one, and what no contract of a chain can be."""

from __future__ import annotations

import re

from p2p_pipeline.exchanges.identity.chains import Chain, Spelling

_EVM = re.compile(r"0x[0-9a-f]{40}").fullmatch
_TRON = re.compile(r"T[1-9A-HJ-NP-Za-km-z]{33}").fullmatch
_SOLANA = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}").fullmatch
_OWN_COIN = {f"0x{'0' * 40}", f"0x{'e' * 40}"}
"""What lists write where a chain's own coin has no contract."""

OWN_COIN = ""
"""The contract of a chain's own coin."""


def normalised(chain: Chain, contract: str) -> str | None:
    """The contract as it is compared: lower case on EVM chains, as it stands elsewhere.

    None where this chain can have no such contract.
    """
    text = contract.strip()
    if text == OWN_COIN or text.lower() in _OWN_COIN:
        return OWN_COIN
    match chain.spelling:
        case Spelling.EVM:
            return text.lower() if _EVM(text.lower()) else None
        case Spelling.TRON:
            return text if _TRON(text) else None
        case Spelling.SOLANA:
            return text if _SOLANA(text) else None
        case Spelling.EXACT:
            return text
        case Spelling.NONE:
            return None
