"""`p2p combo`: what one fiat becomes in another through an asset, now and over time."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, end_unless, print_json
from p2p_pipeline.commands.offer_text import leg_lines
from p2p_pipeline.commands.options import (
    MORE_STEPS_HINT,
    PayOption,
    PlotOption,
    SearchStepsOption,
    days_between,
    parsed_amount,
    parsed_fiat,
    parsed_payments,
    parsed_time,
)
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS

if TYPE_CHECKING:
    from p2p_pipeline.p2p.answers.combo import ComboAnswer, RouteAnswer
    from p2p_pipeline.p2p.answers.sellers import Sellers
    from p2p_pipeline.p2p.markets import Market
    from p2p_pipeline.p2p.metrics.combos.placing import Placed


def combo(
    context: typer.Context,
    source: Annotated[str, typer.Option("--from", help="The fiat you spend, for example RUB.")],
    target: Annotated[str, typer.Option("--to", help="The fiat you want, for example VND.")],
    amount: Annotated[str, typer.Option(help="How much of the fiat you spend.")],
    profile: Annotated[str, typer.Option(help="Which offers count, on both legs; see settings.yaml.")] = "wide",
    max_splits: Annotated[int, typer.Option(min=1, max=10, help="At most this many offers a leg.")] = 3,
    search_steps: SearchStepsOption = MOST_STEPS,
    pay: PayOption = None,
    at: Annotated[str | None, typer.Option(help="As of this time, for example 2024-10-25T12:00Z.")] = None,
    history: Annotated[bool, typer.Option("--history", help="The rate over time instead of now.")] = False,
    first: Annotated[
        datetime | None, typer.Option("--from-day", formats=["%Y-%m-%d"], help="History: first UTC day.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to-day", formats=["%Y-%m-%d"], help="History: last UTC day.")
    ] = None,
    plot: PlotOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Change one fiat into another over every configured route, each leg at its best split; best route first.

    --plot draws the best route's rate over time, from the processed history.
    --pay holds for both legs. Exit code 3 says that no route takes all of the
    amount: what each could take is printed.
    """
    started = context_of(context)
    pair = parsed_fiat(source, "--from"), parsed_fiat(target, "--to")
    if pair[0] == pair[1]:
        raise typer.BadParameter(f"both were {pair[0]}; name two different fiats", param_hint="--to")
    size, moment = parsed_amount(amount), parsed_time(at)
    days_between(first, last, "--from-day", "--to-day")
    admitted, search = (profile, parsed_payments(pay)), (max_splits, search_steps)
    found = None if history else _answered(started, pair, size, admitted, search, moment)
    if found is not None and as_json:
        print_json(found.to_json())
    elif found is not None:
        _print(found, started)
    if history or plot is not None:
        from p2p_pipeline.commands.combo_history import show_history
        from p2p_pipeline.p2p.answers.combo_history import HistoryQuestion

        days = (first.date() if first else None, last.date() if last else None)
        asked = HistoryQuestion(pair[0], pair[1], size, started.settings.profile(profile).name, *days)
        show_history(started, asked, plot=plot, is_printed=history, as_json=as_json)
    end_unless(found is None or found.best is not None)


def _answered(
    started: CommandContext,
    pair: tuple[str, str],
    size: Decimal,
    admitted: tuple[str, frozenset[str]],
    search: tuple[int, int],
    at: datetime | None,
) -> ComboAnswer:
    from p2p_pipeline.p2p.answers.combo import Question, answer_combo
    from p2p_pipeline.p2p.answers.now import AnswerDesk, chosen_profile
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
    from p2p_pipeline.p2p.raw.reader import RawReader

    chosen = chosen_profile(started.settings, *admitted)
    asked_at = at or datetime.now(UTC)
    question = Question(*pair, size, chosen, search[0], asked_at, is_of_past=at is not None, search_steps=search[1])
    desk = AnswerDesk(RawReader(started.paths.root), PaymentMap.load())
    return answer_combo(desk, started.settings, question, at)


def _print(found: ComboAnswer, started: CommandContext) -> None:
    question = found.question
    typer.echo(
        f"{number_text(question.amount)} {question.source} to {question.target}, profile {question.profile.name}, "
        f"at most {question.max_splits} offers a leg"
    )
    typer.echo(
        f"{'':2} {'bought at':>18} {'sold at':>18} {'through':>7} {question.target + ' for 1 ' + question.source:>16} "
        f"{'you get ' + question.target:>18} {'below mid':>9}"
    )
    for number, answer in enumerate(found.routes, start=1):
        typer.echo(_route_line(number, answer))
    if found.best is None:
        is_known = not found.would_more_steps_help
        typer.echo(f"No route {'can' if is_known else 'is known to'} take it all. {found.routes[0].explanation}")
    shown = found.routes[0]
    if shown.combo is not None and shown.combo.buy.split is not None:
        _print_route(shown, started, question.source, question.target)
    if found.would_more_steps_help:
        typer.echo(MORE_STEPS_HINT)


_CAN_NOT = "can't be done"


def _route_line(number: int, answer: RouteAnswer) -> str:
    route, combo = answer.route, answer.combo
    names = f"{number:>2} {route.buy_market.key:>18} {route.sell_market.key:>18} {route.asset:>7}"
    if combo is None or combo.effective_rate is None or combo.target_received is None:
        is_cut_off = combo is not None and combo.would_more_steps_help
        return f"{names}   {'not known' if is_cut_off else _CAN_NOT}: {answer.explanation}"
    loss = "?" if combo.loss_against_mid is None else f"{combo.loss_against_mid:.2%}"
    notes = [
        *([] if answer.is_executable else [f"only in part: {answer.reason}"]),
        *([f"fee {number_text(route.fee_asset)} {route.asset} to move"] if route.needs_transfer else []),
        *(["old books" if answer.warnings else ""]),
    ]
    told = "; ".join(note for note in notes if note)
    return (
        f"{names} {_rate_text(combo.effective_rate):>16} {number_text(combo.target_received):>18} {loss:>9}"
        f"{'  ' + told if told else ''}"
    )


def _print_route(answer: RouteAnswer, started: CommandContext, source: str, target: str) -> None:
    route, combo = answer.route, answer.combo
    assert combo is not None  # noqa: S101 - chosen so by _print
    asset = route.asset
    typer.echo("")
    legs = (("buy", combo.buy, route.buy_market), ("sell", combo.sell, route.sell_market))
    books = zip(answer.snapshot_times, answer.ages, answer.sellers, strict=True)
    for (verb, placed, market), (seen_at, age, sellers) in zip(legs, books, strict=True):
        if placed is None or seen_at is None or age is None:
            continue
        typer.echo(f"{verb} at {market.key}, book of {started.shown(seen_at)}, {age.words}:")
        _print_leg(placed, market, sellers)
    if route.needs_transfer:
        typer.echo(
            f"Between the venues the {asset} must be moved: {number_text(combo.fee_asset)} {asset} of fee are taken "
            "off. The time on the chain is not priced: the price you sell at may have moved by then."
        )
    left = [(combo.left_over_source, source), (combo.left_over_asset, asset)]
    told = " and ".join(f"{number_text(value)} {unit}" for value, unit in left if value)
    typer.echo(f"left over: {told or 'nothing'}")
    if combo.mid_rate is not None and combo.loss_against_mid is not None:
        typer.echo(
            f"mid rate {_rate_text(combo.mid_rate)} {target} for 1 {source} (between buying and selling this much in "
            f"each market): {_against_mid(combo.loss_against_mid)}"
        )
    for warning in answer.warnings:
        typer.echo(f"Beware: {warning}.")


def _print_leg(placed: Placed, market: Market, sellers: Sellers) -> None:
    if placed.split is None:
        typer.echo(f"  not possible: {placed.explanation}")
        return
    for line in (line for leg in placed.split.legs for line in leg_lines(leg, sellers, market)):
        typer.echo(line)
    if placed.reason is not None:
        typer.echo(f"  not all of it: {placed.explanation}")
    if placed.proven_gap:
        typer.echo(f"  the search had to end: another split could be better by {placed.proven_gap:.3%} at most")


def _against_mid(loss: float) -> str:
    return f"this loses {loss:.2%} against it" if loss >= 0 else f"this is {-loss:.2%} better: a market is crossed"


def _rate_text(rate: Decimal) -> str:
    return f"{rate:.6g}" if rate < 1 else f"{rate:,.4f}"
