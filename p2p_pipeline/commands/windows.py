"""`p2p windows`: when it is usually better to trade, how sure that is, and whether such advice held up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.options import (
    PlotOption,
    TimezoneOption,
    days_between,
    parsed_amount,
    parsed_hours,
    parsed_market,
)
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import MarketSide, Side

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.windows_size import AskedSize
    from p2p_pipeline.p2p.answers.windows_words import Money
    from p2p_pipeline.p2p.metrics.history.series import Series
    from p2p_pipeline.p2p.metrics.timing.walk_forward import WalkForward
    from p2p_pipeline.p2p.steps.windows import WindowsAnswer
    from p2p_pipeline.p2p.trading_hours import TradingHours


def windows(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side, typer.Option(case_sensitive=False, help="What you want to do: BUY or SELL the asset.")],
    measure: Annotated[str, typer.Option(help="Of which price; `p2p history --list` shows them.")] = "executable",
    profile: Annotated[str | None, typer.Option(help="For `executable`: which offers count; default wide.")] = None,
    amount: Annotated[
        str | None,
        typer.Option(help="As in `p2p now`: BUY fiat to spend, SELL asset to sell. The nearest size kept is used."),
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the time zone.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of the time zone.")
    ] = None,
    between: Annotated[
        str | None,
        typer.Option(metavar="8-22", help="The hours in which you can trade, also 22-6; default the settings'."),
    ] = None,
    timezone: TimezoneOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
    plot: PlotOption = None,
) -> None:
    """Say which hours are reliably better than a random time, or that none is.

    Also whether to trade now or to wait, what that gave before, and which
    weeks of the history count. `--between` keeps to the hours you have.

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
    trading = parsed_hours(between) if between is not None else None

    from p2p_pipeline.p2p.answers.windows import answer_object
    from p2p_pipeline.p2p.metrics.timing.walk_forward import summary

    started = context_of(context)
    named, days = (measure, profile, size), days_between(first, last)
    found, asked = _answered(started, wanted, named, (timezone or started.settings.timezone, days, trading))
    judged, now = summary(found.weeks), datetime.now(UTC)
    if as_json:
        print_json(answer_object(found, judged, now, asked))
    else:
        _print(found, judged, now, asked)
    if plot is not None:
        from p2p_pipeline.p2p.plots.windows import draw_windows

        draw_windows(plot, found)


def _answered(
    started: CommandContext,
    wanted: MarketSide,
    named: tuple[str, str | None, Decimal | None],
    asked: tuple[str, tuple[date | None, date | None], TradingHours | None],
) -> tuple[WindowsAnswer, AskedSize | None]:
    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.answers.windows import answer_windows
    from p2p_pipeline.p2p.answers.windows_size import asked_series

    (measure, profile, size), (zone, days, trading) = named, asked
    lake = Lake(started.paths.lake)
    key, named_size = asked_series(lake, wanted, measure, profile, size)
    return answer_windows(lake, key, started.settings, zone, *days, trading), named_size


def _print(found: WindowsAnswer, judged: WalkForward, now: datetime, asked: AskedSize | None) -> None:
    from p2p_pipeline.p2p.answers.windows_now import now_or_wait
    from p2p_pipeline.p2p.answers.windows_words import (
        Money,
        failed_words,
        headline,
        holes_words,
        now_words,
        percent,
        size_words,
        whole_set_words,
        within_a_day_words,
    )
    from p2p_pipeline.p2p.metrics.timing.rows import caution_of

    advice, series, money = found.advice, found.series, Money.of(found, asked)
    sure = f"{advice.confidence:.0%}"
    typer.echo(f"{series.key.market_side}, {_what(series)}: {_sample(found)}")
    if line := size_words(found, asked):
        typer.echo(line)
    caution = caution_of(series.key.measure)
    if caution:
        say(f"beware: {caution}")
    typer.echo(headline(found, money))
    for line in (failed_words(advice), whole_set_words(found, money), within_a_day_words(found, money)):
        if line:
            typer.echo(line)
    for line in now_words(now_or_wait(found, now), found, money):
        typer.echo(line)
    for name, text in _numbers(found, money, sure):
        typer.echo(f"{name:<34} {text}")
    typer.echo(holes_words(found.seen))
    if judged.weeks:
        typer.echo(
            f"in these weeks, which the advice had not seen: {judged.recommended_weeks} with a recommendation, "
            f"{percent(judged.realised_improvement)} realised a week on average, {judged.coverage:.0%} of the weeks "
            f"within their {sure} interval"
        )
    _print_effects(found)


def _numbers(found: WindowsAnswer, money: Money | None, sure: str) -> Iterator[tuple[str, str]]:
    from p2p_pipeline.p2p.answers.windows_words import percent, told

    advice = found.advice
    if advice.candidate_improvement is None or not advice.mean_interval or not advice.interval:
        return
    low, high = advice.mean_interval
    mean = told(advice.candidate_improvement, money)
    yield f"better than {found.trading.words}", f"{mean} ({sure}: {percent(low)} to {percent(high)})"
    low, high = advice.interval
    yield "in one coming week", f"{sure}: {percent(low)} to {percent(high)}"
    if advice.worst_days_mean is not None:
        yield "on the worst 5 % of days", percent(advice.worst_days_mean)
    yield "at most behind the true best hour", f"{told(advice.worst_case_regret or 0.0, money)} ({sure} sure)"


def _print_effects(found: WindowsAnswer) -> None:
    """The hours of the day, or of the week by what they have in common; best first would hide the shape."""
    from p2p_pipeline.p2p.answers.windows_words import percent

    if not found.advice.effects or found.advice.by_weekday:
        return
    typer.echo(f"{'hour':>5} {'better by':>10} {'from':>9} {'to':>9}")
    for effect in found.advice.effects:
        numbers = f"{percent(effect.improvement):>10} {percent(effect.low):>9} {percent(effect.high):>9}"
        typer.echo(f"{effect.at.hour:>5} {numbers}{'  *' if effect.is_candidate else ''}")
    missing = [
        hour for hour in sorted(found.trading.hours) if hour not in {effect.at.hour for effect in found.advice.effects}
    ]
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
