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
    from p2p_pipeline.p2p.raw.reader import RawReader
    from p2p_pipeline.p2p.raw.stored import Damage

    reader = RawReader(context_of(context).paths.root)
    read, damages = 0, []
    for day in reader.days():
        for file_key in reader.file_keys(day):
            for item in reader.read(day, file_key):
                if isinstance(item, Damage):
                    damages.append(item)
                else:
                    read += 1
    for damage in damages:
        say(f"damaged: {damage.path} at byte {damage.offset}: {damage.reason}", err=True)
    if damages:
        fail(f"{len(damages)} damaged places; {read} snapshots are intact. Restore the named files from a backup.")
    typer.echo(f"{read} snapshots read back, all checksums match")


@app.command()
def repack(context: typer.Context) -> None:
    """Repack every closed day into long-window zstd; done by itself each night when Dagster runs."""
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
    """Drop old days as `retention` in the settings says; done by itself each night when Dagster runs."""
    from p2p_pipeline.p2p.raw.retention import bytes_by_day, days_to_drop, drop_days, file_sizes

    started = context_of(context)
    rules, root = started.settings.retention, started.paths.root
    if rules.raw_keep_days is None and rules.raw_max_gib is None:
        typer.echo("nothing dropped: set raw_keep_days or raw_max_gib under `retention` in the settings")
        return
    most = None if rules.raw_max_gib is None else int(rules.raw_max_gib * 2**30)
    sizes = bytes_by_day(file_sizes(root))
    days = days_to_drop(root, datetime.now(UTC).date(), rules.raw_keep_days, most)
    if not dry_run:
        drop_days(root, days)
    for day in days:
        typer.echo(f"{day}  {_mib(sizes[day]):>12}")
    freed = _mib(sum(sizes[day] for day in days))
    typer.echo(f"{len(days)} days {'would be ' if dry_run else ''}dropped, {freed}")


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
