"""A gap says why nobody saw the market, as far as the raw store knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.gap_reasons import GapCause, gap_reasons
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.history.periods import Gap
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import BOB, ad, captures, page

NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
FAILURES = {
    1: (Outcome.RATE_LIMITED, 429, GapCause.REFUSED),
    3: (Outcome.TIMEOUT, None, GapCause.UNREACHABLE),
    5: (Outcome.SOFT_BLOCK, 200, GapCause.SOFT_BLOCK),
    7: (Outcome.SERVER_ERROR, 503, GapCause.VENUE_ERROR),
}


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book every second hour, and in between two looks that failed, or none."""
    made = tmp_path_factory.mktemp("gaps")
    store = RawStore(made)
    for hours in range(0, 11, 2):
        store.append(captures(at(hours), page([ad(1)])))
        if hours + 1 in FAILURES:
            outcome, status, _ = FAILURES[hours + 1]
            for minutes in (0, 20):
                store.append(captures(at(hours + 1 + minutes / 60), b"", outcome=outcome, status=status))
    done = CliRunner().invoke(app, ["--data-dir", str(made), "process"])
    assert done.exit_code == 0, done.output
    return made


def gap(first: float, last: float) -> Gap:
    return Gap(at(first), at(last), at(first), at(last))


def test_each_gap_has_the_venue_s_own_answer_as_its_reason(folder: Path) -> None:
    gaps = [gap(hour - 0.9, hour + 0.9) for hour in (*FAILURES, 9)]
    found = gap_reasons(Lake(folder / "lake"), RawReader(folder), MarketSide(BOB, Side.BUY), gaps)
    assert [(one.cause, one.http_status, one.failed_looks) for one in found] == [
        *((cause, status, 2) for _, status, cause in FAILURES.values()),
        (GapCause.NOBODY_LOOKED, None, 0),
    ]


def test_a_gap_whose_bytes_are_gone_still_says_that_looks_failed(folder: Path, tmp_path: Path) -> None:
    asked = [gap(0.1, 1.9), gap(4.1, 5.9)]
    found = gap_reasons(Lake(folder / "lake"), RawReader(tmp_path), MarketSide(BOB, Side.BUY), asked)
    assert [(one.cause, one.failed_looks) for one in found] == [(GapCause.FAILED, 2), (GapCause.SOFT_BLOCK, 2)]


def test_the_other_side_s_failures_are_no_reason(folder: Path) -> None:
    found = gap_reasons(Lake(folder / "lake"), RawReader(folder), MarketSide(BOB, Side.SELL), [gap(0.1, 1.9)])
    assert [one.cause for one in found] == [GapCause.NOBODY_LOOKED]
    assert gap_reasons(Lake(folder / "lake"), RawReader(folder), MarketSide(BOB, Side.BUY), []) == []
