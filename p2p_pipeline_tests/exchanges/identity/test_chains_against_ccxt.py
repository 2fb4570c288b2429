"""The chains' names held against those that ccxt has for the same exchanges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from p2p_pipeline.exchanges.identity.chains import known_chains
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline_tests.effort import only_long

pytestmark = [pytest.mark.long, only_long]

OURS = {
    "ERC20": "ETH", "TRC20": "TRX", "BEP20": "BSC", "ARBONE": "ARBITRUM", "ARB": "ARBITRUM", "OP": "OPTIMISM",
    "OPTIMISM": "OPTIMISM", "MATIC": "POLYGON", "AVAXC": "AVAXC", "AVAXX": "AVAXX", "SPL": "SOL", "FTM": "FANTOM",
    "RON": "RONIN", "CHZ": "CHILIZ",
}  # fmt: skip
"""What ccxt calls a chain that we call otherwise."""
ALIKE = (
    "ETH", "TRX", "BSC", "SOL", "BASE", "BTC", "LTC", "DOGE", "XRP", "BCH", "ADA", "DOT", "NEAR", "ATOM", "XLM", "APT",
    "FIL", "SUI", "INJ", "HBAR", "ALGO", "ICP", "TON", "ETC", "OMNI", "LIGHTNING", "CELO", "LINEA", "ZKSYNC", "MANTLE",
    "KCC", "EOS",
)  # fmt: skip
ON_PURPOSE = {
    ("kucoin", "avax"): "AVAX",  # one exchange's C-Chain, another's X-Chain
    ("mexc", "DOTASSETHUB"): "DOTHUB",  # another chain than Polkadot's own
}
REFUSED = {
    ("bitfinex", "TETHERUSDTBCH"),
    ("mexc", "BNB Smart Chain(BEP20-RACAV1)"),  # of one token only
    ("mexc", "BNB Smart Chain(BEP20-RACAV2)"),
}


def names_of(exchange: str) -> Iterator[tuple[str, str]]:
    """What an exchange calls a chain, and what ccxt does."""
    import ccxt

    options = getattr(ccxt, exchange)().options
    yield from ((name, code) for code, name in options.get("networks", {}).items() if isinstance(name, str))
    yield from ((name, code) for name, code in options.get("networksById", {}).items() if isinstance(code, str))


@pytest.mark.parametrize("exchange", NAMES)
def test_no_exchanges_name_of_a_chain_is_another_chain_or_nobodys(exchange: str) -> None:
    for name, code in names_of(exchange):
        wanted = OURS.get(code, code if code in ALIKE else None)
        if wanted is not None and (exchange, name) not in REFUSED:
            found = known_chains().find(name)
            assert (found.name if found else None) == ON_PURPOSE.get((exchange, name), wanted), name
