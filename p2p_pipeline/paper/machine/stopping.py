"""Commands: the stop, close all, cancel all. Pure; only inside EXACT."""

from __future__ import annotations

from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.machine import broker, fill_models
from p2p_pipeline.paper.machine.state import Session
from p2p_pipeline.paper.words import Close, Said, SessionState


def obey(session: Session, command: Command, at: int) -> list[Said]:
    """Do what was told; nothing is lost by a command that finds nothing to do."""
    match command:
        case Command.CLOSE_ALL:
            return _close_all(session, Close.CLOSE_ALL, at)
        case Command.CANCEL_ALL:
            return _cancel_all(session, str(Command.CANCEL_ALL), at)
        case Command.STOP:
            return _stop(session, at)


def _stop(session: Session, at: int) -> list[Said]:
    said = [session.entered(SessionState.STOPPING, str(Command.STOP), at)]
    said += _cancel_all(session, str(Close.SESSION_STOP), at)
    said += _close_all(session, Close.SESSION_STOP, at)
    said += [session.snapshot(at), session.summary(at)]
    return [*said, session.entered(SessionState.STOPPED, str(Command.STOP), at)]


def _cancel_all(session: Session, reason: str, at: int) -> list[Said]:
    said = []
    fill_models.cancel_all(session.models, session.traded)
    for symbol in sorted(session.engaged):
        traded = session.traded[symbol]
        if traded.order is not None:
            said.append(broker.cancel(traded, traded.order, reason, at))
            session.settle(traded)
    return said


def _close_all(session: Session, reason: Close, at: int) -> list[Said]:
    said, fee_pct = [], session.settings.fee_pct("forced")
    fill_models.close_all(session.models, session.traded, reason, fee_pct)
    for symbol in sorted(session.engaged):
        traded = session.traded[symbol]
        if traded.position is not None:
            said.append(broker.close_now(traded, traded.position, reason, session.account, fee_pct, at))
            session.settle(traded)
    return said
