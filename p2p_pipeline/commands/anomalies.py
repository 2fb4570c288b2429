"""`p2p anomalies`: is now unusual, what was, and what difference weekends, holidays and events make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.options import PlotOption, days_between, parsed_market
from p2p_pipeline.commands.progress import Progress
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.states import EffectState, State

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.anomalies import Unusual
    from p2p_pipeline.p2p.metrics.unusual.effects import TagEffect
    from p2p_pipeline.p2p.metrics.unusual.spans import Span

_SHOWN_EVENTS = 40
_SHOWN_OTHERS = 4


def anomalies(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side | None, typer.Option(case_sensitive=False, help="Only this side.")] = None,
    measure: Annotated[str | None, typer.Option(help="Only this measure, such as executable or offers.")] = None,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First UTC day; else a week before the last."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last UTC day; else the newest.")
    ] = None,
    all_series: Annotated[
        bool, typer.Option("--all", help="Every size and profile, not only the middle size of `wide`.")
    ] = False,
    by_event: Annotated[
        bool, typer.Option("--by-event", help="What weekends, holidays and events change; over all history or --from.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
    plot: PlotOption = None,
) -> None:
    """Say whether now is unusual, and what was in a range of days.

    --json gives {"market_key", "from", "to", "now": [...], "spans": [...], "events": [...], "effects": [...] or null}.
    An entry of `now` is the newest hour of a series, as in the table `anomalies`: side, measure, profile, step,
    amount_fiat, hour_start, value, expected, usual_low, usual_high, score, state, reason, regime_since, tags, rhythm,
    daily_strength, weekly_strength, history_hours, joint_score, judged_with. A span has side, measure, profile, step,
    amount_fiat, state, start, end, known_at, hours, peak_at, peak_value, peak_expected, peak_score, reason. An event
    is the spans that began together: state, start, end, known_at, lead (the series that tells it), measures (each with
    side, measure, profile, step, state, peak_value, peak_expected, usual_low, usual_high, peak_score), judged_with,
    joint_score, reason. An effect has side, measure, profile, step, tag, state, effect, interval, occurrences, days.
    """
    wanted = parsed_market(market)
    days = days_between(first, last)

    from p2p_pipeline.p2p.answers.anomalies import SeriesChoice, effects_of, every_row, unusual_between
    from p2p_pipeline.p2p.answers.anomaly_objects import answer_object

    started = context_of(context)
    choice = SeriesChoice(side, measure, all_series)
    found = unusual_between(started.paths.lake, wanted, choice, days, started.settings, Progress("days judged"))
    effects = effects_of(started.paths.lake, wanted, found, days, started.settings) if by_event else None
    if as_json:
        print_json(answer_object(found, effects))
    else:
        _print(started, found, effects)
    if plot is not None:
        from p2p_pipeline.lake.lake import Lake
        from p2p_pipeline.p2p.plots.anomalies import draw_anomalies

        draw_anomalies(plot, found, every_row(Lake(started.paths.lake), found), started.settings.timezone)


def _print(
    started: CommandContext, found: Unusual, effects: Sequence[tuple[Mapping[str, Any], TagEffect]] | None
) -> None:
    from p2p_pipeline.p2p.answers.anomalies import series_text

    newest = max(row["hour_start"] for row in found.now)
    tags: list[str] = next(row["tags"] for row in found.now if row["hour_start"] == newest)
    typer.echo(f"{found.market}: the hour from {started.shown(newest)}{', ' + ', '.join(tags) if tags else ''}")
    for row in found.now:
        score = "" if row["score"] is None else f"{row['score']:+.1f}"
        late = "" if row["hour_start"] == newest else f" (last judged hour: {started.shown(row['hour_start'])})"
        typer.echo(f"  {series_text(row):<32} {row['state']:<18} {score:>7}  {row['reason']}{late}")
    _print_events(started, found)
    if effects is not None:
        _print_effects(effects, started.settings.analytics.confidence)


def _print_events(started: CommandContext, found: Unusual) -> None:
    from p2p_pipeline.p2p.answers.anomalies import also_text, span_text

    shown = found.events[-_SHOWN_EVENTS:]
    counted = _counted(found.spans)
    if len(found.events) < len(found.spans):
        counted = f"{len(found.events)} events ({counted})"
    typer.echo(f"\n{found.first} to {found.last}: {counted}")
    if len(shown) < len(found.events):
        typer.echo(f"(the last {len(shown)}; --json has all)")
    for event in shown:
        score = event.lead.peak["score"]
        typer.echo(
            f"  {started.shown(event.start)[:16]} to {started.shown(event.end)[:16]}  {span_text(event.lead):<32} "
            f"{event.state:<14} {'' if score is None else f'{score:+.1f}':>7}  {event.lead.reason}"
        )
        others = event.spans[1:]
        for span in others[:_SHOWN_OTHERS]:
            typer.echo(f"      and {also_text(span)}")
        if len(others) > _SHOWN_OTHERS:
            typer.echo(f"      and {len(others) - _SHOWN_OTHERS} more")


def _counted(spans: Sequence[Span]) -> str:
    words = {State.UNUSUAL: "unusual stretch", State.REGIME_CHANGE: "regime change", State.OUTAGE: "outage"}
    counts = {state: sum(span.state is state for span in spans) for state in words}
    parts = [
        f"{count} {words[state]}{'es' if state is State.UNUSUAL and count > 1 else 's' if count > 1 else ''}"
        for state, count in counts.items()
        if count
    ]
    return ", ".join(parts) or "nothing unusual"


def _print_effects(effects: Sequence[tuple[Mapping[str, Any], TagEffect]], confidence: float) -> None:
    from p2p_pipeline.p2p.answers.anomalies import series_text

    typer.echo(f"\nAgainst the ordinary days around them (interval: {confidence:.0%}):")
    for series, effect in effects:
        typer.echo(f"  {series_text(series):<32} {effect.tag:<22} {_effect_text(series, effect)}")


def _effect_text(series: Mapping[str, Any], effect: TagEffect) -> str:
    if effect.interval is None or effect.effect is None:
        if effect.state is EffectState.HOLIDAYS_UNKNOWN:
            return "unknown: name the fiat's country in analytics.holiday_countries"
        return f"can't tell: {effect.occurrences} of them, at least 6 are needed"
    unit = " percentage points" if series["measure"] == "spread" else " %"
    low, high = effect.interval
    said = "differs" if effect.state is EffectState.DIFFERS else "can't tell from none"
    return (
        f"{100 * effect.effect:+.2f}{unit} [{100 * low:+.2f}, {100 * high:+.2f}], {effect.occurrences} times, "
        f"{effect.days} days: {said}"
    )
