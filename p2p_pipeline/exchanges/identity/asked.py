"""What the answers of one exchange say of its instruments and of the chains of its assets. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from p2p_pipeline.exchanges.venues.connector import Lists
from p2p_pipeline.exchanges.words import Currencies, Listed

KNOWN, NEEDS_KEY, UNKNOWN = "known", "needs a key", "unknown"


@dataclass(frozen=True, slots=True)
class AskedLists:
    """What an exchange's lists say."""

    listed: Listed
    currencies: Currencies
    transfers: str
    """`known`, `needs a key`, `unknown`."""
    instruments_ns: Mapping[str, int] = field(default_factory=dict)
    """When the answers came that it is read from, by their address."""
    currencies_ns: Mapping[str, int] | None = None
    """Likewise; None where there was no answer."""
    is_outdated: bool = False
    """The currencies are too old for what they say of ways in and out."""

    def outdated(self) -> AskedLists:
        """The same, but which ways are open is not known any more. What an asset is stays known."""
        chains = tuple(replace(one, deposit_open=None, withdraw_open=None) for one in self.currencies.chains)
        currencies = replace(self.currencies, chains=chains)
        return replace(self, currencies=currencies, transfers=UNKNOWN, is_outdated=True)


def currencies_in(lists: Lists, answers: Mapping[str, bytes] | None, *, need_key: bool) -> tuple[Currencies, str]:
    """The currencies, and whether deposits and withdrawals are known."""
    if need_key:
        return Currencies(), NEEDS_KEY
    currencies = Currencies() if answers is None else lists.currencies(answers)
    says_more = any(one.deposit_open is not None or one.withdraw_open is not None for one in currencies.chains)
    return currencies, KNOWN if says_more else UNKNOWN
