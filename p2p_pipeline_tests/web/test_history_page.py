"""The page *History* and its API: gaps are gaps, what was unusual is told, and page, files, SQL and API agree."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from fastapi.testclient import TestClient
from pyarrow import parquet

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.p2p.steps.anomalies import build_anomalies
from p2p_pipeline_tests.p2p.binance_answers import ad, captures
from p2p_pipeline_tests.p2p.binance_answers import page as book
from p2p_pipeline_tests.p2p.steps.calm_series import DAYS, FIRST, KEY, calm_values, store
from p2p_pipeline_tests.web.serving import QUESTION, SETTINGS, Page, client_of, edges_over

LAST = FIRST + timedelta(days=DAYS - 1)
EVENING = datetime(LAST.year, LAST.month, LAST.day, 23, 50, tzinfo=UTC)
ASKED = {"market": KEY, "side": "BUY", "tz": "UTC"}
IMPORTED = {"market": "bybit.USDT-RUB", "side": "BUY", "measure": "ask"}


@pytest.fixture(scope="module")
def jumpy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A market seen for 36 days by the hour, with a day's gap, that jumped in its last two hours."""
    folder = tmp_path_factory.mktemp("jumpy")
    values = calm_values()
    values["BUY", "executable", 0][-2:] *= 1.08
    values["BUY", "spread", 0] = np.full(24 * DAYS, 0.004)
    for series in values.values():
        series[24 * (DAYS - 3) + 6 : 24 * (DAYS - 2) + 6] = np.nan
    values["BUY", "median", None] = values["BUY", "executable", 0] * 1.01
    lake = Lake(folder / "lake")
    store(lake, values)
    build_anomalies(lake, KEY, LAST, parse_settings(SETTINGS), EVENING)
    RawStore(folder).append(captures(EVENING - timedelta(seconds=20), book([ad(1)])))
    with client_of(edges_over(folder, EVENING)) as asking:
        yield asking


def drawing(page: Page) -> dict[str, Any]:
    return dict(orjson.loads(html.unescape(page.first("figure", id="chart").attributes["data-drawing"])))


def moments(line: dict[str, Any]) -> list[int]:
    at = [line["first"]]
    for step in line["steps"]:
        at.append(at[-1] + step)
    return [one * line["unit"] for one in at]


def test_the_chart_has_the_points_of_the_api_and_a_break_where_nobody_looked(jumpy: TestClient) -> None:
    points = jumpy.get("/api/v1/history", params=ASKED).json()["points"]
    line = drawing(Page(jumpy.get("/history", params=ASKED).text))["main"]
    there = [(at, value) for at, value in zip(moments(line), line["columns"][0], strict=True) if value is not None]
    assert there == [
        (datetime.fromisoformat(point["starts_at"]).timestamp(), pytest.approx(point["value"], rel=1e-6))
        for point in points
    ]
    assert line["columns"][0].count(None) == 1
    assert len(there) == 7 * 24 - 24


def test_depth_spread_and_the_whole_book_stand_beside_the_price(jumpy: TestClient) -> None:
    drawn = drawing(Page(jumpy.get("/history", params=ASKED).text))
    assert drawn["median"]["label"] == "median of the book"
    assert [panel["kind"] for panel in drawn["panels"]] == ["share"]
    told = jumpy.get("/api/v1/history/chart", params=ASKED).json()
    assert {point["spread"] for point in told["points"]} == {0.004}
    assert told["points"][-1]["book_median"] == pytest.approx(told["points"][-1]["value"] * 1.01)


def test_a_gap_is_listed_with_why(jumpy: TestClient) -> None:
    page = Page(jumpy.get("/history", params=ASKED).text)
    (gap,) = [one for one in page.all("li") if "nothing was collecting" in one.text]
    assert "24\u00a0h" in gap.text
    (told,) = jumpy.get("/api/v1/history/chart", params=ASKED).json()["gaps"]
    assert (told["seconds"], told["cause"], told["failed_looks"]) == (86_400, "nobody_looked", 0)


@pytest.mark.parametrize(("language", "word"), [("en", "higher than usual"), ("ru", "выше обычного")])
def test_what_was_unusual_is_marked_on_the_chart_and_explained_in_a_list_of_its_own(
    jumpy: TestClient, language: str, word: str
) -> None:
    page = Page(jumpy.get("/history", params=ASKED, headers={"Accept-Language": language}).text)
    (mark,) = [one for one in drawing(page)["marks"] if one["kind"] == "unusual"]
    assert word in mark["text"]
    assert word in page.first("li", id=mark["id"]).text
    assert page.first("ol", aria_labelledby="happened").attributes["tabindex"] == "0"


def test_now_says_that_the_market_is_unusual_right_now(jumpy: TestClient) -> None:
    told = jumpy.get("/api/v1/anomalies", params={"market": KEY, "from": str(LAST)}).json()
    assert [row["state"] for row in told["now"] if (row["side"], row["measure"]) == ("BUY", "executable")] == [
        "unusual"
    ]
    assert told["events"]
    line = Page(jumpy.get("/now", params={**QUESTION, "amount": "500"}).text).first("p", class_="notice unusual")
    assert "Unusual in the hour from 23:00:00: price of the amount" in line.text
    assert "worse for buyers" in line.text
    assert not Page(
        jumpy.get("/now", params={**QUESTION, "amount": "500", "at": f"{EVENING:%Y-%m-%dT%H:%MZ}"}).text
    ).all("p", class_="notice unusual"), "of a time that has been nothing is unusual now"


def test_days_that_nobody_judged_are_told_with_what_to_run(jumpy: TestClient) -> None:
    page = Page(jumpy.get("/history", params={**ASKED, "from": str(FIRST)}).text)
    (notice,) = page.all("p", class_="notice")
    assert f"p2p anomalies --market {KEY} --from {FIRST}" in notice.text
    refused = jumpy.get("/api/v1/anomalies", params={"market": KEY, "from": str(FIRST)})
    assert (refused.status_code, "are not judged yet" in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("asked", "points", "period"),
    [
        ({"from": f"{LAST}T20:00", "to": f"{LAST}T23:00", "period": "1h"}, 3, "1h"),
        ({"from": f"{LAST}T20:00Z", "to": f"{LAST}T23:00+00:00", "period": "1h"}, 3, "1h"),
        ({"from": str(FIRST), "to": str(LAST), "period": "6h"}, 4 * DAYS - 4, "6h"),
        ({"from": str(FIRST), "to": str(LAST), "period": "1w"}, 6, "1w"),
    ],
)
def test_a_range_may_begin_and_end_within_a_day_and_be_as_fine_or_coarse_as_asked(
    jumpy: TestClient, asked: dict[str, str], points: int, period: str
) -> None:
    told = jumpy.get("/api/v1/history", params={**ASKED, **asked}).json()
    assert (told["period"], len(told["points"])) == (period, points)


def test_the_sql_that_is_shown_gives_the_points_that_are_shown(jumpy: TestClient) -> None:
    folder = jumpy.app.state.edges.paths.lake  # type: ignore[attr-defined]
    for asked in ({}, {"period": "6h"}, {"period": "1d"}, {"period": "1w", "from": str(FIRST)}):
        question = {**ASKED, "tz": "Europe/Moscow", **asked}
        page = Page(jumpy.get("/history", params=question).text)
        statement = page.first("code", id="sql-call").text.removeprefix('p2p sql "').removesuffix('"')
        rows = query(folder, statement).to_pylist()
        points = jumpy.get("/api/v1/history", params={"period": "1h", **question}).json()["points"]
        shown = [(point["starts_at"], pytest.approx(point["value"]), point["observations"]) for point in points]
        given = [(f"{row['starts_at']:%Y-%m-%dT%H:%M:%SZ}", row["value"], row["observations"]) for row in rows]
        assert given == shown, asked


def test_the_files_have_exactly_the_rows_of_the_table(jumpy: TestClient) -> None:
    page = Page(jumpy.get("/history", params={**ASKED, "with_side": "SELL"}).text)
    links = {one.text: one.attributes["href"] for one in page.all("a") if "format=" in one.attributes.get("href", "")}
    rows = list(csv.DictReader(io.StringIO(jumpy.get(links["CSV"]).text)))
    table = parquet.read_table(io.BytesIO(jumpy.get(links["Parquet"]).content))
    assert len(rows) == table.num_rows == len(page.all("th", scope="row"))
    assert [float(row["with_value"]) for row in rows] == table["with_value"].to_pylist()
    assert rows[0]["starts_at"] == page.all("th", scope="row")[-1].text.replace(" ", "T") + "Z"


def test_a_second_series_is_compared_in_numbers_without_script(jumpy: TestClient) -> None:
    asked = {**ASKED, "with_side": "SELL"}
    told = jumpy.get("/api/v1/history/chart", params=asked).json()["comparison"]
    assert told["difference"] == pytest.approx(-0.01)
    page = Page(jumpy.get("/history", params=asked).text)
    assert "\u22121.00\u00a0%" in [one.text for one in page.all("dd")]
    assert drawing(page)["kind"] == "price"


def test_a_second_series_of_another_unit_is_drawn_as_its_change(jumpy: TestClient) -> None:
    page = Page(jumpy.get("/history", params={**ASKED, "with_measure": "offers"}).text)
    drawn = drawing(page)
    assert (drawn["kind"], drawn["main"]["columns"][0][0], drawn["other"]["columns"][0][0]) == ("change", 0, 0)
    assert "change since the start" in page.text


def test_a_second_series_that_is_not_there_costs_nothing_of_the_first(jumpy: TestClient) -> None:
    page = Page(jumpy.get("/history", params={**ASKED, "with_market": "bybit.USDT-RUB"}).text)
    assert "there is no history of bybit.USDT-RUB" in page.first("p", class_="empty").text
    assert drawing(page)["other"] is None
    assert jumpy.get("/history", params={**ASKED, "with_market": "?"}).status_code == 400


def test_imported_values_are_marked_as_such(client: TestClient, web_folder: Path) -> None:
    page = Page(client.get("/history", params=IMPORTED).text)
    assert "imported from a file" in page.text
    ((start, end),) = drawing(page)["imported"]
    assert end - start == 7 * 86_400
    points = client.get("/api/v1/history/chart", params=IMPORTED).json()["points"]
    assert all(point["is_imported"] for point in points)


def test_ranges_are_links_that_stay_the_same_for_whoever_opens_them(jumpy: TestClient) -> None:
    page = Page(jumpy.get("/history", params=ASKED).text)
    chips = {one.text.strip(): one.attributes["href"] for one in page.all("a") if "from=" in one.attributes["href"]}
    assert {"1 day", "7 days", "30 days", "1 year", "all"} <= set(chips)
    assert all("tz=UTC" in link for link in chips.values())
    whole = Page(jumpy.get(chips["all"]).text)
    assert moments(drawing(whole)["main"])[0] == datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC).timestamp()
    assert len(moments(drawing(Page(jumpy.get(chips["1 day"]).text))["main"])) == 24
    assert [one.text for one in whole.all("a", aria_current="true")] == ["all"]


def test_a_year_is_drawn_with_at_most_two_thousand_points(client: TestClient) -> None:
    found = client.get("/history", params={**IMPORTED, "from": "2023-04-01", "to": "2024-03-31"})
    assert len(moments(drawing(Page(found.text))["main"])) <= 2_000


@pytest.mark.parametrize("first", ["1971-01-01", "2025-02-05T23:00", "2025-01-31"])
@pytest.mark.parametrize("last", ["9998-12-30", "2025-02-06T00:00", ""])
def test_any_range_there_can_be_is_answered_and_leads_on_to_ranges_that_are(
    jumpy: TestClient, first: str, last: str
) -> None:
    asked = {**ASKED, "from": first, "to": last}
    found = jumpy.get("/history", params=asked)
    assert found.status_code == 200
    links = {one.attributes["href"] for one in Page(found.text).all("a") if "from=" in one.attributes["href"]}
    assert len(links) > 5
    assert {jumpy.get(link).status_code for link in links if "format=" not in link} == {200}
    assert jumpy.get("/api/v1/history/chart", params=asked).status_code == 200
