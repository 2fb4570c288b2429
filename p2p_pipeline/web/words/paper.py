"""What is said of paper sessions: their states, the tabs of their pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.paper_read import ENDED, moment_of
from p2p_pipeline.web.words.languages import Words


def tab_texts(words: Words) -> Mapping[str, str]:
    """The pages of a session."""
    return {
        "runtime": words.text("Runtime"),
        "symbols": words.text("Symbols"),
        "events": words.text("Events"),
        "results": words.text("Results"),
        "config": words.text("Config"),
    }


def state_texts(words: Words) -> Mapping[str, str]:
    """How a session is, in a word."""
    return {
        "STARTING": words.text("starting"),
        "WARMING_UP": words.text("warming up"),
        "RUNNING": words.text("running"),
        "COOLDOWN": words.text("cooling down"),
        "STOPPING": words.text("stopping"),
        "STOPPED": words.text("stopped"),
        "FAILED": words.text("failed"),
        "DIED": words.text("ended unasked"),
    }


STATE_MARKS = {
    "STARTING": ("not_judged", "…"),
    "WARMING_UP": ("not_judged", "…"),
    "RUNNING": ("passed", "✓"),
    "COOLDOWN": ("warning", "◐"),
    "STOPPING": ("warning", "…"),
    "STOPPED": ("not_judged", "■"),
    "FAILED": ("failed", "✕"),
    "DIED": ("failed", "✕"),
}
"""Shape and colour besides the word."""


def state_meanings(words: Words) -> Mapping[str, str]:
    """The same in a sentence, shown on hover."""
    return {
        "STARTING": words.text("It connects and asks which instruments there are."),
        "WARMING_UP": words.text("It hears prices and chooses its symbols; nothing is traded yet."),
        "RUNNING": words.text("Every second it looks for signals."),
        "COOLDOWN": words.text("A funding time is near: no new entries; orders and positions go on."),
        "STOPPING": words.text("It cancels its orders and closes its positions."),
        "STOPPED": words.text("It has ended as it was asked to; its figures no longer change."),
        "FAILED": words.text("It could not go on; the reason stands beside."),
        "DIED": words.text("Its process has gone without being asked to; the log can be resumed."),
    }


def session_sentence(seen: SessionStatus, now: datetime, words: Words, figures: Figures) -> str:
    """How long it has run, or ran."""
    span = figures.span(seconds_run(seen, now))
    return words.text("after {span}", span=span) if seen.state in ENDED else words.text("for {span}", span=span)


def seconds_run(seen: SessionStatus, now: datetime) -> float:
    """How long it has run, or ran: to its last board, where it has ended."""
    end = moment_of(seen.board.at if seen.board else seen.started_at) if seen.state in ENDED else now
    return max(0.0, (end - moment_of(seen.started_at)).total_seconds())
