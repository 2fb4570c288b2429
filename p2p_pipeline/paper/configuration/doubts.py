"""What is no mistake of a configuration, and hardly meant. Replays take it as it is."""

from __future__ import annotations

from p2p_pipeline.paper.settings import PaperSettings

_WHOLE_PCT = 100


def never_trades(settings: PaperSettings) -> bool:
    """Whether both directions are switched off."""
    return settings.long is None and settings.short is None


def doubts_of(settings: PaperSettings) -> list[str]:
    """A sentence each, for who starts a session by it."""
    stop = settings.exit.stop_loss_pct
    if settings.long is None or stop < _WHOLE_PCT:
        return []
    told = (
        f"exit.stop_loss_pct is {stop}: the stop-loss of a bought position would be at a price of 0 or less, so it can "
        "never trigger"
    )
    return [told]
