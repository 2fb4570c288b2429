# ruff: noqa: T201
"""What a day of Dagster writes into its event log: `python -m p2p_pipeline_tests.benchmarks.bench_event_log [EVERY]`.

The runs and tick events of a day with the default settings (one venue of two markets, a sweep every ten minutes), one
right after the other, on a real SQLite instance against the simulator; then housekeeping as it is at the day's end.
EVERY 12, say, does each twelfth and multiplies: a whole day takes half an hour, most of it the sweeps.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance, Definitions
from dagster._core.instance.ref import InstanceRef

from p2p_pipeline.orchestration.build import build_definitions
from p2p_pipeline.orchestration.collection.kept_collector import collect
from p2p_pipeline.orchestration.collection.reports import TickCursor, to_asset_events
from p2p_pipeline.orchestration.housekeeping.history import HistoryPolicy, prune_history
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.markets import slot_of
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline_tests.shared_files import REPOSITORY

RUNS = {
    "process_today": 96, "check_today": 48, "close_day": 1, "summarize": 1, "sweep": 144, "subworkers": 144,
    "verify_warehouse": 24, "housekeeping": 24,
}  # fmt: skip
TICKS = 2_880
ENGINE_EVENTS = 6
"""That the daemon and the run's process add to a run which is not executed in this one."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main(every: int = 12) -> None:
    """Print a row a kind of run, and what is left after pruning."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        settings = folder / "settings.yaml"
        settings.write_text(yaml.safe_dump({"sweep": {"requests_per_second": 400, "concurrency": 16}}), "utf-8")
        patch.setenv("P2P_DATA_DIR", str(folder / "data"))
        patch.setenv("P2P_SETTINGS", str(settings))
        with running_simulator(SimulatorOptions(catalogue=CatalogueOptions(total_offers=2_000))) as simulator:
            installation = Installation(source=simulator.url)
            home = InstanceRef.from_dir(str(folder), config_dir=str(REPOSITORY))
            with DagsterInstance.from_ref(home) as instance:
                _day(instance, installation, folder / "data" / "dagster" / "history", every)


def _day(instance: DagsterInstance, installation: Installation, history: Path, every: int) -> None:
    definitions = build_definitions({"installation": installation})
    print("| what | times a day | stored kB each | MB a day |\n|---|--:|--:|--:|")
    collect(installation, "bybit", slot_of(datetime.now(UTC)))
    total = _row("tick", TICKS, every, history, _tick_of(instance, installation))
    for job, times in RUNS.items():
        total += _row(job, times, every, history, _run_of(instance, definitions, job))
    print(f"| a whole day | | | {total / 1e6:.1f} |")
    # As the last housekeeping of a day sees it: what is younger than its two hours is there too.
    before = _bytes(history)
    prune_history(instance, HistoryPolicy(runs=timedelta(days=14)), datetime.now(UTC) + timedelta(hours=3))
    print(f"pruned after three hours: {before / 1e6:.2f} MB to {_bytes(history) / 1e6:.2f} MB")


def _row(what: str, times: int, every: int, history: Path, once: Callable[[], None]) -> int:
    once()
    done, before = max(1, times // every), _bytes(history)
    for _ in range(done):
        once()
    each = (_bytes(history) - before) / done
    print(f"| {what} | {times} | {each / 1e3:.1f} | {each * times / 1e6:.1f} |", flush=True)
    return int(each * times)


def _tick_of(instance: DagsterInstance, installation: Installation) -> Callable[[], None]:
    now = slot_of(datetime.now(UTC))
    slots = iter(range(now - 100_000, now))
    state = [TickCursor()]

    def once() -> None:
        events, state[0] = to_asset_events(collect(installation, "bybit", next(slots)), state[0])
        for event in events:
            instance.report_runless_asset_event(event)

    return once


def _run_of(instance: DagsterInstance, definitions: Definitions, name: str) -> Callable[[], None]:
    job = definitions.resolve_job_def(name)
    day = datetime.now(UTC).date().isoformat() if job.partitions_def is not None else None

    def once() -> None:
        result = job.execute_in_process(
            partition_key=day, instance=instance, raise_on_error=False, run_config=QUIET, tags=dict(job.tags)
        )
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        for number in range(ENGINE_EVENTS):
            instance.report_engine_event(f"as the daemon tells {number} of the steps on a run's way", run)

    return once


def _bytes(history: Path) -> int:
    return sum(path.stat().st_size for path in (history / "runs").iterdir() if path.suffix == ".db")


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:]))
