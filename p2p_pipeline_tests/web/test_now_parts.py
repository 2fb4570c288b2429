"""The parts of *Now* one by one: the verdict, what a score was made from, the picture of depth, whose time it is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.answers.board import board_rows
from p2p_pipeline.p2p.answers.priced import priced
from p2p_pipeline.p2p.answers.standing import PriceStanding
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.combos.combo import Mid
from p2p_pipeline.p2p.metrics.deals.grading import Grade
from p2p_pipeline.p2p.metrics.pricing.depth import Level, depth_ladder
from p2p_pipeline.p2p.metrics.timing.waiting import Standing
from p2p_pipeline.web.asked import PriceAsked
from p2p_pipeline.web.board import kept_board
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.depth_picture import depth_picture
from p2p_pipeline.web.words.grades import short_figure
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.verdict import Verdict, verdict
from p2p_pipeline_tests.web.serving import NOON, QUESTION, Page, edges_over

EN, RU = Words("en"), Words("ru")
FIGURES = Figures(EN, ZoneInfo("UTC"))


def judged(folder: Path, gain: float) -> Verdict | None:
    edges = edges_over(folder)
    told = priced(edges.desk, edges.settings, PriceAsked.model_validate(QUESTION).question(NOON), edges.now())
    usual = Standing(10.5, 10.5, gain, 0.75, 20)
    return verdict(PriceStanding(Mid(None), None, usual, Decimal(2500), NOON), told, EN, FIGURES)


@pytest.mark.parametrize(
    ("gain", "kind", "text"),
    [
        (0.004, "better", "Good now: 0.40\u00a0% better than this hour usually is."),
        (-0.003, "worse", "Not good now: 0.30\u00a0% worse than this hour usually is."),
        (0.0004, "level", "As good as this hour usually is."),
    ],
)
def test_the_verdict_is_one_sentence(web_folder: Path, gain: float, kind: str, text: str) -> None:
    told = judged(web_folder, gain)
    assert told is not None
    assert (told.kind, told.text) == (kind, text)
    assert told.how_often == "better than on 75\u00a0% of the 20 days before"


def test_without_stored_prices_the_page_says_that_it_cannot_judge(client: TestClient) -> None:
    page = Page(client.get("/now", params=QUESTION).text)
    assert "can't be said yet: it takes five days of stored prices" in page.text


def test_page_and_api_hold_a_price_against_the_same_middle(client: TestClient) -> None:
    told = client.get("/api/v1/standing", params=QUESTION).json()
    assert told["cost_against_mid"] > 0
    page = client.get("/now", params=QUESTION).text
    assert f'<data value="{told["mid_price"]}">' in page
    assert f"you are {told['cost_against_mid']:.2%} worse off".replace("%", "\u00a0%") in page


@pytest.mark.parametrize("words", [EN, RU], ids=["en", "ru"])
@pytest.mark.parametrize("name", ["rank", "headroom", "presence", "completion_at_least", "lead", "breaks_per_hour"])
def test_an_input_of_a_score_is_a_figure_only_where_it_is_known(words: Words, name: str) -> None:
    figures = Figures(words, ZoneInfo("UTC"))
    known, unknown = Grade(name, 0.5, 0.5, 1.0, True), Grade(name, None, 0.5, 1.0, False)
    assert short_figure(known, figures)
    assert short_figure(unknown, figures) == ""
    assert words.say(known.words) != words.say(unknown.words)


def ladder(side: Side, prices: list[str]) -> list[Level]:
    return list(depth_ladder(side, [Decimal(price) for price in prices], [Decimal(100)] * len(prices)))


def test_bait_is_left_out_of_the_picture_and_told() -> None:
    near = [f"{83 + place / 100}" for place in range(20)]
    picture = depth_picture(Side.BUY, ladder(Side.BUY, ["79.00", *near]), Decimal(150), Decimal("83.05"), Decimal(83))
    assert picture is not None
    assert picture.better is not None
    assert (picture.better.offers, picture.better.asset, picture.better.price) == (1, Decimal(100), Decimal("79.00"))
    assert picture.first == 83
    assert picture.beyond is not None
    assert picture.most + picture.better.asset + picture.beyond.asset == 2100


@given(
    st.sampled_from(Side),
    st.lists(st.integers(7000, 9000).map(lambda cents: str(Decimal(cents) / 100)), min_size=2, max_size=30),
    st.integers(1, 5000),
)
def test_every_offer_is_in_the_picture_or_told_to_be_outside(side: Side, prices: list[str], asset: int) -> None:
    picture = depth_picture(side, ladder(side, prices), Decimal(asset), Decimal(80), None)
    if picture is None:
        return
    outside = [one for one in (picture.better, picture.beyond) if one]
    assert sum(level.offers for level in picture.levels) + sum(one.offers for one in outside) == len(prices)
    for point in picture.points.split():
        across, down = map(float, point.split(","))
        assert 0 <= across <= 600
        assert 0 <= down <= 200


def test_a_page_is_in_the_zone_of_its_address_else_the_chosen_else_the_browsers(client: TestClient) -> None:
    client.cookies.set("p2p_zone", "Asia%2FTokyo")
    assert "21:00:00" in client.get("/now", params=QUESTION).text
    client.cookies.set("p2p_preferences", "tz=Europe%2FMoscow")
    assert "15:00:00" in client.get("/now", params=QUESTION).text
    page = client.get("/now", params={**QUESTION, "tz": "Asia/Kolkata"}).text
    assert "17:30:00" in page
    assert "Times are those of Asia/Kolkata, as the address asks." in page
    assert "doesn&#39;t know" not in page
    client.cookies.set("p2p_zone", "<b>")
    client.cookies.delete("p2p_preferences")
    assert "12:00:00" in client.get("/now", params=QUESTION).text
    client.cookies.clear()


def test_ways_to_pay_stand_under_their_names(client: TestClient) -> None:
    methods = [one.text for one in Page(client.get("/now", params=QUESTION).text).all("span", class_="method")]
    assert methods
    assert not [name for name in methods if "_" in name]


def test_the_board_is_made_once_for_what_is_stored_and_its_ages_go_on(web_folder: Path) -> None:
    edges = edges_over(web_folder)
    first = kept_board(edges, NOON + timedelta(seconds=12))
    later = kept_board(edges, NOON + timedelta(seconds=19))
    assert [row.best_split for row in later] == [row.best_split for row in first]
    assert later[0].age_seconds == pytest.approx((first[0].age_seconds or 0) + 7)
    assert later == board_rows(edges.desk, edges.reader, edges.settings, NOON + timedelta(seconds=19))
    edges.now = lambda: NOON + timedelta(minutes=10)
    assert "stale" in kept_board(edges, edges.now())[0].trouble
