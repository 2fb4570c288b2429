"""`p2p simulate serve|exchanges|history|prices`: venues on loopback, simulated days in the raw store, prices alone."""

from __future__ import annotations

import re
import signal
import threading
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json, require_settings
from p2p_pipeline.commands.terminal import progress_bar
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.texts import count_text
from p2p_pipeline.p2p.markets import parse_time

if TYPE_CHECKING:
    from p2p_pipeline.exchanges.simulator.options import ExchangesOptions

app = typer.Typer(add_completion=False, no_args_is_help=True)

DEFAULT_PORT = 8520
DEFAULT_EXCHANGES_PORT = 8530

SeedOption = Annotated[int, typer.Option(help="The same seed gives the same books, live and as history.")]
SizeOption = Annotated[
    int | None, typer.Option("--offers-per-side", help="About how many offers every side shows; else by the market.")
]
TotalOption = Annotated[
    int, typer.Option("--total-offers", help="Offers of a venue over all markets; 55000 is the full market.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes any free one.")
    ] = DEFAULT_PORT,
    seed: SeedOption = 1,
    offers_per_side: SizeOption = None,
    total_offers: TotalOption = 8_000,
    faults: Annotated[str, typer.Option(help="What goes wrong: name:probability,… (see the names in an error).")] = "",
    rate_limit: Annotated[
        float | None, typer.Option(help="Requests a second a venue allows before it says 429.")
    ] = None,
    time_scale: Annotated[float, typer.Option(help="Simulated seconds in a real second.")] = 1.0,
    start: Annotated[str | None, typer.Option(help="The simulated time at the start, like 2026-11-20T12:00Z.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve Bybit and Binance P2P on loopback until Ctrl-C."""
    from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
    from p2p_pipeline.p2p.simulator.faults import parse_faults
    from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator

    options = SimulatorOptions(
        CatalogueOptions(seed, total_offers, offers_per_side),
        port=port,
        start_at=None if start is None else parse_time(start).timestamp(),
        time_scale=time_scale,
        faults=tuple(parse_faults(faults)),
        requests_per_second=rate_limit,
    )
    with running_simulator(options) as simulator:
        if as_json:
            print_json({"event": "serving", "url": simulator.url, "seed": seed})
        else:
            typer.echo(f"Simulated Bybit and Binance at {simulator.url} (seed {seed}); Ctrl-C ends it.")
        _wait_for_the_end()


@app.command()
def exchanges(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes any free one.")
    ] = DEFAULT_EXCHANGES_PORT,
    seed: SeedOption = 1,
    plant: Annotated[
        Path | None, typer.Option(help="A YAML file of what is planted at the start; docs/exchanges.md shows one.")
    ] = None,
    plants_per_hour: Annotated[
        float, typer.Option(min=0, max=3600, help="Opportunities and traps planted at random; 0 for none.")
    ] = 120.0,
    changes_per_second: Annotated[float, typer.Option(min=0.01, max=100, help="Of each book.")] = 2.0,
    symbols: Annotated[str, typer.Option(help="BASE/QUOTE,…; else the forty of the settings.")] = "",
    perpetuals: Annotated[
        int, typer.Option(min=0, max=5_000, help="Of USDT in Bybit's linear market, others beside; 0 for none.")
    ] = 200,
    ticker_frames: Annotated[
        float, typer.Option(min=0.1, max=20_000, help="A second of that market's tickers, all together.")
    ] = 400.0,
    only: Annotated[str, typer.Option("--exchanges", help="Names,…; else all fourteen.")] = "",
    faults: Annotated[str, typer.Option(help="What goes wrong: name[@exchange][:probability],…")] = "",
    time_scale: Annotated[float, typer.Option(min=0.001, help="Simulated seconds in a real second.")] = 1.0,
    start: Annotated[str | None, typer.Option(help="The simulated time at the start, like 2026-11-20T12:00Z.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the order books of fourteen exchanges on loopback until Ctrl-C: sockets, REST, and /truth."""
    from p2p_pipeline.exchanges.settings import FORTY, chosen_exchanges, chosen_symbols
    from p2p_pipeline.exchanges.simulator.faults import parse_faults
    from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
    from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
    from p2p_pipeline.exchanges.simulator.plant_file import read_plants

    require_settings(context)
    options = ExchangesOptions(
        seed=seed,
        port=port,
        plants=() if plant is None else read_plants(plant),
        plants_per_hour=plants_per_hour,
        changes_per_second=changes_per_second,
        symbols=chosen_symbols(symbols) if symbols else FORTY,
        linear_symbols=perpetuals,
        linear_frames_per_second=ticker_frames,
        exchanges=chosen_exchanges(only) if only else EXCHANGES,
        faults=tuple(parse_faults(faults)),
        start_at=None if start is None else parse_time(start).timestamp(),
        time_scale=time_scale,
    )
    _serve_exchanges(options, as_json=as_json)


def _serve_exchanges(options: ExchangesOptions, *, as_json: bool) -> None:
    from p2p_pipeline.exchanges.simulator.server import running_exchanges

    with running_exchanges(options) as running:
        if as_json:
            print_json({"event": "serving", "url": running.url, "seed": options.seed})
        else:
            names = count_text(len(running.hall.exchanges), "simulated exchange")
            typer.echo(f"{names} at {running.url} (seed {options.seed}); {running.url}/truth tells; Ctrl-C ends it.")
        if running.hall.linear is not None:
            with running.lock:
                running.hall.linear.market.warm_up(running.clock())
        _wait_for_the_end()


@app.command()
def history(
    context: typer.Context,
    days: Annotated[float, typer.Option(min=0.001, help="How many days, up to now (or --end).")],
    every: Annotated[str, typer.Option(help="Time between snapshots, like 30s, 10m, 2h.")] = "10m",
    seed: SeedOption = 1,
    market: Annotated[list[str] | None, typer.Option(help="A market such as bybit.USDT-RUB; repeat for more.")] = None,
    end: Annotated[str | None, typer.Option(help="Where history ends, like 2026-11-20T12:00Z; else now.")] = None,
    offers_per_side: SizeOption = None,
    total_offers: TotalOption = 8_000,
    as_json: JsonOption = False,
) -> None:
    """Write simulated days into the raw store; snapshots that are there already stay."""
    from p2p_pipeline.p2p.settings import known_market
    from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
    from p2p_pipeline.p2p.simulator.history import HistoryPlan
    from p2p_pipeline.p2p.simulator.history_on_cores import Place, generate_on_cores

    command = context_of(context)
    markets = tuple(map(known_market, market)) if market else tuple(m.market for m in command.settings.markets)
    ends_at = datetime.now(UTC) if end is None else parse_time(end)
    plan = HistoryPlan(markets, days, _span(every), ends_at)
    place = Place(command.paths.root, command.settings.retention.min_free_mib * 1024 * 1024)
    with progress_bar("Simulating history", is_shown=not as_json) as progress:
        report = generate_on_cores(place, plan, CatalogueOptions(seed, total_offers, offers_per_side), progress)
    if as_json:
        print_json(
            {
                "snapshots": report.snapshots,
                "captures": report.captures,
                "offers": report.offers,
                "already_there": report.already_there,
            }
        )
    else:
        typer.echo(
            f"{count_text(report.snapshots, 'snapshot')} with {count_text(report.offers, 'offer')} written, "
            f"{report.already_there} were there."
        )


@app.command()
def prices(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many UTC days, up to now (or --end).")],
    market: Annotated[list[str] | None, typer.Option(help="A market such as bybit.USDT-RUB; repeat for more.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same prices.")] = 1,
    end: Annotated[str | None, typer.Option(help="Where they end, like 2026-11-20T12:00Z; else now.")] = None,
    step: Annotated[
        int, typer.Option(min=0, help="Which size of a day with books the prices go on with; 0 is the smallest.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write simulated prices, not books: every 30 s what one amount would cost, with a rhythm to be found.

    A year of books would be hundreds of gigabytes; this is a year of `history` and `rollups` alone, in minutes, to try
    `p2p windows` and `p2p history` on. There are no offers behind these prices: `p2p now`, `score` and `combo` have
    nothing to say about them. Only into a data folder that holds nothing live; it is marked simulated.
    """
    from p2p_pipeline.p2p.actions.simulate_prices import simulate_prices
    from p2p_pipeline.p2p.settings import known_market
    from p2p_pipeline.p2p.simulator.price_history import PriceHistory

    command = context_of(context)
    chosen = map(known_market, market) if market else (entry.market for entry in command.settings.markets)
    histories = [PriceHistory(found, seed, step=step) for found in dict.fromkeys(chosen)]
    ends_at = datetime.now(UTC) if end is None else parse_time(end)
    with progress_bar("Simulating prices", is_shown=not as_json) as progress:
        report = simulate_prices(command.paths, command.settings, histories, days, ends_at, progress)
    if as_json:
        print_json(asdict(report))
    else:
        typer.echo(
            f"{report.rows} simulated prices (not books) over {report.days} market days written, "
            f"{report.already_there} days were there."
        )


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+)(s|m|h)", text.strip())
    if match is None:
        raise InvalidInput(f"--every was {text!r}; write it as 30s, 10m or 2h")
    return int(match[1]) * {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}[match[2]]


def _wait_for_the_end() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    # A wait without a limit would not be woken by a signal on every platform.
    while not ended.wait(0.5):
        pass
