"""What `p2p up --simulated` has besides: simulated venues, days of history, and a year of prices."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from p2p_pipeline.commands.awaiting import wait_for
from p2p_pipeline.commands.background import Job
from p2p_pipeline.commands.children import Children, beside_python
from p2p_pipeline.commands.context import fail
from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.p2p.installation import CommandContext

DEMO_SETTINGS = Path(__file__).resolve().parents[1] / "p2p" / "simulator" / "demo_settings.yaml"
DEMO_SEED = 20260901
PRICE_DAYS = 365
"""Of prices without books, before the days with books: what needs weeks of history has something to say."""


def with_demo_settings(started: CommandContext) -> CommandContext:
    """The settings that were named; else those that lie with the data, put there the first time.

    Every later command with this data folder finds them there, and shows the same markets.
    """
    from p2p_pipeline.p2p.settings import SETTINGS_FILE

    kept = started.paths.root / SETTINGS_FILE
    if started.settings_file is not None or os.environ.get("P2P_SETTINGS"):
        return started
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(DEMO_SETTINGS, kept)
    return CommandContext(started.paths, kept)


def start_simulator(children: Children) -> dict[str, str]:
    """Start the venues; gives the environment that leads every request to them."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    say(f"starting simulated venues on {url}")
    command = [beside_python("p2p"), "simulate", "serve", "--port", str(port), "--seed", str(DEMO_SEED)]
    child = children.start("simulator", command, {}, Path.cwd())
    wait_for(f"{url}/_simulator/faults", child, "the simulator", children.check)
    return {"P2P_SOURCE": url}


def fill_history(
    started: CommandContext, children: Children, environment: Mapping[str, str], days: int, every: str
) -> None:
    """Make what is missing of the history and process it; a later start makes what is missing then.

    Without Dagster, on all cores: in its runs, one after the other, it took three times as long.
    """
    today = datetime.now(UTC).date()
    wanted = [today - timedelta(days=back) for back in range(days, -1, -1)]
    for first, last in spans_to_make(wanted, lambda day: day < today and _is_processed(started, day)):
        _make_span(children, environment, first, last, today, every)


def spans_to_make(days: Sequence[date], is_processed: Callable[[date], bool]) -> list[tuple[date, date]]:
    """The first and last days of what is missing; what is there between them is not looked at again.

    With the day before each: it was the running one when it was processed, and may have more by now.
    """
    spans: list[tuple[date, date]] = []
    for place, day in enumerate(days):
        if is_processed(day):
            continue
        before = days[max(0, place - 1)]
        if spans and before <= spans[-1][1] + timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((before, day))
    return spans


def _make_span(
    children: Children, environment: Mapping[str, str], first: date, last: date, today: date, every: str
) -> None:
    days = (last - first).days if last == today else (last - first).days + 1
    history = ["simulate", "history", "--days", str(days), "--every", every, "--seed", str(DEMO_SEED)]
    if last < today:
        history += ["--end", f"{last + timedelta(days=1)}T00:00Z"]
    process = ["process", "--from", first.isoformat(), "--to", last.isoformat()]
    for what, command in ((f"writing {days} days of simulated history", history), ("processing it", process)):
        say(what)
        # Not one of the children: it draws its progress here, and Ctrl-C reaches it as it reaches us.
        done = subprocess.run(  # noqa: PLW1510, S603
            [beside_python("p2p"), *command],
            env={**os.environ, **environment},
            pass_fds=children.inherited,
        )
        if done.returncode and command is history:
            fail(f"{what} failed with exit code {done.returncode}; the lines above say why")
        if done.returncode:
            say(f"{what} left something out; the lines above say why, and the next start tries it again")


def _is_processed(started: CommandContext, day: date) -> bool:
    """Whether every market of a day has its tables: markets are made side by side, so one may be days ahead."""
    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH
    from p2p_pipeline.p2p.raw.reader import RawReader
    from p2p_pipeline.p2p.steps.continuing import market_keys

    lake, keys = Lake(started.paths.lake), market_keys(RawReader(started.paths.root), day)
    return bool(keys) and all(lake.facts(DEPTH, day, key) is not None for key in keys)


def demo_jobs(started: CommandContext, days: int) -> Sequence[Job]:
    """What is made after the board is up, while people look: a year of prices, and what the whole history says."""
    from p2p_pipeline.p2p.raw.reader import RawReader

    stored = RawReader(started.paths.root).days()
    first = min(stored, default=datetime.now(UTC).date() - timedelta(days=days))
    prices = ["simulate", "prices", "--days", str(PRICE_DAYS), "--end", f"{first}T00:00Z", "--seed", str(DEMO_SEED)]
    # The middle of the three sizes that the demo quotes, which is what a question means that names none.
    prices += ["--step", "1"]
    return (
        Job("prices", "writing a simulated year of prices", (*prices, "--json")),
        Job("summaries", "summing up the whole history", ("summarize",)),
    )
