"""What a session came to, as a person reads it: fill models, a picture with its sentence, trades, costs, files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.results.parts import EquityPoint, Results
from p2p_pipeline.paper.results.reading import results_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline.web.pages.equity_picture import COLUMNS, HEIGHT, WIDTH, equity_picture
from p2p_pipeline.web.pages.paper_results_view import FIRST_TRADES, SORTS, asked_trades, trades_shown
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.recordings import RandomRecording
from p2p_pipeline_tests.web.paper_boards import SESSION, Playing, kept, running, stopped
from p2p_pipeline_tests.web.serving import Page, client_of, edges_over

ADDRESS = f"/paper/{SESSION}/results"


def said_by_a_session(seconds: int = 900) -> list[Said]:
    """A quarter of an hour in which some 60 trades are lost and won."""
    recording = RandomRecording(3, seconds=seconds)
    move = {"price_move_pct": "0.05", "oiv_move_pct": "0.05"}
    config: dict[str, Any] = {
        **recording.settings, "long": move, "short": {name: f"-{value}" for name, value in move.items()},
        "exit": {"take_profit_pct": "0.6", "stop_loss_pct": "0.4"}, "account": {"start_equity": 10000},
        "entry": {"offset_pct": "0.02", "notional": 1000, "post_only": False},
        "universe": {"min_volatility_pct": 0, "min_turnover": 0, "warm_up_seconds": 1},
    }  # fmt: skip
    arrived = in_order(from_line(orjson.dumps(line)) for line in recording.recording.lines)
    return list(session_of(new_session(SESSION, PaperSettings.model_validate(config)), arrived))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("paper_results")
    kept(found, stopped(Playing(3).board()), said_by_a_session())
    return found


@pytest.fixture(scope="module")
def asking(folder: Path) -> Iterator[TestClient]:
    with client_of(edges_over(folder)) as found:
        yield found


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    log = folder / "paper" / SESSION / "events.jsonl"
    return results_of(orjson.loads(line) for line in log.read_bytes().splitlines())


def test_nobody_can_take_it_for_money_and_it_is_judged_by_the_worst_model(asking: TestClient, results: Results) -> None:
    page = Page(asking.get(ADDRESS).text)
    lead = page.first("section", class_="card lead believed").text
    assert "nothing was bought or sold, and nobody gained or lost money" in lead
    worst = min(figures["equity"] for figures in results.fill_models.values()) - 10_000
    assert worst < 0
    assert f"would have lost: \u2212{-worst:.2f} USDT (\u2212{-worst / 100:.2f}\u00a0% of the start)" in lead
    for sentence in ("as soon as", "Fees are", "A win is a trade that realised more than 0"):
        assert sentence in lead
    models = page.first("table", class_="models").text
    for name in ("touch", "through", "queue late"):
        assert name in models
    for figures in results.fill_models.values():
        assert f"{figures['equity']:,.2f}" in models
    assert [row.attributes.get("class") for row in page.all("tr", class_="worst")] == ["worst"]


def test_costs_stand_apart_and_add_up(asking: TestClient, results: Results) -> None:
    page, money = Page(asking.get(ADDRESS).text), results.money
    told = dict(zip((one.text for one in page.all("dt")), (one.text for one in page.all("dd")), strict=True))
    for name, value in (
        ("before costs", money.realised), ("maker fees", -results.costs.maker), ("taker fees", -results.costs.taker),
        ("after costs", money.equity - money.start),
    ):  # fmt: skip
        assert told[name] == f"\u2212{-value:.2f}"
    assert results.costs.maker + results.costs.taker == money.fees


def test_the_picture_has_a_sentence_and_a_table_and_the_drawdown_is_the_deepest_fall(
    asking: TestClient, results: Results
) -> None:
    page = Page(asking.get(ADDRESS).text)
    figure = page.first("figure", class_="equity").text
    assert f"From 10,000.00 to {results.money.equity:,.2f}" in figure
    assert f"It fell by {results.drawdown.amount:,.2f} ({results.drawdown.pct:.2f}\u00a0%) at worst" in figure
    assert [one.attributes["aria-label"] for one in page.all("svg", role="img")] == [
        "Equity over time", "Drawdown over time",
    ]  # fmt: skip
    assert "As a table" in figure
    assert str(results.equity[-1].equity.normalize()).split(".")[1] in figure


def test_trades_are_sorted_by_the_address_and_the_first_are_shown(asking: TestClient, results: Results) -> None:
    page = Page(asking.get(ADDRESS, params={"sort": "net"}).text)
    assert page.first("th", data_sort="net").attributes["aria-sort"] == "ascending"
    trades = page.first("table", class_="trades").text
    assert f"{FIRST_TRADES} of {len(results.trades)}" in trades
    worst = min(results.trades, key=lambda trade: trade.net)
    first = (
        asking.get(ADDRESS, params={"sort": "net"}).text.split('id="trades"')[1].split("<tbody>")[1].split("</tr>")[0]
    )
    assert f"\u2212{-worst.net:.2f}" in first
    assert f"<td>{worst.order}</td>" in first
    whole = asking.get(ADDRESS, params={"rows": "all"}).text.split('id="trades"')[1]
    assert whole.count("<tr>") == len(results.trades) + 1
    told = Page(asking.get(ADDRESS, params={"sort": "beauty", "colour": "red"}).text).text
    for name in ("sort", "colour"):
        assert f"The address has {name}, which this page doesn't know" in told


@settings(deadline=None)
@given(column=st.sampled_from(sorted(SORTS)), is_descending=st.booleans())
def test_every_column_sorts_both_ways_and_equals_go_by_order(
    results: Results, column: str, is_descending: bool
) -> None:
    rows = trades_shown(results.trades, asked_trades({"sort": f"-{column}" if is_descending else column}))
    values = [SORTS[column](row) for row in rows]
    assert values == sorted(values, reverse=is_descending)
    assert sorted(row.order for row in rows) == sorted(row.order for row in results.trades)


def test_files_have_every_trade_and_every_step_with_every_digit(asking: TestClient, results: Results) -> None:
    rows = list(csv.DictReader(io.StringIO(asking.get(f"/paper/{SESSION}/trades.csv").text)))
    assert [Decimal(row["net"]) for row in rows] == [trade.net for trade in results.trades]
    assert all(row["closed_at"].endswith("Z") for row in rows)
    table = pq.read_table(io.BytesIO(asking.get(f"/paper/{SESSION}/trades.parquet").content))
    assert table.column("net").to_pylist() == [trade.net for trade in results.trades]
    steps = list(csv.DictReader(io.StringIO(asking.get(f"/paper/{SESSION}/equity.csv").text)))
    assert [Decimal(row["equity"]) for row in steps] == [point.equity for point in results.equity]
    assert asking.get(f"/paper/{SESSION}/trades.xlsx").status_code in (404, 422)
    links = [one.attributes["href"] for one in Page(asking.get(ADDRESS).text).all("a")]
    for link in (one for one in links if one.startswith(f"/api/v1/paper/sessions/{SESSION}")):
        assert asking.get(link).status_code == 200, link


def test_while_it_runs_the_board_s_models_stand_there_and_it_says_that_it_goes_on(tmp_path: Path) -> None:
    said = [one for one in said_by_a_session(60) if one.type not in ("snapshot", "summary")][:-2]
    folder = kept(tmp_path, Playing(3).board(), said)
    with running(folder), client_of(edges_over(tmp_path)) as client:
        text = " ".join(Page(client.get(ADDRESS).text).text.split())
    assert "This session has not stopped by its rules" in text
    assert "Even by its worst fill model the session stands at +2.84 USDT" in text
    assert "so far, open positions at mark" in text


def test_before_the_first_line_and_before_the_first_trade_it_says_so(tmp_path: Path) -> None:
    folder = kept(tmp_path, Playing(3).board())
    with running(folder), client_of(edges_over(tmp_path)) as client:
        found = client.get(ADDRESS)
        assert (found.status_code, "the log is empty" in found.text) == (200, True)
        kept(tmp_path, stopped(Playing(3).board()), said_by_a_session(15))
        text = Page(client.get(ADDRESS).text).text
    assert "Nothing has been traded, so there is nothing to judge." in text
    assert "No position has been closed yet" in text


def test_it_is_told_in_russian_too(asking: TestClient) -> None:
    text = Page(asking.get(ADDRESS, headers={"Accept-Language": "ru"}).text).text
    for words in ("Чему верить", "Всё это на бумаге", "По худшей модели исполнения", "Издержки отдельно", "Сделки"):
        assert words in text


@settings(max_examples=this_many(25, 500), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5_000), st.decimals(-50, 50, places=2)), min_size=1, max_size=60))
def test_the_line_stays_in_its_frame_and_ends_at_the_last_equity(steps: list[tuple[int, Decimal]]) -> None:
    points, at, equity = [EquityPoint(0, "start", None, Decimal(0), Decimal(100))], 0, Decimal(100)
    for wait, change in steps * 40:
        at, equity = at + wait, equity + change
        points.append(EquityPoint(at, "closed", 1, change, equity))
    picture = equity_picture(points, at + 1_000)
    assert picture is not None
    drawn = [tuple(map(float, one.split(","))) for one in picture.line.split()]
    assert len(drawn) <= 2 * (4 * COLUMNS + 8)
    assert all(0 <= across <= WIDTH and 0 <= height <= HEIGHT for across, height in drawn)
    assert [across for across, _ in drawn] == sorted(across for across, _ in drawn)
    heights = {height for _, height in drawn}
    assert (drawn[0][0], drawn[-1][0]) == (0, WIDTH)
    if equity == picture.highest:
        assert drawn[-1][1] == min(heights)
    highest = accumulate((point.equity for point in points), max)
    assert picture.deepest == max(high - point.equity for high, point in zip(highest, points, strict=True))


def test_without_a_change_there_is_no_picture() -> None:
    assert equity_picture([EquityPoint(0, "start", None, Decimal(0), Decimal(100))], 5_000) is None


def test_after_a_crash_only_the_time_since_is_judged_and_each_table_says_since_when(tmp_path: Path) -> None:
    said = [one for one in said_by_a_session(60) if one.type not in ("snapshot", "summary")][:-2]
    board = Playing(3).board()
    since = said[-1].at
    models = tuple(
        replace(one, equity=equity, since=None if one.model == "touch" else since)
        for one, equity in zip(board.models, ("9980.1", "9976", "9973.68"), strict=True)
    )
    folder = kept(tmp_path, replace(board, models=models), said)
    equity = results_of(orjson.loads(line) for line in folder.log.read_bytes().splitlines()).money.equity
    lost = Decimal("9973.68") - equity
    assert lost < 0
    with running(folder), client_of(edges_over(tmp_path)) as client:
        text = " ".join(Page(client.get(ADDRESS).text).text.split())
        assert "Even by its worst fill model" not in text
        assert "when it went on after a crash, its worst fill model came to " in text
        assert f"came to \u2212{-lost:.2f} USDT" in text
        assert "Before the crash only touch was counted" in text
        runtime = Page(client.get(f"/paper/{SESSION}/runtime").text)
        for page in (text, " ".join(runtime.first("table", id="models").text.split())):
            assert len(re.findall(r"since \d\d:\d\d:\d\d, the crash", page)) == 2
