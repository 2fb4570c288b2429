"""`p2p collect`: the collection loop without Dagster."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, fail, print_json
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.durations import seconds_of
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.texts import count_text
from p2p_pipeline.p2p.markets import SLOT_SECONDS

if TYPE_CHECKING:
    from p2p_pipeline.p2p.capture.collection_loop import CollectionLoop, LoopOptions, LoopSummary
    from p2p_pipeline.p2p.capture.slot_results import SlotResult


def collect(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Collect the current slot and end.")] = False,
    duration: Annotated[str | None, typer.Option("--for", help="Begin no slot after this long: 60s, 10m, 2h.")] = None,
    interval: Annotated[str | None, typer.Option(help="A multiple of 30s; else the settings' interval.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Send every venue's requests to this URL (a simulator); marked simulated.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line a snapshot, once it is safe on disk.")
    ] = False,
) -> None:
    """Collect every configured market side once a slot, until Ctrl-C."""
    import asyncio

    from p2p_pipeline.p2p.actions.collect import set_up_collection
    from p2p_pipeline.p2p.capture.collection_loop import CollectionLoop, LoopOptions

    started = context_of(context)
    settings = started.settings
    try:
        options = LoopOptions(
            interval_seconds=_whole_seconds(interval) if interval else settings.collection.interval_seconds,
            is_once=once,
            duration_seconds=None if duration is None else seconds_of(duration),
        )
        setup = set_up_collection(started.paths, settings, "p2p collect", source)
    except ValueError as error:
        say(f"p2p: {error}", err=True)
        raise typer.Exit(2) from None
    acknowledge = _print_json if as_json else _print_line

    for sentence in setup.unusable.values():
        say(f"{sentence}. The other venues are collected." if setup.plans else sentence, err=True)
    loop = CollectionLoop(setup.collector, setup.plans, options, acknowledge, partial(say, err=True))
    summary = asyncio.run(_run(loop))
    _end(summary, options, as_json)
    if setup.unusable:
        fail(f"not collected: {', '.join(setup.unusable)}; correct the settings as the lines above say.")


def _end(summary: LoopSummary, options: LoopOptions, as_json: bool) -> None:
    if options.is_once and summary.captured == 0:
        fail("nothing was collected; the lines above say why.")
    if not as_json:
        typer.echo(f"{summary.captured} snapshots captured, {summary.failed} failed, {summary.skipped} left to others")


async def _run(loop: CollectionLoop) -> LoopSummary:
    import asyncio

    running = asyncio.get_running_loop()

    def end() -> None:
        # The second Ctrl-C is the system's own, for a disk that hangs.
        for number in (signal.SIGINT, signal.SIGTERM):
            running.remove_signal_handler(number)
        loop.stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, end)
    return await loop.run()


def _whole_seconds(text: str) -> int:
    seconds = seconds_of(text)
    if seconds != int(seconds):
        raise InvalidInput(f"interval was {text!r}; write a multiple of {SLOT_SECONDS}s")
    return int(seconds)


def event_of(result: SlotResult) -> dict[str, Any]:
    """The line of `--json` for one market side and slot."""
    shared = {
        "snapshot_id": result.snapshot_id,
        "market_key": result.market_side.market.key,
        "side": result.market_side.side.value,
        "slot": result.slot,
    }
    if result.is_captured:
        return {
            "event": "captured",
            **shared,
            "pages": result.pages,
            "offers": result.offers,
            "duplicates": result.duplicates,
            "is_complete": result.is_complete,
            "stop_reason": result.stop_reason,
        }
    return {"event": result.status.value, **shared, "reason": result.message}


def line_of(result: SlotResult) -> str:
    """One tidy line on one market side and slot."""
    market_side = f"{result.market_side.market.key:<18} {result.market_side.side:<4}"
    if not result.is_captured:
        return f"{market_side}  {result.status.replace('_', ' ')}: {result.message}"
    end = "complete" if result.is_complete else f"not complete ({(result.stop_reason or 'unknown').replace('_', ' ')})"
    notes = "".join(
        f", {count} {what}"
        for count, what in ((result.duplicates, "duplicates"), (result.rejected, "rejected"))
        if count
    )
    read = f"{count_text(result.offers, 'offer'):>11} on {count_text(result.pages, 'page')}"
    return f"{market_side}  {read} in {result.seconds:.1f} s, {end}{notes}"


def _print_json(result: SlotResult) -> None:
    print_json(event_of(result))


def _print_line(result: SlotResult) -> None:
    # Of a venue that can't be reached the loop says one line when it begins and one when it is over.
    if result.is_captured or not _is_failure(result):
        say(line_of(result))


def _is_failure(result: SlotResult) -> bool:
    from p2p_pipeline.p2p.capture.slot_results import SlotStatus

    return result.status is SlotStatus.FAILED
