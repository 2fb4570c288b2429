"""Traces: a batch is one trace, whoever does its parts; off they cost next to nothing and import nothing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import timeit
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from p2p_pipeline.kernel.tracing import batch_span, is_recording, record_with, span
from p2p_pipeline.monitoring.traces import (
    OpenTelemetryRecorder,
    TracesRefused,
    ids_of_batch,
    provider_of_batches,
    set_up_traces,
)

BATCH = 1_795_000_000_000


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    provider = provider_of_batches()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    record_with(OpenTelemetryRecorder(provider, {"P2P_POSTGRES_URL": "postgresql://p2p:swordfish@db/p2p"}))
    yield kept
    record_with(None)
    provider.shutdown()


def parents(spans: tuple[ReadableSpan, ...]) -> dict[str, str | None]:
    names = {one.context.span_id: one.name for one in spans if one.context}
    return {one.name: names.get(one.parent.span_id) if one.parent else None for one in spans}


def test_the_sweep_and_the_load_of_a_batch_are_one_trace_though_nothing_is_handed_on(
    exporter: InMemorySpanExporter,
) -> None:
    async def read_side(side: str) -> None:
        with span(f"market side {side}", side=side):
            await asyncio.sleep(0)
            with span(f"request {side}", page=1):
                await asyncio.sleep(0)

    async def sweep() -> None:
        with batch_span("sweep", BATCH, venue="binance"):
            await asyncio.gather(read_side("BUY"), read_side("SELL"))

    asyncio.run(sweep())
    with batch_span("load", BATCH) as told, span("merge"):
        told.set(offers=55_000)
    spans = exporter.get_finished_spans()
    assert {one.context.trace_id for one in spans if one.context} == {ids_of_batch(BATCH)[0]}
    assert parents(spans) == {
        "sweep": None,
        "market side BUY": "sweep",
        "request BUY": "market side BUY",
        "market side SELL": "sweep",
        "request SELL": "market side SELL",
        "load": "sweep",
        "merge": "load",
    }
    told_of = {one.name: dict(one.attributes or {}) for one in spans}
    assert told_of["sweep"] == {"batch_id": BATCH, "venue": "binance"}
    assert told_of["load"] == {"batch_id": BATCH, "offers": 55_000}


def test_batches_are_traces_of_their_own_also_inside_of_another_span(exporter: InMemorySpanExporter) -> None:
    with span("run"):
        for batch_id in (BATCH, BATCH + 600_000):
            with batch_span("load", batch_id):
                pass
    traces = {one.context.trace_id for one in exporter.get_finished_spans() if one.context}
    assert len(traces) == 3


def test_what_fails_is_marked_and_its_password_is_not_in_it(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(OSError, match="swordfish"), span("connect", url="postgresql://p2p:swordfish@db/p2p"):
        raise OSError("can't reach postgresql://p2p:swordfish@db/p2p")
    [failed] = exporter.get_finished_spans()
    assert failed.status.status_code is StatusCode.ERROR
    assert "can't reach" in str(failed.status.description)
    assert "swordfish" not in failed.to_json()


def test_off_is_the_default_and_imports_nothing() -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from p2p_pipeline.monitoring.traces import set_up_traces\n"
        "from p2p_pipeline.kernel.tracing import batch_span, span\n"
        "assert not set_up_traces(Path('.'))\n"
        "with batch_span('sweep', 1), span('request') as told: told.set(page=1)\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')], 'imported'\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("P2P_", "OTEL_"))}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_off_a_span_costs_less_than_three_microseconds() -> None:
    assert not is_recording()

    def once() -> None:
        with span("request", asset="USDT", fiat="RUB", page=1):
            pass

    assert min(timeit.repeat(once, number=10_000, repeat=5)) / 10_000 < 3e-6


def test_a_file_gets_a_line_a_span_and_all_of_them_by_the_end(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from p2p_pipeline.monitoring.traces import set_up_traces\n"
        "from p2p_pipeline.kernel.tracing import batch_span, span\n"
        "assert set_up_traces(Path(sys.argv[1]))\n"
        "with batch_span('sweep', 1):\n"
        "    for page in range(100):\n"
        "        with span('request', page=page): pass\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env={**os.environ, "P2P_TRACES": "file"})
    spans = [json.loads(line) for line in (tmp_path / "traces.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(spans) == 101
    assert {one["parent_id"] for one in spans} == {None, f"0x{ids_of_batch(1)[1]:016x}"}


def test_a_share_of_the_batches_is_chosen_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    kept = InMemorySpanExporter()
    provider = provider_of_batches()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    record_with(OpenTelemetryRecorder(provider))
    try:
        for number in range(40):
            with batch_span("sweep", BATCH + number), span("request"):
                pass
            with batch_span("load", BATCH + number):
                pass
    finally:
        record_with(None)
        provider.shutdown()
    names: dict[int, set[str]] = {}
    for one in kept.get_finished_spans():
        assert one.context
        names.setdefault(one.context.trace_id, set()).add(one.name)
    assert 5 < len(names) < 35
    assert all(found == {"sweep", "request", "load"} for found in names.values())


def test_a_value_that_means_nothing_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TracesRefused, match="use one of otlp, console, file"):
        set_up_traces(tmp_path, {"P2P_TRACES": "yes"})
