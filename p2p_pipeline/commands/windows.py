"""`p2p windows`: when it is usually better to trade, how sure that is, and whether such advice held up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.options import PlotOption, TimezoneOption, days_between, parsed_amount, parsed_market
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.markets import MarketSide, Side

if TYPE_CHECKING:
    from p2p_pipeline.p2p.metrics.history.series import Series
    from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
    from p2p_pipeline.p2p.metrics.timing.walk_forward import WalkForward
    from p2p_pipeline.p2p.steps.windows import WindowsAnswer

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def windows(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side, typer.Option(case_sensitive=False, help="What you want to do: BUY or SELL the asset.")],
    measure: Annotated[str, typer.Option(help="Of which price; `p2p history --list` shows them.")] = "executable",
    profile: Annotated[str | None, typer.Option(help="For `executable`: which offers count; default wide.")] = None,
    amount: Annotated[str | None, typer.Option(help="For `executable`: the size in fiat; the nearest is used.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the time zone.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of the time zone.")
    ] = None,
    timezone: TimezoneOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
    plot: PlotOption = None,
) -> None:
    """Say which hours are reliably better than a random time, or that none is.

    With --json, improvements are shares of the price (0.01 is 1 %), positive
    when good for you. `verdict`, `expected_improvement`,
    `walk_forward.realised_improvement` and `walk_forward.weeks` are always
    there: the improvements are 0 when nothing is recommended or no week could
    be judged.

    What is not known is null, never 0: both ends of `interval` and
    `mean_interval` while there is too little history to compare hours, and
    `walk_forward.coverage` while `walk_forward.weeks` is 0. So ask for
    `walk_forward.weeks` before comparing `coverage`.
    """
    wanted, size = MarketSide(parsed_market(market), side), parsed_amount(amount) if amount else None

    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.answers.windows import answer_object, answer_windows
    from p2p_pipeline.p2p.metrics.timing.walk_forward import summary
    from p2p_pipeline.p2p.steps.series import choose_series

    started = context_of(context)
    zone = timezone or started.settings.timezone
    days = days_between(first, last)
    lake = Lake(started.paths.lake)
    key = choose_series(lake, wanted, measure, profile, size)
    found = answer_windows(lake, key, started.settings, zone, *days)
    judged = summary(found.weeks)
    now = datetime.now(UTC)
    if as_json:
        print_json(answer_object(found, judged, now))
    else:
        _print(found, judged, now)
    if plot is not None:
        from p2p_pipeline.p2p.plots.windows import draw_windows

        draw_windows(plot, found)


def _print(found: WindowsAnswer, judged: WalkForward, now: datetime) -> None:
    from p2p_pipeline.p2p.metrics.timing.rows import caution_of

    advice, series = found.advice, found.series
    sure = f"{advice.confidence:.0%}"
    typer.echo(f"{series.key.market_side}, {_what(series)}: {_sample(found)}")
    caution = caution_of(series.key.measure)
    if caution:
        say(f"beware: {caution}")
    if advice.hours:
        typer.echo(f"best: {hours_text(advice.hours)} ({advice.timezone})")
    else:
        typer.echo(f"no recommendation: {advice.reason}")
    if advice.candidates and not advice.hours:
        typer.echo(f"can't be told apart from the best: {hours_text(advice.candidates)} ({advice.timezone})")
    for name, text in _numbers(found, now, sure):
        typer.echo(f"{name:<34} {text}")
    if judged.weeks:
        typer.echo(
            f"judged on {judged.weeks} weeks that the advice had not seen: {judged.recommended_weeks} with a "
            f"recommendation, {percent(judged.realised_improvement)} realised a week on average, "
            f"{judged.coverage:.0%} of the weeks within their {sure} interval"
        )
    else:
        typer.echo("not judged: there was no week to score such advice on")
    _print_effects(found)


def _numbers(found: WindowsAnswer, now: datetime, sure: str) -> Iterator[tuple[str, str]]:
    advice = found.advice
    if advice.candidate_improvement is None or not advice.mean_interval or not advice.interval:
        return
    low, high = advice.mean_interval
    mean = percent(advice.candidate_improvement)
    yield "better than a random time", f"{mean} ({sure}: {percent(low)} to {percent(high)})"
    low, high = advice.interval
    yield "in one coming week", f"{sure}: {percent(low)} to {percent(high)}"
    if advice.worst_days_mean is not None:
        yield "on the worst 5 % of days", percent(advice.worst_days_mean)
    over = advice.over_trading_at(now)
    if over is not None:
        yield "better than this hour usually is", percent(over) if over else "this is one of these hours"
    yield "at most behind the true best hour", f"{percent(advice.worst_case_regret or 0.0)} ({sure} sure)"


def _print_effects(found: WindowsAnswer) -> None:
    """The hours of the day, or of the week by what they have in common; best first would hide the shape."""
    if not found.advice.effects or found.advice.by_weekday:
        return
    typer.echo(f"{'hour':>5} {'better by':>10} {'from':>9} {'to':>9}")
    for effect in found.advice.effects:
        numbers = f"{percent(effect.improvement):>10} {percent(effect.low):>9} {percent(effect.high):>9}"
        typer.echo(f"{effect.at.hour:>5} {numbers}{'  *' if effect.is_candidate else ''}")
    missing = [hour for hour in range(24) if hour not in {effect.at.hour for effect in found.advice.effects}]
    if missing:
        typer.echo(f"too few looks to say anything of the hours {', '.join(f'{hour:02}' for hour in missing)}")


def _what(series: Series) -> str:
    from p2p_pipeline.p2p.metrics.combos.routes import fiat_of_sizes

    key = series.key
    if key.profile is None:
        return key.measure
    size = (
        f"{number_text(series.amount_fiat)} {fiat_of_sizes(key.market_side.market)}"
        if series.amount_fiat
        else "any amount"
    )
    return f"{key.measure} of {size}, profile {key.profile}"


def _sample(found: WindowsAnswer) -> str:
    starts = found.series.starts
    if not len(starts):
        return "no prices"
    zone = ZoneInfo(found.advice.timezone)
    first, last = (datetime.fromtimestamp(int(moment), zone) for moment in (starts[0], starts[-1]))
    return (
        f"{found.advice.observations:,} values in {found.advice.hours_seen:,} hours from {first:%Y-%m-%d} to "
        f"{last:%Y-%m-%d}, {found.advice.weeks:.1f} weeks' worth of days"
    )


def percent(value: float) -> str:
    """A share for people, with its sign."""
    return f"{value:+.2%}"


def hours_text(hours: Sequence[LocalHour]) -> str:
    """Hours for people: `every day 09-12` or `Mon 09-12, 15; Tue 20` (an hour is meant to its end)."""
    days: dict[str, list[str]] = {}
    for weekday in dict.fromkeys(hour.weekday for hour in hours):
        spans = _spans(sorted(hour.hour for hour in hours if hour.weekday == weekday))
        text = ", ".join(f"{first:02}:00-{last + 1:02}:00" for first, last in spans)
        days.setdefault(text, []).append("every day" if weekday is None else _DAYS[weekday])
    return "; ".join(f"{' '.join(names)} {text}" for text, names in days.items())


def _spans(hours: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for hour in hours:
        if found and found[-1][1] == hour - 1:
            found[-1] = (found[-1][0], hour)
        else:
            found.append((hour, hour))
    return found
