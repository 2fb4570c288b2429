"""Why a market side was not read to its end: a reason to decide by, and the sentence that people read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from p2p_pipeline.p2p.capture.side_reading import SnapshotDraft
from p2p_pipeline.p2p.raw.capture import StopReason
from p2p_pipeline.p2p.raw.snapshot_state import SnapshotState


class Why(StrEnum):
    """What kept a market side from being read to its end."""

    NO_TIME = "no_time"
    """Not asked: the sweep's time was used up before its turn."""
    SWEEP_ENDED = "sweep_ended"
    """Not asked: the sweep was stopped before its turn."""
    NOTHING_CAN_BE_STORED = "nothing_can_be_stored"
    """Not asked: what another one brought could not be stored."""
    FIAT_FAILS = "fiat_fails"
    """Not asked: its fiat's market sides had failed one after the other."""
    STOPPED = "stopped"
    """The sweep was stopped while it was read."""
    NOT_STORED = "not_stored"
    """It was read and could not be stored."""
    TOO_MANY_PAGES = "too_many_pages"
    """The book goes on after the most pages that are read."""
    FEWER_SHOWN = "fewer_shown"
    """Its pages were read to their end, and showed fewer offers than the venue counts."""
    BROKEN_OFF = "broken_off"
    """The venue, the way to it, or a bug of ours ended it."""

    @property
    def is_not_asked(self) -> bool:
        """Whether no request was sent: that says nothing of the venue."""
        return self in _NOT_ASKED


_NOT_ASKED = frozenset({Why.NO_TIME, Why.SWEEP_ENDED, Why.NOTHING_CAN_BE_STORED, Why.FIAT_FAILS})


@dataclass(frozen=True, slots=True)
class Unread:
    """One market side's reason, with what is known beside it."""

    why: Why
    detail: str | None = None

    @property
    def sentence(self) -> str:
        """The reason for people, as the sweep's report and `ops_extraction_errors` keep it."""
        told = self.detail
        match self.why:
            case Why.NO_TIME:
                begin = "It was not asked: the sweep's time was used up before its turn; the next sweep begins with it"
                return f"{begin}." if told is None else f"{begin} ({told})"
            case Why.SWEEP_ENDED:
                return "It was not asked: the sweep was stopped."
            case Why.NOTHING_CAN_BE_STORED | Why.FIAT_FAILS:
                return f"It was not asked: {told}"
            case Why.STOPPED:
                begin = "The sweep was stopped while it was read"
                return f"{begin}." if told is None else f"{begin}; last: {told}"
            case Why.NOT_STORED | Why.TOO_MANY_PAGES | Why.FEWER_SHOWN | Why.BROKEN_OFF:
                return told or "Its reading ended without a word."


def why_not_asked(storing_problem: Exception | None, remaining_seconds: float) -> Unread:
    """Why a market side that was due had no turn."""
    if storing_problem is not None:
        return Unread(Why.NOTHING_CAN_BE_STORED, str(storing_problem))
    return Unread(Why.SWEEP_ENDED if remaining_seconds > 0 else Why.NO_TIME)


def why_unread(draft: SnapshotDraft, state: SnapshotState, *, was_stopped: bool) -> Unread:
    """Why a market side that was asked for, or was about to be, is not whole."""
    last = draft.captures[-1].detail if draft.captures else None
    if was_stopped:
        return Unread(Why.STOPPED, last)
    if not draft.captures and state.stop_reason is None and draft.stop_reason is StopReason.BUDGET:
        return Unread(Why.NO_TIME, draft.message)
    if draft.message is not None:
        is_told = last is None or last in draft.message
        return Unread(Why.BROKEN_OFF, draft.message if is_told else f"{draft.message}; last: {last}")
    if state.stop_reason is StopReason.MAX_PAGES:
        sentence = f"The book goes on after {state.pages_ok} pages, the most that are read (sweep.max_pages)."
        return Unread(Why.TOO_MANY_PAGES, sentence)
    if state.stop_reason is StopReason.BOOK_END:
        totals = [page.total for page in draft.pages if page.total is not None]
        shown = state.offers + state.rejected
        return Unread(Why.FEWER_SHOWN, f"The venue counts {min(totals, default=0)} offers and showed {shown} of them.")
    # One of the pages that were asked for side by side failed, and not the last.
    said = next((capture.detail for capture in reversed(draft.captures) if capture.detail is not None), None)
    return Unread(
        Why.BROKEN_OFF, said or f"Its reading ended without a word: {state.stop_reason or 'nothing was asked'}."
    )
