"""A command that takes long says how far it is, and roughly how long the rest takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from p2p_pipeline.commands.progress import Progress
from p2p_pipeline.p2p.answers import anomalies
from p2p_pipeline.p2p.answers.anomalies import SeriesChoice, unusual_between
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.series import NoSeries


def test_it_speaks_after_a_while_and_then_rarely_with_what_is_left() -> None:
    said: list[str] = []
    moments: Iterator[float] = iter([0.0, *(float(second) for second in range(1, 12))])
    progress = Progress("days judged", said.append, lambda: next(moments))
    for done in range(1, 12):
        progress(done, 100)
    assert said == ["2 of 100 days judged, about 1 min 38 s left", "7 of 100 days judged, about 1 min 33 s left"]


def test_what_is_done_at_once_is_not_spoken_of() -> None:
    said: list[str] = []
    progress = Progress("days judged", said.append, lambda: 1.0)
    for done in range(100):
        progress(done, 100)
    assert said == []


def test_anomalies_tell_of_every_day_they_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [date(2026, 1, 1) + timedelta(days=count) for count in range(30)]
    monkeypatch.setattr(anomalies, "judgeable_days", lambda *_: days)
    monkeypatch.setattr(anomalies, "build_anomalies", lambda *_: None)
    told: list[tuple[int, int]] = []
    market = Market("binance", "USDT", "BOB")
    with pytest.raises(NoSeries):
        unusual_between(
            tmp_path, market, SeriesChoice(), (days[0], days[-1]), Settings(), lambda *far: told.append(far)
        )
    assert told == [(done, 30) for done in range(30)]
