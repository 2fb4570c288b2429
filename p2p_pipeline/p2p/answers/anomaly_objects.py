"""What was unusual as JSON: what `p2p anomalies --json` prints and the API gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2p_pipeline.p2p.answers.anomalies import Unusual
from p2p_pipeline.p2p.metrics.unusual.effects import TagEffect
from p2p_pipeline.p2p.metrics.unusual.events import Event
from p2p_pipeline.p2p.metrics.unusual.spans import SERIES_COLUMNS, Span


def answer_object(found: Unusual, effects: Sequence[tuple[Mapping[str, Any], TagEffect]] | None) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "market_key": found.market.key,
        "from": found.first,
        "to": found.last,
        "now": [{name: value for name, value in row.items() if name not in _MARKET} for row in found.now],
        "spans": [_span_object(span) for span in found.spans],
        "events": [_event_object(event) for event in found.events],
        "effects": None if effects is None else [_effect_object(series, effect) for series, effect in effects],
    }


_MARKET = ("market_key", "venue", "asset", "fiat")


def _span_object(span: Span) -> dict[str, Any]:
    names = ("side", "measure", "profile", "step")
    return {
        **dict(zip(names, span.series, strict=True)),
        "amount_fiat": span.amount_fiat,
        "state": span.state,
        "start": span.start,
        "end": span.end,
        "known_at": span.known_at,
        "hours": span.hours,
        "peak_at": span.peak["hour_start"],
        "peak_value": span.peak["value"],
        "peak_expected": span.peak["expected"],
        "peak_score": span.peak["score"],
        "reason": span.reason,
    }


def _event_object(event: Event) -> dict[str, Any]:
    lead = event.lead
    return {
        "state": event.state,
        "start": event.start,
        "end": event.end,
        "known_at": min(span.known_at for span in event.spans if span.state is lead.state),
        "lead": dict(zip(SERIES_COLUMNS, lead.series, strict=True)),
        "measures": [
            {
                **dict(zip(SERIES_COLUMNS, span.series, strict=True)),
                "state": span.state,
                "peak_value": span.peak["value"],
                "peak_expected": span.peak["expected"],
                "usual_low": span.peak["usual_low"],
                "usual_high": span.peak["usual_high"],
                "peak_score": span.peak["score"],
            }
            for span in event.spans
        ],
        "judged_with": lead.peak["judged_with"],
        "joint_score": lead.peak["joint_score"],
        "reason": lead.reason,
    }


def _effect_object(series: Mapping[str, Any], effect: TagEffect) -> dict[str, Any]:
    return {
        **{name: series[name] for name in ("side", "measure", "profile", "step")},
        "tag": effect.tag,
        "state": effect.state,
        "effect": effect.effect,
        "interval": effect.interval,
        "occurrences": effect.occurrences,
        "days": effect.days,
    }
