"""What the newest scan of the exchanges' order books found."""

from __future__ import annotations

from p2p_pipeline.client.asking import Amount, Ask, asked, path_part
from p2p_pipeline.web.api.shapes.arbitrage import (
    Cycles,
    EdgeMatrix,
    Exchanges,
    KeptSignals,
    Opportunities,
    OpportunityInFull,
    Quarantined,
    TransferName,
)


def list_opportunities(
    *,
    buy: str | None = None,
    sell: str | None = None,
    symbol: str | None = None,
    min_edge_pct: Amount | None = None,
    transfer: TransferName | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Ask[Opportunities]:
    """What could be earned now, best net edge first; `client.each` follows the pages."""
    return asked(
        "/api/v1/opportunities",
        Opportunities,
        buy=buy,
        sell=sell,
        symbol=symbol,
        min_edge_pct=min_edge_pct,
        transfer=transfer,
        limit=limit,
        cursor=cursor,
    )


def list_quarantined_opportunities(
    *,
    buy: str | None = None,
    sell: str | None = None,
    symbol: str | None = None,
    min_edge_pct: Amount | None = None,
    transfer: TransferName | None = None,
) -> Ask[Quarantined]:
    """What was too good to be believed."""
    return asked(
        "/api/v1/opportunities/quarantined",
        Quarantined,
        buy=buy,
        sell=sell,
        symbol=symbol,
        min_edge_pct=min_edge_pct,
        transfer=transfer,
    )


def list_kept_opportunities(*, limit: int | None = None, cursor: str | None = None) -> Ask[KeptSignals]:
    """Earlier opportunities, each with its life; `client.each` follows the pages."""
    return asked("/api/v1/opportunities/kept", KeptSignals, limit=limit, cursor=cursor)


def get_opportunity(*, buy: str, sell: str, base: str, quote: str) -> Ask[OpportunityInFull]:
    """One opportunity with its whole calculation."""
    where = "/".join(path_part(one) for one in (buy, sell, base, quote))
    return asked(f"/api/v1/opportunities/{where}", OpportunityInFull)


def get_matrix() -> Ask[EdgeMatrix]:
    """The best net edge by buying and selling exchange."""
    return asked("/api/v1/matrix", EdgeMatrix)


def get_exchanges() -> Ask[Exchanges]:
    """How each exchange is, and what is watched there."""
    return asked("/api/v1/exchanges", Exchanges)


def get_cycles() -> Ask[Cycles]:
    """From an asset back to it with more of it, leg by leg."""
    return asked("/api/v1/cycles", Cycles)
