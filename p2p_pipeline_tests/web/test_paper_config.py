"""The page on which a session is configured says what `p2p paper config` says, and refuses what YAML refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from p2p_pipeline.cli import app as commands
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.configuration.parameters import parameters
from p2p_pipeline.paper.configuration.presets import presets
from p2p_pipeline.paper.configuration.yaml_text import commented_yaml
from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.paper.settings import PaperSettings, paper_settings_of, parse_paper_settings
from p2p_pipeline.web.pages.paper_form import GROUPS, form_of, form_values
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.web.paper_board import SESSION, StillDesk, left_board, session_board
from p2p_pipeline_tests.web.serving import NOON, Page, client_of, edges_over


class Desk(StillDesk):
    """Starts nothing: remembers, or refuses."""

    started: list[tuple[PaperSettings, str | None, float | None]]
    refuses = ""

    def start(self, settings: PaperSettings, source: str | None, seconds: float | None) -> SessionStatus:
        if self.refuses:
            raise ClearError(self.refuses)
        self.started.append((settings, source, seconds))
        return self.sessions()[0]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    left_board(tmp_path, session_board(NOON, state="STOPPED"))
    found = Desk(edges_over(tmp_path).paths)
    found.started = []
    return found


@pytest.fixture
def asking(tmp_path: Path, desk: Desk) -> Iterator[TestClient]:
    edges = edges_over(tmp_path, NOON + timedelta(seconds=1))
    edges.paper = desk
    with client_of(edges) as found:
        yield found


def fields_of(page: Page) -> dict[str, str]:
    """What stands in each field of a form, as a browser would send it."""
    found = {
        one.attributes["name"]: one.attributes.get("value", "") for one in page.all("input") if "name" in one.attributes
    }
    name = ""
    for one in page.elements:
        if one.tag == "select":
            name = one.attributes["name"]
        elif one.tag == "option" and "selected" in one.attributes:
            found[name] = one.attributes["value"]
    return found


def test_every_parameter_stands_once_with_unit_default_what_is_allowed_and_what_it_means(asking: TestClient) -> None:
    page = Page(asking.get("/paper/new").text)
    fields = fields_of(page)
    assert fields.items() >= {path: one.default for path, one in parameters().items() if one.default != "null"}.items()
    told = commented_yaml(PaperSettings())
    for path, one in parameters().items():
        about = page.first("div", id=f"about-{path}").text
        assert one.meaning in about
        assert one.meaning in told
        assert all((one.title, one.meaning, one.unit or one.kind in ("choice", "flag", "names")))
        if one.kind == "number":
            assert one.allowed in about
            assert f"# Allowed: {one.allowed}. Default: {one.default}." in told
        assert sum(path.split(".")[0] in parts for parts in GROUPS.values()) == 1


def test_the_sentence_says_what_the_configuration_does(asking: TestClient) -> None:
    says = Page(asking.get("/paper/new").text).first("section", id="says").text.replace("\u00a0", " ")
    assert "Long when price ≥ +0.50 % and OI value ≥ +0.50 % since the 5-minute candle closed." in says
    assert "Short when price ≤ −0.50 % and OI value ≤ −0.50 %" in says
    assert "A limit order of 100 USDT, 0.1 % below mark to buy and above it to sell; it expires after 30 s." in says
    assert "Closed at +0.6 % or −0.4 % from its entry; after fees about +0.56 % or −0.44 %." in says
    assert "At most 10 at once, of the 200 of most turnover; it begins with 10,000 USDT." in says
    one_way = Page(asking.get("/paper/new?short=off&long.price_move_pct=-1.25&universe.symbols=BTCUSDT").text)
    says = one_way.first("section", id="says").text.replace("\u00a0", " ")
    assert "Long when price ≤ −1.25 %" in says
    assert "Short" not in says
    assert "1 symbol that is named" in says
    assert "nothing will be traded" in asking.get("/paper/new?short=off&long=off").text


def test_a_mistake_stands_at_its_field_with_what_is_allowed_and_nothing_is_started(
    asking: TestClient, desk: Desk
) -> None:
    sent = {"entry.notional": "-5", "long.price_move_pct": "0", "timeframe_minutes": "7", "entry.offset_pct": "<b>"}
    for found in (asking.get("/paper/new", params=sent), asking.post("/paper/new", data=sent)):
        assert found.status_code == 400
        page = Page(found.text)
        assert "was '-5'; write a number, above 0" in page.first("div", id="about-entry.notional").text
        assert "was '0'; write a number, above or below 0" in page.first("div", id="about-long.price_move_pct").text
        assert "Long: price move: was '0'" in page.first("div", class_="mistake").text
        assert "was '7'; write one of 1, 3, 5" in page.first("div", id="about-timeframe_minutes").text
        assert {one.attributes["id"] for one in page.elements if one.attributes.get("aria-invalid") == "true"} == {
            f"field-{path}" for path in sent
        }
        assert fields_of(page)["entry.offset_pct"] == "<b>", "what was typed stays"
        assert "4 values can't be used" in page.text
    assert desk.started == []


def test_start_starts_what_the_form_says_and_shows_how_it_runs(asking: TestClient, desk: Desk) -> None:
    fields = fields_of(Page(asking.get("/paper/new?preset=demo").text))
    found = asking.post("/paper/new", data={**fields, "entry.notional": "250.5", "for": "10m", "long": "off"})
    assert (found.status_code, found.headers["location"]) == (303, f"/paper/{SESSION}/runtime")
    demo = presets()["demo"].settings
    wanted = demo.model_copy(
        update={"long": None, "entry": demo.entry.model_copy(update={"notional": Decimal("250.5")})}
    )
    assert desk.started == [(wanted, None, 600.0)]


@pytest.mark.parametrize(
    ("sent", "words"),
    [({"for": "soon"}, "write it above 0, as 60s, 10m or 2h"), ({"for": "9000d"}, "at most 366d by itself")],
)
def test_a_time_that_is_none_is_told(asking: TestClient, desk: Desk, sent: dict[str, str], words: str) -> None:
    found = asking.post("/paper/new", data=sent)
    assert (found.status_code, words in found.text, desk.started) == (400, True, [])


def test_a_session_that_could_not_start_says_why_and_the_form_keeps_what_was_typed(
    asking: TestClient, desk: Desk
) -> None:
    desk.refuses = "nothing listens there"
    found = asking.post("/paper/new", data={"rearm_seconds": "7"})
    page = Page(found.text)
    assert (found.status_code, "nothing listens there" in page.text) == (400, True)
    assert fields_of(page)["rearm_seconds"] == "7"


def test_another_sites_page_starts_nothing_by_the_form(asking: TestClient, desk: Desk) -> None:
    assert asking.post("/paper/new", data={}, headers={"Origin": "http://evil.example"}).status_code == 403
    assert desk.started == []


def test_yaml_is_imported_into_the_form_and_exported_from_it(asking: TestClient) -> None:
    text = "entry: {notional: 321}\nlong: null\nuniverse: {symbols: [ETHUSDT, '1000PEPEUSDT']}\n"
    found = asking.post("/paper/new/import", data={"config_yaml": text})
    assert found.status_code == 303
    page = Page(asking.get(found.headers["location"]).text)
    assert fields_of(page)["universe.symbols"] == "ETHUSDT, 1000PEPEUSDT"
    exported = asking.get("/paper/new/config.yaml", params=fields_of(page))
    assert exported.headers["content-disposition"] == 'attachment; filename="paper.yaml"'
    assert parse_paper_settings(exported.content, "x") == parse_paper_settings(text, "x")
    wrong = asking.post("/paper/new/import", data={"config_yaml": "\nentry: {notional: 0}"})
    told = Page(wrong.text)
    assert (wrong.status_code, "YAML line 2: entry.notional: was 0" in told.text) == (400, True)
    assert "notional: 0" in told.first("textarea").text


def test_a_sessions_frozen_configuration_shows_what_differs_and_can_be_begun_anew(
    asking: TestClient, tmp_path: Path
) -> None:
    own = paper_settings_of({"entry": {"notional": 77}, "short": None})
    left_board(tmp_path, session_board(NOON)).config.write_text(commented_yaml(own))
    page = Page(asking.get(f"/paper/{SESSION}/config").text)
    changed = [one.text for one in page.all("tr", class_="is-changed")]
    assert [text for text in changed if "entry.notional" in text]
    assert len(changed) == 3, "the size, and both parameters of the direction that is off"
    other = "20241025T130000.000Z-0a1b2c3d"
    left_board(tmp_path, session_board(NOON, session=other)).config.write_text("entry: {notional: 77, offset_pct: 2}")
    compared = Page(asking.get(f"/paper/{SESSION}/config?with={other}").text)
    differing = [one.text for one in compared.all("tr", class_="is-changed")]
    assert [name for name in parameters() if any(name in text for text in differing)] == [
        "short.price_move_pct", "short.oiv_move_pct", "entry.offset_pct",
    ]  # fmt: skip
    clone = fields_of(Page(asking.get(f"/paper/new?clone={SESSION}").text))
    assert (clone["entry.notional"], clone["short"]) == ("77", "off")
    assert parse_paper_settings(asking.get(f"/paper/{SESSION}/config.yaml").content, "x") == own
    assert asking.get("/paper/new?clone=nonsense").status_code == 404


def test_the_page_is_in_russian_too(asking: TestClient) -> None:
    page = Page(asking.get("/paper/new?entry.notional=-5", headers={"Accept-Language": "ru"}).text)
    assert "было '-5'; напишите" in page.text
    assert "движение цены" in page.text


def test_the_command_prints_every_default_as_yaml_that_can_be_used() -> None:
    printed = CliRunner().invoke(commands, ["paper", "config"])
    assert parse_paper_settings(printed.stdout, "x") == PaperSettings()
    assert yaml.safe_load(printed.stdout).keys() == PaperSettings.model_fields.keys()
    of_preset = CliRunner().invoke(commands, ["paper", "config", "--preset", "demo"])
    assert parse_paper_settings(of_preset.stdout, "x") == presets()["demo"].settings


_NUMBERS = st.decimals("0.001", "99", places=3)
_SYMBOLS = st.lists(
    st.text(st.characters(categories=["Lu", "Nd"]), min_size=1, max_size=8), min_size=1, max_size=3, unique=True
)
_CONFIGS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "timeframe_minutes": st.sampled_from([1, 15, 240]),
        "long": st.none() | st.fixed_dictionaries({"price_move_pct": _NUMBERS.map(lambda one: -one)}),
        "short": st.none() | st.fixed_dictionaries({"oiv_move_pct": _NUMBERS}),
        "entry": st.fixed_dictionaries({"notional": _NUMBERS, "post_only": st.booleans()}),
        "fee_of": st.fixed_dictionaries({"entry": st.sampled_from(["maker", "taker"])}),
        "universe": st.fixed_dictionaries({"symbols": st.none() | _SYMBOLS, "max_symbols": st.integers(1, 999)}),
        "rearm_seconds": _NUMBERS,
    },
)


@settings(max_examples=this_many(60, 3_000), deadline=None)
@given(_CONFIGS)
def test_a_configuration_written_as_yaml_or_as_an_address_is_read_back_the_same(config: dict[str, Any]) -> None:
    own = paper_settings_of(config)
    assert parse_paper_settings(commented_yaml(own), "x") == own
    address = dict(one.split("=", 1) for one in urlencode(form_values(own)).split("&") if one)
    assert form_of({name: form_values(own)[name] for name in address}, PaperSettings()).settings == own
