"""`p2p sweep`: all of a venue, once: asked, kept, and loaded into the warehouse."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, ended_as_by_ctrl_c, fail, print_json
from p2p_pipeline.commands.terminal import plain_console, say
from p2p_pipeline.kernel.foreign_text import shown
from p2p_pipeline.p2p.installation import CommandContext

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from p2p_pipeline.p2p.actions.sweep import SweepAnswer
    from p2p_pipeline.p2p.capture.sweeps.report import SweepReport
    from p2p_pipeline.p2p.capture.sweeps.sweep import SweepProgress
    from p2p_pipeline.p2p.warehouse.batch import LoadReport


_REASONS_TOLD = 5


def sweep(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Option(help="Send every request to this URL (a simulator); marked simulated.")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.01, help="Requests a second of this process, at most; else its part of the settings'."),
    ] = None,
    worker: Annotated[
        str | None, typer.Option(help="Sweep one share of the fiats: 2/3 is the second of three.")
    ] = None,
    load: Annotated[bool, typer.Option("--load/--no-load", help="Load it into the warehouse too.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Ask for every market of the venue once, keep every byte, and load it into the warehouse."""
    from p2p_pipeline.p2p.actions.sweep import SweepAnswer
    from p2p_pipeline.p2p.capture.sweeps.report import SweepStatus
    from p2p_pipeline.p2p.warehouse.batch import LoadReport
    from p2p_pipeline.postgres.server import WarehouseError

    started = context_of(context)
    share = _share(worker, started.settings.sweep.workers)
    report = _ask(started, source or os.environ.get("P2P_SOURCE") or None, share, rate)
    loaded = LoadReport(report.batch_id, is_new=False)
    trouble = None
    if load:
        try:
            with ended_as_by_ctrl_c():
                loaded = _load(started, report, as_json=as_json) or loaded
        except KeyboardInterrupt:
            _tell_kept(report)
            raise
        except WarehouseError as error:
            trouble = f"the answers are safe in the raw store, but were not loaded: {error}"
    answer = SweepAnswer(report, loaded)
    if as_json:
        print_json(answer.to_json())
    else:
        _print(answer, is_loaded=load and trouble is None)
    if trouble or report.status is SweepStatus.FAILED:
        fail(trouble or report.trouble or "nothing could be read; the log says why")


def _ask(started: CommandContext, source_url: str | None, share: tuple[int, int], rate: float | None) -> SweepReport:
    from p2p_pipeline.p2p.actions.sweep import sweep_once
    from p2p_pipeline.p2p.capture.sweeps.sweep import SweepStopped
    from p2p_pipeline.p2p.venues.directory import venue_directory

    try:
        venue_directory(source_url)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--source") from None
    try:
        with sweep_bar() as progress:
            return sweep_once(
                started.paths,
                started.settings,
                "p2p sweep",
                source_url,
                worker=share[0],
                workers=share[1],
                requests_per_second=rate,
                progress=progress,
            )
    except SweepStopped as stop:
        _tell_kept(stop.report)
        raise


def _tell_kept(report: SweepReport) -> None:
    """Say on stderr what somebody who stopped us has not lost; stdout is for what a sweep says at its own end."""
    if not report.sides:
        typer.echo("stopped: no market had been asked for yet", err=True)
        return
    typer.echo(
        f"stopped: {report.offers:,} offers are kept, {report.sides_complete:,} of {report.sides:,} market sides read "
        "to their end; the next sweep loads them",
        err=True,
    )


def _load(started: CommandContext, report: SweepReport, *, as_json: bool) -> LoadReport | None:
    from p2p_pipeline.p2p.actions.sweep import load_stored, refresh_market_views

    def tell(loaded: LoadReport) -> None:
        if loaded.batch_id != report.batch_id and not as_json:
            typer.echo(f"batch {loaded.batch_id}, which was waiting, is loaded: {loaded.offers_extracted:,} offers")

    reports = load_stored(started.paths, started.settings, progress=tell)
    refresh_market_views(started.paths, started.settings)
    return next((loaded for loaded in reports if loaded.batch_id == report.batch_id), None)


def _share(text: str | None, configured: int) -> tuple[int, int]:
    if text is None:
        return 1, configured if configured == 1 else _name_the_worker(configured)
    match = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise typer.BadParameter(f"was {text!r}; write 2/3 for the second of three", param_hint="--worker")
    return int(match[1]), int(match[2])


def _name_the_worker(configured: int) -> int:
    raise typer.BadParameter(
        f"the settings have {configured} workers; say which one this is, 1/{configured} to {configured}/{configured}",
        param_hint="--worker",
    )


@contextmanager
def sweep_bar(console: Console | None = None) -> Iterator[Callable[[SweepProgress], None]]:
    """A progress bar on stderr, and the venue's trouble below it; nothing where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Bar(Progress):
        trouble: str | None = None

        def get_renderables(self) -> Iterable[RenderableType]:
            yield from super().get_renderables()
            if self.trouble is not None:
                yield Text(shown(self.trouble), overflow="fold")

    console = console or plain_console(stderr=True)
    columns = (
        # As wide as leaves the rest whole in a line of 80.
        BarColumn(bar_width=12),
        MofNCompleteColumn(),
        TextColumn("sides, {task.fields[told]}", markup=False),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("sweep", total=None, told="reading the venue's lists")

        def show(at: SweepProgress) -> None:
            bar.trouble = at.trouble
            told = f"{at.offers:,} offers, {at.requests:,} requests, {at.requests_per_second:.1f}/s"
            bar.update(task, total=at.sides or None, completed=at.sides_done, told=told)

        yield show


def _print(answer: SweepAnswer, *, is_loaded: bool) -> None:
    report, loaded = answer.report, answer.loaded
    typer.echo(
        f"batch {report.batch_id}: {report.status}, {report.markets_complete:,} of {report.markets:,} markets "
        f"complete, {report.offers:,} offers, {report.requests:,} requests ({report.failed_requests:,} failed) in "
        f"{report.seconds:.0f} s"
    )
    if is_loaded:
        typer.echo(
            f"loaded in {loaded.seconds:.1f} s: {loaded.offers_inserted:,} new, {loaded.offers_updated:,} changed, "
            f"{loaded.offers_closed:,} gone, {loaded.errors:,} errors noted"
        )
    for line in _missing_lines(report):
        say(line)


def _missing_lines(report: SweepReport) -> Iterator[str]:
    """What was not read to its end: each reason once, with how many it has kept back."""
    by_reason: dict[str, list[str]] = {}
    for side in report.missing:
        what = f"{side.asset}-{side.fiat} {side.side}" if side.side else side.fiat
        by_reason.setdefault(side.reason, []).append(what)
    told = list(by_reason.items())[:_REASONS_TOLD]
    for reason, whats in told:
        more = f" and {len(whats) - 1:,} more" if len(whats) > 1 else ""
        yield f"missing: {whats[0]}{more}: {reason}"
    left = len(report.missing) - sum(len(whats) for _, whats in told)
    if left:
        yield f"missing: {left:,} more; the next sweep begins with them"
