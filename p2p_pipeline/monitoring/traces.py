"""Traces of a batch for OpenTelemetry: off unless P2P_TRACES says where they go. Imported by nobody when off.

`P2P_TRACES=otlp` sends them where the standard OTEL_EXPORTER_OTLP_* variables say, `console` prints them on stderr,
`file` appends them to `<data>/logs/traces.jsonl`, a span a line. OTEL_TRACES_SAMPLER and the others hold as well.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.tracing import Recorder, Span, Told, record_with
from p2p_pipeline.monitoring.redaction import redactor

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

TRACES_VARIABLE = "P2P_TRACES"
PLACES = ("otlp", "console", "file")
SERVICE = "p2p-pipeline"


class TracesRefused(ClearError):
    """P2P_TRACES has a value that means nothing; the message says which ones do."""


def set_up_traces(log_folder: Path, environment: Mapping[str, str] = os.environ) -> bool:
    """Switch tracing on where P2P_TRACES asks for it; whether it did. Raises TracesRefused.

    What is not sent yet is sent when the process ends.
    """
    place = environment.get(TRACES_VARIABLE, "").strip().lower()
    if place in ("", "off", "none"):
        return False
    if place not in PLACES:
        raise TracesRefused(f"{TRACES_VARIABLE} was {place!r}; use one of {', '.join(PLACES)}, or leave it empty")
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor  # noqa: PLC0415 - only when on

    exporter = _exporter(place, log_folder)
    provider = provider_of_batches()
    # What is printed beside log lines has to come in their order; what goes over the network must hold up nobody.
    provider.add_span_processor(SimpleSpanProcessor(exporter) if place == "console" else BatchSpanProcessor(exporter))
    atexit.register(provider.shutdown)
    record_with(OpenTelemetryRecorder(provider, environment))
    return True


def provider_of_batches() -> TracerProvider:
    """A provider that gives a batch's first span the ids that are made from the batch."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - only when on
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator  # noqa: PLC0415

    class BatchIds(IdGenerator):
        def __init__(self) -> None:
            self._random = RandomIdGenerator()

        def generate_trace_id(self) -> int:
            given = _given_ids.get()
            return self._random.generate_trace_id() if given is None else given[0]

        def generate_span_id(self) -> int:
            given = _given_ids.get()
            return self._random.generate_span_id() if given is None else given[1]

    return TracerProvider(
        resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", SERVICE)}),
        id_generator=BatchIds(),
        # A program that records to its end calls shutdown itself: an atexit of the provider would run it twice.
        shutdown_on_exit=False,
    )


class OpenTelemetryRecorder(Recorder):
    """Records spans with a provider of the SDK."""

    def __init__(self, provider: TracerProvider, environment: Mapping[str, str] = os.environ) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - only when on
        from opentelemetry.sdk.trace.sampling import Decision  # noqa: PLC0415

        self._trace = trace
        self._provider = provider
        self._sampled = Decision.RECORD_AND_SAMPLE
        self._tracer = provider.get_tracer(SERVICE)
        self._hide = redactor(environment)

    def span(self, name: str, attributes: Mapping[str, Told]) -> AbstractContextManager[Span]:
        """A child of the span around it."""
        return self._open(name, attributes, None)

    def batch_span(self, name: str, batch_id: int, attributes: Mapping[str, Told]) -> AbstractContextManager[Span]:
        """The batch's first span is its sweep; whatever else is done for it, also elsewhere, is a child of that."""
        trace_id, root_id = ids_of_batch(batch_id)
        told = {"batch_id": batch_id, **attributes}
        around = self._trace.get_current_span().get_span_context()
        if around.trace_id == trace_id:
            return self._open(name, told, None)
        if name == "sweep":
            return self._first(name, told, (trace_id, root_id))
        # As the sampler has decided, or would decide, for the sweep: a trace is kept whole or not at all.
        decided = self._provider.sampler.should_sample(None, trace_id, "sweep").decision
        is_kept = decided is self._sampled
        flags = self._trace.TraceFlags(self._trace.TraceFlags.SAMPLED if is_kept else self._trace.TraceFlags.DEFAULT)
        root = self._trace.SpanContext(trace_id, root_id, is_remote=True, trace_flags=flags)
        return self._open(name, told, self._trace.set_span_in_context(self._trace.NonRecordingSpan(root)))

    @contextmanager
    def _first(self, name: str, attributes: Mapping[str, Told], ids: tuple[int, int]) -> Iterator[Span]:
        from opentelemetry.context import Context  # noqa: PLC0415 - only when on

        token = _given_ids.set(ids)
        try:
            opened = self._tracer.start_span(name, context=Context())
        finally:
            _given_ids.reset(token)
        with self._inside(opened, attributes) as recorded:
            yield recorded

    @contextmanager
    def _open(self, name: str, attributes: Mapping[str, Told], context: Any) -> Iterator[Span]:
        with self._inside(self._tracer.start_span(name, context=context), attributes) as recorded:
            yield recorded

    @contextmanager
    def _inside(self, opened: Any, attributes: Mapping[str, Told]) -> Iterator[Span]:
        recorded = _Recorded(opened, self._hide)
        recorded.set(**attributes)
        with self._trace.use_span(opened, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield recorded
            except BaseException as error:
                # The SDK would record the error as it is, with whatever its text and its stack hold.
                opened.set_status(
                    self._trace.Status(
                        self._trace.StatusCode.ERROR, self._hide(f"{type(error).__name__}: {error}")[:500]
                    )
                )
                raise


class _Recorded:
    """A span that is recorded."""

    __slots__ = ("_hide", "_opened")

    def __init__(self, opened: Any, hide: Any) -> None:
        self._opened = opened
        self._hide = hide

    def set(self, **attributes: Told) -> None:
        for name, value in attributes.items():
            if value is not None:
                self._opened.set_attribute(name, self._hide(value) if isinstance(value, str) else value)


def ids_of_batch(batch_id: int) -> tuple[int, int]:
    """The ids of a batch's trace and of its first span: the same in every process, so nothing has to be handed on."""
    digest = hashlib.sha256(f"p2p batch {batch_id}".encode()).digest()
    return int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")


_given_ids: ContextVar[tuple[int, int] | None] = ContextVar("p2p_given_ids", default=None)


def _exporter(place: str, log_folder: Path) -> SpanExporter:
    if place == "otlp":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - slow

        return OTLPSpanExporter()
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415 - only when on

    if place == "console":
        return ConsoleSpanExporter(out=sys.stderr, formatter=_line)
    log_folder.mkdir(parents=True, exist_ok=True)
    return ConsoleSpanExporter(
        out=(log_folder / "traces.jsonl").open("a", encoding="utf-8", buffering=1), formatter=_line
    )


def _line(span: ReadableSpan) -> str:
    return str(span.to_json(indent=None)) + "\n"
