"""The next whole second at which a session has something to do by itself. Pure; some more are no harm."""

from __future__ import annotations

from collections.abc import Iterator

from p2p_pipeline.paper.columns.asking import SECOND, up_to_second
from p2p_pipeline.paper.machine.state import Session
from p2p_pipeline.paper.settings import milliseconds
from p2p_pipeline.paper.words import SessionState


def own_needs(session: Session, tick: int) -> Iterator[int]:
    """Moments of expiries, pauses, cooldowns and late fills; each is due at the first whole second at or after it."""
    for symbol in session.engaged:
        order = session.traded[symbol].order
        if order is not None:
            yield order.expires_at
    for symbol in session.models.shadowed:
        for shadow in session.traded[symbol].shadows:
            if shadow.is_touched:
                yield tick
            if shadow.position is None:
                yield shadow.order.expires_at
    pause = milliseconds(session.settings.rearm_seconds)
    for symbol in session.pausing:
        ended_at = session.traded[symbol].cycle_ended_at
        if ended_at is not None:
            yield ended_at + pause
    change = _cooldown_change(session, tick)
    if change is not None:
        yield change


def _cooldown_change(session: Session, tick: int) -> int | None:
    """The first whole second from one on at which a cooldown begins, or the one that is ends."""
    cooldown = session.settings.funding_cooldown
    before, after = milliseconds(cooldown.before_seconds), milliseconds(cooldown.after_seconds)
    spans = sorted((up_to_second(funding_at - before), funding_at + after) for funding_at in session.funding_times)
    if session.state is SessionState.RUNNING:
        starts = (max(begin, tick) for begin, end in spans if max(begin, tick) <= end)
        return min(starts, default=None)
    if session.state is SessionState.COOLDOWN:
        over = tick
        for begin, end in spans:
            if begin <= over <= end:
                over = end // SECOND * SECOND + SECOND
        return over
    return None
