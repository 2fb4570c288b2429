"""Fields of exchanges' lists: tickers and contracts."""

from __future__ import annotations

from p2p_pipeline.exchanges.venues.reading import Unreadable, bounded_value

_TICKER_CHARACTERS = 32
_CONTRACT_CHARACTERS = 256
_NO_CONTRACT = {"", "0", "null", "none"}


def ticker(value: object) -> str:
    """An asset's ticker in upper case."""
    if not isinstance(value, str) or not 0 < len(value) <= _TICKER_CHARACTERS or value != value.strip():
        raise Unreadable(f"{bounded_value(value)} is no ticker")
    return value.upper()


def contract(value: object) -> str:
    """A token's contract as the exchange spells it; empty where a list that tells contracts tells none here."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _CONTRACT_CHARACTERS:
        raise Unreadable(f"{bounded_value(value)} is no contract")
    return "" if value.strip().lower() in _NO_CONTRACT else value.strip()
