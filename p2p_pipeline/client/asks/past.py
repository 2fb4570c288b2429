"""What a price was, when it is usually better, how offers behave."""

from __future__ import annotations

from datetime import date

from p2p_pipeline.client.asking import Amount, Ask, Bound, asked
from p2p_pipeline.web.api.shapes.anomalies import Anomalies
from p2p_pipeline.web.api.shapes.behaviour import Behaviour
from p2p_pipeline.web.api.shapes.history import History, HistoryChart
from p2p_pipeline.web.api.shapes.units import SideName
from p2p_pipeline.web.api.shapes.windows import Windows


def get_history(
    *,
    market: str,
    side: SideName,
    measure: str | None = None,
    profile: str | None = None,
    amount: Amount | None = None,
    from_: Bound | None = None,
    to: Bound | None = None,
    tz: str | None = None,
    period: str | None = None,
) -> Ask[History]:
    """A price over time; a gap is an absent point."""
    return asked(
        "/api/v1/history",
        History,
        market=market,
        side=side,
        measure=measure,
        profile=profile,
        amount=amount,
        from_=from_,
        to=to,
        tz=tz,
        period=period,
    )


def get_history_chart(
    *,
    market: str,
    side: SideName,
    measure: str | None = None,
    profile: str | None = None,
    amount: Amount | None = None,
    from_: Bound | None = None,
    to: Bound | None = None,
    tz: str | None = None,
    period: str | None = None,
    with_market: str | None = None,
    with_side: SideName | None = None,
    with_measure: str | None = None,
    with_profile: str | None = None,
    with_amount: Amount | None = None,
) -> Ask[HistoryChart]:
    """A price with all that a chart of it shows, and a second series."""
    return asked(
        "/api/v1/history/chart",
        HistoryChart,
        market=market,
        side=side,
        measure=measure,
        profile=profile,
        amount=amount,
        from_=from_,
        to=to,
        tz=tz,
        period=period,
        with_market=with_market,
        with_side=with_side,
        with_measure=with_measure,
        with_profile=with_profile,
        with_amount=with_amount,
    )


def get_anomalies(
    *,
    market: str,
    side: SideName | None = None,
    measure: str | None = None,
    from_: date | None = None,
    to: date | None = None,
    all_: bool | None = None,
    by_event: bool | None = None,
) -> Ask[Anomalies]:
    """What was unusual in a market, and whether now is."""
    return asked(
        "/api/v1/anomalies",
        Anomalies,
        market=market,
        side=side,
        measure=measure,
        from_=from_,
        to=to,
        all_=all_,
        by_event=by_event,
    )


def get_windows(
    *,
    market: str,
    side: SideName,
    measure: str | None = None,
    profile: str | None = None,
    amount: Amount | None = None,
    from_: date | None = None,
    to: date | None = None,
    tz: str | None = None,
    between: str | None = None,
) -> Ask[Windows]:
    """When it is usually better, or that no hour is."""
    return asked(
        "/api/v1/windows",
        Windows,
        market=market,
        side=side,
        measure=measure,
        profile=profile,
        amount=amount,
        from_=from_,
        to=to,
        tz=tz,
        between=between,
    )


def get_behaviour(
    *,
    market: str,
    side: SideName | None = None,
    days: int | None = None,
    to: date | None = None,
    rest_hours: float | None = None,
    tz: str | None = None,
) -> Ask[Behaviour]:
    """How the offers of a market live and end."""
    return asked(
        "/api/v1/behaviour", Behaviour, market=market, side=side, days=days, to=to, rest_hours=rest_hours, tz=tz
    )
