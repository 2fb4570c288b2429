"""`p2p exchanges import|replay|scans|list`: recordings of order books, what comes of them, what each can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.terminal import say

if TYPE_CHECKING:
    from p2p_pipeline.exchanges.frames.frame import Frame
    from p2p_pipeline.exchanges.replay.outcome import SymbolOutcome
    from p2p_pipeline.exchanges.replay.replaying import Replay

app = typer.Typer(add_completion=False, no_args_is_help=True)

_SHOWN_LINES = 20
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class _LeftOut:
    """What can't be read, told up to a point and counted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, path: Path, place: int, reason: str) -> None:
        self.count += 1
        if self.count <= _SHOWN_LINES:
            say(f"left out: {path} {'line' if path.suffix != '.zst' else 'at byte'} {place}: {reason}", err=True)

    def tell_rest(self) -> None:
        if self.count > _SHOWN_LINES:
            typer.echo(f"left out: {self.count - _SHOWN_LINES} more", err=True)


@app.command("import")
def import_frames(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Recordings: .jsonl or .jsonl.gz files, one frame a line.")],
    as_json: JsonOption = False,
) -> None:
    """Bring recorded frames into the frames folder; what is there already is left alone."""
    from p2p_pipeline.exchanges.frames.importing import import_recordings

    left_out = _LeftOut()
    imported = import_recordings(paths, context_of(context).paths.exchange_frames, left_out)
    left_out.tell_rest()
    if as_json:
        print_json({**asdict(imported), "broken_lines": left_out.count})
    else:
        typer.echo(f"{imported.frames} frames imported, {imported.already_there} were there already")


@app.command()
def replay(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Recordings, in the order in which they were made; else all of the frames folder."),
    ] = None,
    exchanges: Annotated[str | None, typer.Option(help="Of the frames folder only these: a,b")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Only from then on: 2026-11-20T12:00Z")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Only until then.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell recorded frames to the same books as live, and say what came of each symbol."""
    from p2p_pipeline.exchanges.replay.outcome import outcomes
    from p2p_pipeline.exchanges.replay.replaying import Replay

    left_out, told = _LeftOut(), Replay()
    if paths:
        told.run(_recorded(paths, left_out))
    else:
        _replay_kept(told, context_of(context).paths.exchange_frames, exchanges, since, until, left_out)
    found = outcomes(told.books.values())
    left_out.tell_rest()
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        _print(found)


@app.command()
def scans(
    context: typer.Context,
    since: Annotated[str | None, typer.Option("--from", help="From that hour on: 2026-11-20T12:00Z; else all.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Only hours before it.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also hours that were replayed before.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Replay the frames of hours that are over: the same scans to the byte as were made live, or the missing ones made.

    --json prints a list of {"hour", "scans", "frames", "skipped", "outcome", "detail"}; the outcome is `same`, `made`
    (a crash had left the hour's file incomplete), `not whole` (frames are missing) or `differs`, and then the exit code
    is 1.
    """
    from datetime import UTC, timedelta

    from p2p_pipeline.exchanges.actions.replay_hours import closed_hours, replay_hours

    paths, now = context_of(context).paths, datetime.now(UTC)
    first = (_time(since) or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(UTC)
    hours = closed_hours(paths, first, _time(until) or now + timedelta(hours=1), now)
    found = []
    for one in replay_hours(paths, hours, again=again):
        found.append(one)
        if not as_json:
            counted = f"{one.hour:%Y-%m-%d %H:00}  {one.scans} scans, {one.frames} frames"
            say(f"{counted}: {one.outcome} {one.detail}".rstrip())
    if as_json:
        print_json([{**asdict(one), "hour": one.hour.isoformat()} for one in found])
    elif not found:
        say(f"{len(hours)} hours are over and were replayed before" if hours else "no hour of frames is over yet")
    if any(one.outcome == "differs" for one in found):
        raise typer.Exit(1)


@app.command("list")
def list_exchanges(as_json: JsonOption = False) -> None:
    """Say what each exchange can do: its feeds and by what each shows a lost frame, its limits, its fee."""
    from p2p_pipeline.exchanges.venues.connector import NAMES, wire_of

    capabilities = [wire_of(name).CAPABILITY for name in NAMES]
    if as_json:
        print_json(
            [
                {
                    **asdict(one),
                    "feeds": {str(feed): str(by) for feed, by in one.feeds.items()},
                    "taker_fee": f"{one.taker_fee:f}",
                }
                for one in capabilities
            ]
        )
        return
    for one in capabilities:
        feeds = ", ".join(f"{feed}: {by}" for feed, by in one.feeds.items())
        limits = {name: value for name, value in asdict(one.limits).items() if value is not None}
        typer.echo(f"{one.name:<10} taker {(one.taker_fee * 100).normalize():f} %   {feeds}")
        told = ", ".join(f"{value:g} {name.replace('_', ' ')}" for name, value in limits.items())
        typer.echo(f"{'':<10} {told}")


def _recorded(paths: Iterable[Path], left_out: _LeftOut) -> Iterator[Frame]:
    from p2p_pipeline.exchanges.frames.recordings import read_recording

    for path in paths:
        yield from read_recording(path, left_out)


def _replay_kept(
    told: Replay, folder: Path, exchanges: str | None, since: str | None, until: str | None, left_out: _LeftOut
) -> None:
    """The frames folder. Of a range, what came before it makes the books whole and is not counted."""
    from p2p_pipeline.exchanges.frames.reader import read_frames
    from p2p_pipeline.exchanges.frames.warm_start import warm_start
    from p2p_pipeline.exchanges.settings import chosen_exchanges

    names = None if exchanges is None else chosen_exchanges(exchanges)
    start, end = _time(since), _time(until)
    if start is not None:
        told.run(read_frames(folder, names, warm_start(folder, start, names), start))
        told.forget_counts()
    told.run(read_frames(folder, names, start, end, damaged=left_out))


def _time(text: str | None) -> datetime | None:
    from p2p_pipeline.p2p.markets import parse_time

    return None if text is None else parse_time(text)


def _print(found: Iterable[SymbolOutcome]) -> None:
    for one in found:
        checksums = f"{one.checksums_ok} checksums right, {one.checksums_failed} wrong, " if one.checksums_ok else ""
        best = "no book" if one.best_bid is None else f"{one.best_bid} / {one.best_ask}"
        typer.echo(
            f"{one.exchange:<9} {one.symbol or '(unreadable)':<16} {one.frames:>8} frames {one.gaps:>4} gaps "
            f"{one.resyncs:>4} re-syncs  {checksums}{best}  {one.digest[:12]}"
        )
