"""What known_assets.yaml says, checked on loading: large assets, money, new names, claims on other assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from p2p_pipeline.exchanges.identity.chains import Chains, known_chains
from p2p_pipeline.exchanges.identity.contracts import OWN_COIN, normalised
from p2p_pipeline.kernel.errors import ClearError


class KnownAssetsError(ClearError):
    """A mistake in known_assets.yaml; the text has the row."""


@dataclass(frozen=True, slots=True)
class NewName:
    """A ticker that became another."""

    old: str
    new: str
    since: date
    is_same_token: bool
    """Renamed; else another token took its place, and the two are never one."""


@dataclass(frozen=True, slots=True)
class KnownAssets:
    """The file's content."""

    exchanges: frozenset[str]
    """Where it may be asked: their lists tell no contracts, or want a key."""
    methods: frozenset[str]
    """Those whose lists tell methods of moving an asset where others tell chains: only this map says where it lives."""
    doubtful: frozenset[tuple[str, str]]
    """Exchange and ticker where the name has stood for another coin: the map says nothing of it."""
    deployments: Mapping[str, Mapping[str, str]]
    """By ticker: contract by chain, empty for the chain's own coin."""
    money: frozenset[str]
    new_names: tuple[NewName, ...]
    wrapped: Mapping[tuple[str, str], str]
    """By chain and contract: the ticker of a claim on another asset."""

    def name_on(self, ticker: str, day: date) -> str:
        """The ticker that an asset goes by on a day: a renamed one by its new name from its day on."""
        for change in self.new_names:
            if change.is_same_token and change.old == ticker and day >= change.since:
                return change.new
        return ticker

    def replaced_by(self, ticker: str, day: date) -> NewName | None:
        """What another token took the place of by that day: the ticker is still traded, and means less or another."""
        return next(
            (one for one in self.new_names if not one.is_same_token and one.old == ticker and day >= one.since), None
        )


@cache
def known_assets() -> KnownAssets:
    """What the file says. Raises KnownAssetsError."""
    text = (resources.files(__package__) / "known_assets.yaml").read_text(encoding="utf-8")
    return parse_known_assets(yaml.safe_load(text), known_chains())


def parse_known_assets(document: Mapping[str, Any], chains: Chains) -> KnownAssets:
    """The same from a document. Raises KnownAssetsError with the first row that is wrong."""
    for name, source in document["sources"].items():
        if not isinstance(source.get("date"), date) or not source.get("what"):
            raise KnownAssetsError("the source {name!r} must say what it is and of which date", name=name)
    deployments: dict[str, dict[str, str]] = {}
    for ticker, names in document["coins"].items():
        for name in names:
            chain = chains.find(name)
            if chain is None or chain.name != name or ticker not in chain.coins:
                raise KnownAssetsError(
                    "{ticker}: {chain} is no chain of which it is the coin", ticker=ticker, chain=name
                )
            deployments.setdefault(ticker, {})[name] = OWN_COIN
    for row in document["tokens"]:
        _add(deployments.setdefault(row["ticker"], {}), row, chains, document["sources"])
    wrapped: dict[tuple[str, str], str] = {}
    for row in document["wrapped"]:
        found: dict[str, str] = {}
        _add(found, row, chains, document["sources"])
        wrapped |= dict.fromkeys(found.items(), row["ticker"])
    return KnownAssets(
        exchanges=frozenset(document["exchanges"]),
        methods=frozenset(document["methods"]),
        doubtful=frozenset((row["exchange"], row["ticker"]) for row in document["doubtful"]),
        deployments=deployments,
        money=frozenset(document["money"]),
        new_names=tuple(
            NewName(row["old"], row["new"], row["since"], is_same_token)
            for part, is_same_token in (("renamed", True), ("replaced", False))
            for row in document[part]
        ),
        wrapped=wrapped,
    )


def _add(found: dict[str, str], row: Mapping[str, Any], chains: Chains, sources: Mapping[str, str]) -> None:
    chain = chains.find(row["chain"])
    contract = None if chain is None or chain.name != row["chain"] else normalised(chain, row["contract"])
    if chain is None or not contract or contract != row["contract"] or row["source"] not in sources:
        raise KnownAssetsError(
            "{ticker} on {chain}: {contract!r} is no contract of that chain, or its source is not named",
            ticker=row["ticker"], chain=row["chain"], contract=row["contract"],
        )  # fmt: skip
    if found.setdefault(chain.name, contract) != contract:
        raise KnownAssetsError("{ticker} has two contracts on {chain}", ticker=row["ticker"], chain=chain.name)
