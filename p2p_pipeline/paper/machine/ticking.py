"""What a whole second does, a step after the other and in each step the symbols by name. Pure; only inside EXACT."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from p2p_pipeline.paper.machine import broker, fill_models
from p2p_pipeline.paper.machine.limits import factors_of, have_reached, limits_of
from p2p_pipeline.paper.machine.starting import freeze_when_warm
from p2p_pipeline.paper.machine.state import Session
from p2p_pipeline.paper.machine.strategy import Signal, evaluate, move_pct
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.settings import milliseconds
from p2p_pipeline.paper.words import Said, SessionState, SymbolState


def take_tick(session: Session, at: int, among: Iterable[Traded] | None = None) -> list[Said]:
    """Staleness, expiry, cooldown, re-arming, strategy; before all of it the universe, when it is time.

    Who knows which symbols can have become stale or fresh gives them, by name; otherwise all are looked at.
    """
    session.account.counters["ticks"] += 1
    said = freeze_when_warm(session, at)
    if not session.is_frozen:
        return said
    fill_models.look_late(session.models, session.traded, session.settings, at)
    said += _staleness(session, at, session.traded.values() if among is None else among)
    said += _expiry(session, at)
    said += _cooldown(session, at)
    said += _rearming(session, at)
    return said + (_strategy(session, at) if session.state is SessionState.RUNNING else [])


def _staleness(session: Session, at: int, among: Iterable[Traded]) -> list[Said]:
    said: list[Said] = []
    oldest = at - milliseconds(session.settings.stale_after_seconds)
    for traded in among:
        if (traded.market.last_frame_at < oldest) is traded.is_stale:
            continue
        traded.is_stale = not traded.is_stale
        symbol = {"symbol": traded.symbol}
        said.append(Said(at, "symbol_stale" if traded.is_stale else "symbol_fresh", symbol))
        if traded.is_stale:
            fill_models.cancel(session.models, traded)
        if traded.is_stale and traded.order is not None:
            said.append(broker.cancel(traded, traded.order, "stale", at))
            session.settle(traded)
        elif traded.state is SymbolState.ARMED:
            session.changed.add(traded.symbol)
            said.append(Said(at, "symbol_armed", symbol))
    return said


def _expiry(session: Session, at: int) -> list[Said]:
    said = []
    fill_models.expire(session.models, session.traded, at)
    for symbol in sorted(session.engaged):
        traded = session.traded[symbol]
        if traded.order is not None and at >= traded.order.expires_at:
            said.append(broker.cancel(traded, traded.order, None, at))
            session.settle(traded)
    return said


def _cooldown(session: Session, at: int) -> list[Said]:
    cooldown = session.settings.funding_cooldown
    before, after = milliseconds(cooldown.before_seconds), milliseconds(cooldown.after_seconds)
    is_cooling = False
    for funding_at in tuple(session.funding_times):
        if at > funding_at + after:
            session.funding_times.discard(funding_at)
        is_cooling = is_cooling or funding_at - before <= at <= funding_at + after
    if is_cooling and session.state is SessionState.RUNNING:
        return [session.entered(SessionState.COOLDOWN, "funding", at)]
    if not is_cooling and session.state is SessionState.COOLDOWN:
        return [session.entered(SessionState.RUNNING, "cooldown_over", at)]
    return []


def _rearming(session: Session, at: int) -> list[Said]:
    said, pause = [], milliseconds(session.settings.rearm_seconds)
    for symbol in sorted(session.pausing):
        traded = session.traded[symbol]
        if traded.cycle_ended_at is None or at < traded.cycle_ended_at + pause:
            continue
        traded.cycle_ended_at = None
        session.pausing.discard(symbol)
        session.changed.add(symbol)
        said.append(Said(at, "symbol_rearmed", {"symbol": symbol}))
    return said


def _strategy(session: Session, at: int) -> list[Said]:
    said: list[Said] = []
    for symbol in _asking(session):
        if len(session.engaged) >= session.settings.account.max_positions:
            # whoever was not judged is judged when there is room again
            break
        session.changed.discard(symbol)
        said += _evaluate(session, session.traded[symbol], at)
    return said


def _asking(session: Session) -> list[str]:
    """Those of the changed symbols whose moves can ask for something, by name; the others are done with."""
    if len(session.engaged) >= session.settings.account.max_positions:
        return []
    armed, values, limits, factors = [], [], [], factors_of(session.settings)
    for symbol in sorted(session.changed):
        traded = session.traded[symbol]
        market, reference = traded.market, traded.reference
        if reference is None or traded.state is not SymbolState.ARMED or not market.is_tradable:
            continue
        if traded.limits is None or traded.limits.reference is not reference:
            traded.limits = limits_of(reference, factors)
        armed.append(symbol)
        values.append((market.mark, market.oiv))
        limits.append(traded.limits.floats)
    mark, oiv = np.array(values, np.float64).reshape(-1, 2).T
    reached = have_reached(mark, oiv, np.array(limits).reshape(-1, 4), session.settings)
    asking = [symbol for symbol, has_reached in zip(armed, reached.tolist(), strict=True) if has_reached]
    session.changed.intersection_update(asking)
    return asking


def _evaluate(session: Session, traded: Traded, at: int) -> list[Said]:
    market, reference = traded.market, traded.reference
    mark, oiv = market.mark, market.oiv
    if traded.state is not SymbolState.ARMED or not market.is_tradable or not traded.instrument.is_known:
        return []
    assert mark is not None and oiv is not None and reference is not None  # noqa: S101, PT018 - armed and known
    signal = evaluate(mark, oiv, reference, session.settings)
    if signal is Signal.CONFLICTING:
        session.account.counters["conflicting_signal"] += 1
        session.changed.add(traded.symbol)
    side = signal.side
    if side is None:
        return []
    fields = {
        "symbol": traded.symbol,
        "side": side,
        "mark": mark,
        "oiv": oiv,
        "ref_close": reference.close,
        "ref_oiv": reference.oiv,
        "price_move_pct": move_pct(mark, reference.close),
        "oiv_move_pct": move_pct(oiv, reference.oiv),
    }
    placed = broker.place(traded, side, session.orders + 1, session.account, session.settings, at)
    if traded.order is not None:
        session.orders += 1
        fill_models.follow(session.models, traded, traded.order)
    session.settle(traded)
    return [Said(at, "signal", fields), placed]
