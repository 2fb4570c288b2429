"""`p2p raw …`: look at the only truth, check it, and keep it small."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from p2p_pipeline.commands.context import context_of, fail, print_json
from p2p_pipeline.commands.terminal import say

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def show(
    context: typer.Context,
    raw_path: Annotated[str, typer.Argument(help="As the tables name it: 2024-10-25/bybit.USDT-RUB.jsonl")],
    offset: Annotated[int, typer.Argument(help="byte_offset or raw_offset of the table")],
    meta: Annotated[bool, typer.Option("--meta", help="Print the capture's facts instead of its body.")] = False,
) -> None:
    """Print the bytes of one answer, exactly as they came."""
    from dataclasses import asdict

    from p2p_pipeline.p2p.raw.reader import RawReader

    capture = RawReader(context_of(context).paths.root).capture_at(raw_path, offset)
    if meta:
        print_json({name: value for name, value in asdict(capture).items() if name != "body"})
    else:
        typer.echo(capture.body, nl=False)


@app.command()
def sizes(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False
) -> None:
    """How much room each day takes."""
    from p2p_pipeline.p2p.raw.retention import bytes_by_day, file_sizes

    days = bytes_by_day(file_sizes(context_of(context).paths.root))
    if as_json:
        print_json([{"day": day, "bytes": size} for day, size in days.items()])
        return
    for day, size in days.items():
        typer.echo(f"{day}  {_mib(size):>12}")
    typer.echo(f"{len(days)} days, {_mib(sum(days.values()))}")


@app.command()
def verify(context: typer.Context) -> None:
    """Read every byte back and compare its checksum."""
    from p2p_pipeline.p2p.answers.raw import verify_raw
    from p2p_pipeline.p2p.raw.reader import RawReader

    found = verify_raw(RawReader(context_of(context).paths.root))
    for damage in found.damages:
        say(f"damaged: {damage.path} at byte {damage.offset}: {damage.reason}", err=True)
    if found.damages:
        fail(
            f"{len(found.damages)} damaged places; {found.snapshots} snapshots are intact. Restore the named files "
            "from a backup."
        )
    typer.echo(f"{found.snapshots} snapshots read back, all checksums match")


@app.command()
def repack(context: typer.Context) -> None:
    """Repack closed days into long-window zstd; done by itself every hour when Dagster runs.

    Days that an earlier release packed are packed anew, the newest seven at a time.
    """
    from p2p_pipeline.p2p.raw.repack import repack_closed_days
    from p2p_pipeline.p2p.raw.store import RawStore

    store = RawStore(context_of(context).paths.root)
    reports = repack_closed_days(store, datetime.now(UTC).date())
    for report in reports:
        kept = f" ({report.kept_because})" if report.kept_because else ""
        typer.echo(
            f"{report.day} {report.file_key}: {_mib(report.bytes_before)} to {_mib(report.bytes_after)}, "
            f"{report.snapshots} snapshots{kept}"
        )
    typer.echo(f"{len(reports)} files looked at")


@app.command()
def prune(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be dropped.")] = False,
) -> None:
    """Drop old days as `retention` in the settings says; done by itself every hour when Dagster runs."""
    from p2p_pipeline.p2p.actions.prune_raw import prune_raw

    started = context_of(context)
    rules = started.settings.retention
    if rules.raw_keep_days is None and rules.raw_max_gib is None:
        typer.echo("nothing dropped: set raw_keep_days or raw_max_gib under `retention` in the settings")
        return
    pruned = prune_raw(started.paths.root, rules, datetime.now(UTC).date(), is_dry_run=dry_run)
    for day, size in pruned.bytes_of.items():
        typer.echo(f"{day}  {_mib(size):>12}")
    told = "would be " if dry_run else ""
    typer.echo(f"{len(pruned.bytes_of)} days {told}dropped, {_mib(pruned.total_bytes)}")


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
