"""Chains by any of the names that exchanges have for them; a name that nobody wrote down is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import yaml

from p2p_pipeline.kernel.errors import ClearError

_LEFT_OUT_OF_NAMES = str.maketrans("", "", " -_./()")


class Spelling(StrEnum):
    """How a chain's contracts are spelled."""

    EVM = "evm"
    """Hexadecimal: upper and lower case are one."""
    TRON = "tron"
    """Each letter counts in its case, as in the next two."""
    SOLANA = "solana"
    EXACT = "exact"
    NONE = "none"
    """The chain has its coin and no contracts."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain under the name that we have for it."""

    name: str
    spelling: Spelling
    coins: frozenset[str]
    """Tickers of its own coin."""


class ChainsError(ClearError):
    """A mistake in chains.yaml."""


class Chains:
    """The table."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._by_name: dict[str, Chain] = {}
        for row in rows:
            chain = Chain(row["name"], Spelling(row["kind"]), frozenset(row["coin"]))
            for name in {plain(name) for name in (row["name"], *row["also"])}:
                other = self._by_name.setdefault(name, chain)
                if other is not chain:
                    raise ChainsError(
                        "{name!r} is a name of two chains, {one} and {other}",
                        name=name,
                        one=chain.name,
                        other=other.name,
                    )

    def find(self, name: str, asset: str = "") -> Chain | None:
        """The chain of a name, also of one with the asset's ticker about it (USDT-TRC20, trc20usdt); else None."""
        bare, ticker = plain(name), plain(asset)
        names = [bare]
        if ticker and bare != ticker:
            names += [bare.removeprefix(ticker), bare.removesuffix(ticker)]
        return next((self._by_name[name] for name in names if name in self._by_name), None)


def plain(name: str) -> str:
    """A name without what exchanges write differently in it."""
    return name.upper().translate(_LEFT_OUT_OF_NAMES)


@cache
def known_chains() -> Chains:
    """The table of chains.yaml."""
    text = (resources.files(__package__) / "chains.yaml").read_text(encoding="utf-8")
    return Chains(yaml.safe_load(text)["chains"])
