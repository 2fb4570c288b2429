"""`p2p warehouse …`: the PostgreSQL star schema of the full market: how it is, where it is, how it is made again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, ended_as_by_ctrl_c, fail, print_json
from p2p_pipeline.commands.options import days_between
from p2p_pipeline.commands.terminal import counting_progress, say
from p2p_pipeline.commands.warehouse_ask import PASSES_ON, ask
from p2p_pipeline.kernel.foreign_text import shown_lines
from p2p_pipeline.p2p.installation import CommandContext

if TYPE_CHECKING:
    from p2p_pipeline.p2p.warehouse.status import WarehouseStatus
    from p2p_pipeline.postgres.embedded import EmbeddedPostgres

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command(context_settings=PASSES_ON)(ask)
FirstDay = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First UTC day.")]
LastDay = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last UTC day.")]
_STOPPED = "stopped: what is loaded again is kept, no batch is half there; the next `p2p sweep` loads the rest"
AsJson = Annotated[bool, typer.Option("--json", help="Print an object.")]


@app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Where it is, how big and how fresh; exit code 1 when its schema is not this program's."""
    from p2p_pipeline.p2p.answers.warehouse import answer_status

    found = answer_status(context_of(context).paths, datetime.now(UTC))
    if as_json:
        print_json(asdict(found))
    else:
        _print_status(found, context_of(context))
    if not found.is_current:
        what = "holds no warehouse yet" if found.revision is None else f"is at revision {found.revision}"
        fail(f"the database {what}, this program needs {found.newest_revision}; run `p2p warehouse migrate`")


@app.command()
def migrate(context: typer.Context, as_json: AsJson = False) -> None:
    """Make the warehouse, or bring its schema up to this program's; forwards only, and safe to repeat."""
    from p2p_pipeline.exchanges.warehouse.migrate import migrate as bring_up_exchanges
    from p2p_pipeline.p2p.warehouse.migrate import migrate as bring_up
    from p2p_pipeline.p2p.warehouse.migrate import ready_warehouse
    from p2p_pipeline.p2p.warehouse.revisions import newest_revision
    from p2p_pipeline.postgres.server import open_server

    started = context_of(context)
    # Also where nothing is missing: a role made since then gets its rights.
    bring_up(open_server(started.paths))
    bring_up_exchanges(open_server(started.paths))
    server = ready_warehouse(started.paths, started.settings.warehouse)
    if as_json:
        print_json({"revision": newest_revision(), "server": str(server.name)})
    else:
        typer.echo(f"{server.name} is at revision {newest_revision()}")


@app.command()
def url(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the URL for psql and other programs; the embedded server then stays until `p2p warehouse stop`."""
    from p2p_pipeline.postgres.server import DATABASE, named_server

    server = named_server()
    if server is None:
        embedded = _embedded(context_of(context))
        server = embedded.use(DATABASE)
        embedded.keep_running()
    if as_json:
        print_json({"url": server.url, "is_embedded": server.is_embedded})
    else:
        typer.echo(server.url)


@app.command()
def stop(
    context: typer.Context,
    now: Annotated[bool, typer.Option("--now", help="Also while other processes of p2p use it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop the embedded server, also where `p2p warehouse url` asked it to stay."""
    from p2p_pipeline.postgres.server import POSTGRES_URL_VARIABLE, named_server

    if named_server() is not None:
        fail(f"{POSTGRES_URL_VARIABLE} names a server that p2p did not start and does not stop")
    is_stopped = _embedded(context_of(context)).stop(even_if_used=now)
    if as_json:
        print_json({"is_stopped": is_stopped})
    elif is_stopped:
        typer.echo("stopped")
    else:
        typer.echo("another process of p2p uses it and stops it when it ends; --now stops it at once")


@app.command()
def verify(
    context: typer.Context,
    first: FirstDay = None,
    last: LastDay = None,
    as_json: AsJson = False,
) -> None:
    """Hold every batch of some days (today, without any) against the raw store; exit code 1 when something is wrong."""
    from p2p_pipeline.p2p.answers.warehouse import verify_warehouse

    started = context_of(context)
    days = _days(first, last)
    with _Bar("batches", is_shown=not as_json) as bar:
        report = verify_warehouse(started.paths, started.settings, days, datetime.now(UTC), bar.show)
    if as_json:
        print_json(report.to_json())
    else:
        for line in report.lines():
            say(line)
    if report.is_only_behind:
        fail("the warehouse lacks what the next sweep loads; what it has is as the raw store has it")
    if not report.passed:
        fail("the warehouse is not as the raw store has it; `p2p warehouse rebuild` makes those days again")


@app.command()
def rebuild(
    context: typer.Context,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First UTC day to make again.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last UTC day; later ones that are "
                                           "loaded are made again too, since offers reach over days.")],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take some days out and load them from the raw store again, as after a parser has learned something."""
    from p2p_pipeline.p2p.actions.sweep import rebuild_stored

    started = context_of(context)
    days = _days(first, last)
    with ended_as_by_ctrl_c(_STOPPED), _Bar("batches", is_shown=not as_json) as bar:
        reports = rebuild_stored(
            started.paths,
            started.settings,
            days,
            later=lambda count, until: bar.tell(_later_text(count, until)),
            planned=bar.expect,
            progress=lambda _: bar.advance(),
        )
    offers, seconds = sum(report.offers_extracted for report in reports), sum(report.seconds for report in reports)
    if as_json:
        print_json({"batches": len(reports), "offers": offers, "seconds": round(seconds, 3)})
    else:
        loaded = "1 batch" if len(reports) == 1 else f"{len(reports):,} batches"
        typer.echo(f"{loaded} with {offers:,} offers loaded in {seconds:.1f} s")


def _later_text(count: int, until: datetime) -> str:
    batches = "1 later batch is" if count == 1 else f"{count:,} later batches are"
    return (
        f"{batches} made again too, until {until:%Y-%m-%d %H:%M} UTC: an offer reaches over days, so each stands on "
        "those before it"
    )


class _Bar:
    """A progress bar on stderr, or none."""

    def __init__(self, title: str, *, is_shown: bool) -> None:
        self._bar = counting_progress(is_shown=is_shown)
        self._task = self._bar.add_task(title, total=None)
        self._total = 0

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)

    def expect(self, more: int) -> None:
        self._total += more
        self._bar.update(self._task, total=self._total)

    def tell(self, text: str) -> None:
        """A line above the bar, also where there is none."""
        self._bar.console.print(shown_lines(text), soft_wrap=True)

    def advance(self) -> None:
        self._bar.advance(self._task)


def _days(first: datetime | None, last: datetime | None) -> tuple[date, date]:
    """The days asked for, today where none was named."""
    begin, end = days_between(first, last)
    today = datetime.now(UTC).date()
    return begin or end or today, end or (max(begin, today) if begin else today)


def _embedded(started: CommandContext) -> EmbeddedPostgres:
    from p2p_pipeline.postgres.embedded import EmbeddedPostgres

    return EmbeddedPostgres(started.paths)


def _print_status(found: WarehouseStatus, started: CommandContext) -> None:
    embedded = " (embedded)" if found.is_embedded else ""
    typer.echo(f"server      {found.server}{embedded}, PostgreSQL {found.version}")
    state = "current" if found.is_current else f"this program needs {found.newest_revision}"
    typer.echo(f"schema      revision {found.revision or 'none'}, {state}")
    typer.echo(f"size        {found.size_bytes / 2**20:,.1f} MiB")
    if not found.is_current:
        return
    newest = found.newest_batch
    if newest is None:
        typer.echo("batches     none; `p2p sweep` makes and loads one")
    else:
        typer.echo(f"batches     {found.batches:,}")
        typer.echo(
            f"newest      {newest.batch_id} {newest.status}, began {started.shown(newest.started_at)}, "
            f"ended {newest.age_seconds / 60:,.1f} minutes ago; "
            f"{newest.markets_complete:,} of {newest.markets:,} markets complete, {newest.offers:,} offers"
        )
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in found.counts.items())
    typer.echo(f"holds       {counts}")
    for name, days in found.partitions.items():
        typer.echo(f"partitions  {name}: {days.days} days, {days.first} to {days.last}, {days.ahead_days} ahead")
