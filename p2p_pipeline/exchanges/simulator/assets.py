"""What the simulated assets are: about what they cost, where they live, how lively they are."""

from __future__ import annotations

from dataclasses import dataclass

from p2p_pipeline.exchanges.simulator.noise import key_of


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset of the simulated world."""

    ticker: str
    dollars: float
    """About; the path of prices begins here."""
    chain: str
    """The asset's own, or where its contract is."""
    contract: str = ""
    daily_volatility: float = 0.03
    spread: float = 2e-4
    """Between two levels of a book, as a part of the price."""


def _coins(*rows: tuple[str, float]) -> list[Asset]:
    """Assets that are the coin of a chain of their own."""
    return [Asset(ticker, dollars, ticker) for ticker, dollars in rows]


def _tokens(*rows: tuple[str, float, str]) -> list[Asset]:
    """Tokens on Ethereum, with the contract that they really have: lists of known assets must recognise them."""
    return [Asset(ticker, dollars, "ETH", contract) for ticker, dollars, contract in rows]


_MONEY = [
    Asset("USD", 1.0, "USD", daily_volatility=0.0),
    Asset("EUR", 1.09, "EUR", daily_volatility=0.003),
    Asset("KRW", 1 / 1385, "KRW", daily_volatility=0.003),
    Asset("USDT", 1.0003, "ETH", "0xdac17f958d2ee523a2206206994597c13d831ec7", 0.0002),
    Asset("USDC", 0.9999, "ETH", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", 0.0002),
]

_LARGE = [
    Asset("BTC", 61_800.0, "BTC", daily_volatility=0.022, spread=5e-5),
    Asset("ETH", 3_140.0, "ETH", daily_volatility=0.028, spread=5e-5),
]

ASSETS = {
    asset.ticker: asset
    for asset in [
        *_MONEY,
        *_LARGE,
        *_coins(
            ("SOL", 168.0), ("XRP", 0.62), ("DOGE", 0.148), ("ADA", 0.46), ("TRX", 0.151),
            ("AVAX", 34.5), ("DOT", 7.1), ("LTC", 84.0), ("BCH", 452.0), ("TON", 5.9), ("NEAR", 6.4), ("ATOM", 8.8),
            ("ETC", 27.3), ("XLM", 0.113), ("APT", 9.6), ("FIL", 5.9), ("SUI", 1.12), ("INJ", 24.8), ("HBAR", 0.105),
            ("ALGO", 0.19), ("ICP", 12.4),
        ),
        *_tokens(
            ("LINK", 14.6, "0x514910771af9ca656af840dff83e8264ecf986ca"),
            ("SHIB", 0.0000243, "0x95ad61b0a150d79219dcf64e1e6cc01f0b64c4ce"),
            ("UNI", 7.6, "0x1f9840a85d5af5bf1d1762f925bdaddc4201f984"),
            ("AAVE", 92.0, "0x7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9"),
            ("PEPE", 0.0000112, "0x6982508145454ce325ddbe47a25d4ec3d2311933"),
            ("SAND", 0.42, "0x3845badade8e6dff049820680d1f14bd3903a5d0"),
            ("MANA", 0.41, "0x0f5d2fb29fb7d3cfee444a200298f468908cc942"),
            ("GRT", 0.27, "0xc944e90c64b2c07662a292be6244bdf05cda44a7"),
            ("CRV", 0.39, "0xd533a949740bb3306d119cc777fa900ba034cd52"),
            ("COMP", 55.0, "0xc00e94cb662c3520282e6f5717214004a7f26888"),
            ("SUSHI", 1.05, "0x6b3595068778dd592e39a122f4f5a5cf09c90fe2"),
            ("CHZ", 0.115, "0x3506424f91fd33084466f402d5d97f05f8e3b4af"),
            ("AXS", 7.3, "0xbb0e17ef65f82ab018d8edd776e8dd940327b28b"),
            ("ENJ", 0.31, "0xf629cbd94d3791c9250152bd8dfbdf380e2a3b9c"),
        ),
        Asset("BNB", 585.0, "BSC"),
        Asset("ARB", 0.98, "ARBITRUM", "0x912ce59144191c1204e64559fe8253a0e49e6548"),
        Asset("OP", 2.3, "OPTIMISM", "0x4200000000000000000000000000000000000042"),
    ]
}  # fmt: skip


def asset(ticker: str) -> Asset:
    """An asset by its ticker; one that is not in the table gets a price and a contract of its own."""
    found = ASSETS.get(ticker)
    if found is None:
        key = key_of("asset", ticker)
        return Asset(ticker, 10 ** (key % 5 - 2) * (1 + key % 7), "ETH", f"0x{key_of('contract', ticker):040x}")
    return found


def other_contract(ticker: str) -> str:
    """The contract of another coin that goes by the same ticker."""
    return f"0x{key_of('other', ticker):016x}{key_of('coin', ticker):016x}deadbeef"
