"""The settings of the sweeps and of the warehouse they fill."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from p2p_pipeline.kernel.settings_file import Section


class SweepSettings(Section):
    """How all of a venue is asked every ten minutes."""

    is_scheduled: bool = True
    """Whether Dagster's schedule runs it."""
    venue: Literal["binance"] = "binance"
    interval_minutes: Literal[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60] = 10
    budget_seconds: Annotated[float, Field(gt=0)] = 480.0
    """After this a sweep stops cleanly; the next one begins with what is missing."""
    requests_per_second: Annotated[float, Field(gt=0, le=500)] = 10.0
    """At most, of one address as the venue sees it; it slows down by itself when the venue says so.

    Workers that go through the same proxy, or all of them without proxies, each have their equal part of it.
    """
    concurrency: Annotated[int, Field(ge=1, le=256)] = 32
    """Requests on their way at the same time, at most."""
    max_pages: PositiveInt = 500
    """Of one market side."""
    empty_again_minutes: PositiveFloat = 60.0
    """A market side that was empty is asked again after this long, and at least once a day."""
    workers: PositiveInt = 1
    """Into how many shares the fiats are split; each worker (`p2p sweep --worker 2/3`) sweeps its own."""
    proxy_variables: tuple[str, ...] = ()
    """Environment variables that each hold a proxy URL; worker n goes through the n-th, in turn."""


class WarehouseSettings(Section):
    """What the PostgreSQL warehouse keeps, and when it is said to be in trouble."""

    keep_days: PositiveInt | None = None
    """Facts older than this are dropped, a day at a time; empty means never."""
    partitions_ahead_days: Annotated[int, Field(ge=1, le=60)] = 7
    fresh_within_minutes: PositiveFloat = 10.0
    """The newest batch may have been loaded this long ago."""
    minimum_complete_share: Annotated[float, Field(gt=0, le=1)] = 0.999
    """Of the markets that were due, in one batch."""
    maximum_error_share: Annotated[float, Field(ge=0, le=1)] = 0.005
    """Failed requests, of all of a batch."""
    maximum_price_deviation: Annotated[float, Field(gt=0)] = 0.5
    """How far a market side's weighted price may lie from the usual one of the last day, as a share."""
