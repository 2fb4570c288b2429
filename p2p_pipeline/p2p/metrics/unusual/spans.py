"""Hours that belong together: an anomaly from its first to its last hour, a regime change, an outage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from p2p_pipeline.p2p.metrics.unusual.states import State

BRIDGED = timedelta(hours=2)
"""Hours between two unusual ones that do not part them."""
SERIES_COLUMNS = ("side", "measure", "profile", "step")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one series. `unusual` ones came back (or have not yet stayed long enough, at the range's end)."""

    series: tuple[Any, ...]
    """Side, measure, profile, step."""
    amount_fiat: Any
    state: State
    start: datetime
    """UTC."""
    end: datetime
    """The end of its last hour. Of a regime change the end of the hours that tell of it: the new level goes on."""
    known_at: datetime
    """When it could first be called what it is."""
    hours: int
    """Hours with this state in the range."""
    peak: Mapping[str, Any]
    """The row of `anomalies` that was farthest off; of an outage the first."""
    reason: str
    """Why, in words: of the peak, or when a regime change was first told."""


def spans_of(rows: Iterable[Mapping[str, Any]]) -> list[Span]:
    """Merge rows of `anomalies` into spans, by start. Rows of several series may be mixed."""
    ordered = sorted(rows, key=lambda row: (*_series_key(row), row["hour_start"]))
    found = [span for _, group in groupby(ordered, _series_key) for span in _series_spans(list(group))]
    return sorted(found, key=lambda span: (span.start, str(span.series)))


def _series_key(row: Mapping[str, Any]) -> tuple[str, str, str, int]:
    step = row["step"]
    return row["side"], row["measure"], row["profile"] or "", -1 if step is None else step


def _series_spans(rows: Sequence[Mapping[str, Any]]) -> Iterator[Span]:
    changes: dict[datetime, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["state"] == State.REGIME_CHANGE:
            changes.setdefault(row["regime_since"], []).append(row)
    # Hours that were unusual until their level had stayed long enough belong to the regime change they began.
    waiting = {
        row["hour_start"]: since
        for since, told in changes.items()
        for row in rows
        if row["state"] == State.UNUSUAL and since <= row["hour_start"] < told[0]["hour_start"]
    }
    for since, told in changes.items():
        yield _span([*(row for row in rows if waiting.get(row["hour_start"]) == since), *told])
    others = (row for row in rows if row["state"] in {State.UNUSUAL, State.OUTAGE} and row["hour_start"] not in waiting)
    kept: list[list[Mapping[str, Any]]] = []
    for row in others:
        if kept and _belongs(kept[-1][-1], row):
            kept[-1].append(row)
        else:
            kept.append([row])
    yield from (_span(group) for group in kept)


def _belongs(before: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    if row["hour_start"] - before["hour_start"] > BRIDGED + _HOUR or row["state"] != before["state"]:
        return False
    return row["state"] == State.OUTAGE or bool((row["score"] > 0) == (before["score"] > 0))


def _span(rows: Sequence[Mapping[str, Any]]) -> Span:
    last = rows[-1]
    state = State(last["state"])
    own = [row for row in rows if row["state"] == state]
    peak = rows[0] if state is State.OUTAGE else max(rows, key=lambda row: abs(row["score"]))
    return Span(
        series=tuple(last[name] for name in SERIES_COLUMNS),
        amount_fiat=last["amount_fiat"],
        state=state,
        start=last["regime_since"] if state is State.REGIME_CHANGE else rows[0]["hour_start"],
        end=last["hour_start"] + _HOUR,
        known_at=own[0]["hour_start"] + _HOUR,
        hours=len(own),
        peak=peak,
        reason=own[0]["reason"] if state is State.REGIME_CHANGE else peak["reason"],
    )
