"""`p2p warehouse …`: the PostgreSQL star schema of the full market: how it is, where it is, how it is made again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import CommandContext, context_of, fail, failing_clearly, print_json

if TYPE_CHECKING:
    from p2p_pipeline.warehouse.embedded import EmbeddedPostgres
    from p2p_pipeline.warehouse.server import WarehouseServer
    from p2p_pipeline.warehouse.status import WarehouseStatus

app = typer.Typer(help="The PostgreSQL warehouse: status, migrate, verify, rebuild, url, stop.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print an object.")]


@app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Where it is, how big and how fresh; exit code 1 when its schema is not this program's."""
    from p2p_pipeline.warehouse.server import WarehouseError, connected
    from p2p_pipeline.warehouse.status import warehouse_status

    with failing_clearly(WarehouseError):
        server = existing_server(context_of(context))
        with connected(server, program="p2p status") as connection:
            found = warehouse_status(connection, server, datetime.now(UTC))
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
    from p2p_pipeline.warehouse.migrate import newest_revision, ready_warehouse
    from p2p_pipeline.warehouse.server import WarehouseError

    started = context_of(context)
    with failing_clearly(WarehouseError):
        server = ready_warehouse(started.paths, started.settings.warehouse)
    if as_json:
        print_json({"revision": newest_revision(), "server": str(server.name)})
    else:
        typer.echo(f"{server.name} is at revision {newest_revision()}")


@app.command()
def url(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the URL for psql and other programs; the embedded server then stays until `p2p warehouse stop`."""
    from p2p_pipeline.warehouse.server import DATABASE, WarehouseError, named_server

    with failing_clearly(WarehouseError):
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
    from p2p_pipeline.warehouse.server import POSTGRES_URL_VARIABLE, WarehouseError, named_server

    with failing_clearly(WarehouseError):
        if named_server() is not None:
            fail(f"{POSTGRES_URL_VARIABLE} names a server that p2p did not start and does not stop")
        is_stopped = _embedded(context_of(context)).stop(even_if_used=now)
    if as_json:
        print_json({"is_stopped": is_stopped})
    elif is_stopped:
        typer.echo("stopped")
    else:
        typer.echo("another process of p2p uses it and stops it when it ends; --now stops it at once")


def existing_server(started: CommandContext) -> WarehouseServer:
    """The warehouse's server, opened; raises WarehouseError where no warehouse was ever made here."""
    from p2p_pipeline.warehouse.server import DATABASE, WarehouseError, named_server

    named = named_server()
    if named is not None:
        return named
    embedded = _embedded(started)
    if not embedded.is_made:
        raise WarehouseError(
            f"there is no warehouse in {started.paths.postgres} yet; `p2p warehouse migrate` makes one, as does the "
            "first `p2p sweep`"
        )
    return embedded.use(DATABASE)


def _embedded(started: CommandContext) -> EmbeddedPostgres:
    from p2p_pipeline.warehouse.embedded import EmbeddedPostgres

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
