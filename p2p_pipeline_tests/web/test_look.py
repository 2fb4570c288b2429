"""What can be known of the look without looking: contrast of all pairs in both themes, and what a first view weighs."""

from __future__ import annotations

import itertools
import re

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.web.static_files import STATIC
from p2p_pipeline_tests.web.serving import QUESTION, Page

CSS = "\n".join(file.read_text("utf-8") for file in sorted((STATIC / "css").glob("*.css")))
_TOKEN = re.compile(r"(--[a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
_HEAT = re.compile(r"\.heat \.(h-?\d) \{ background: light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
TEXTS = ("text", "muted", "accent", "better", "worse", "ok", "warn", "bad", "unknown")
GROUNDS = ("bg", "surface", "raised")
TEXT_CONTRAST, MARK_CONTRAST = 4.5, 3.0
MOST_KILOBYTES, MOST_REQUESTS = 40, 9


def tokens(theme: int, css: str = CSS) -> dict[str, str]:
    """Colours by name; the first of a name counts: the others are choices of the reader."""
    found: dict[str, str] = {}
    for name, *colours in _TOKEN.findall(css):
        found.setdefault(name.removeprefix("--"), colours[theme])
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read_on_every_ground_and_every_mark_be_seen(theme: int) -> None:
    colours = tokens(theme)
    low = {
        f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground in itertools.product(TEXTS, GROUNDS)
        if contrast(colours[text], colours[ground]) < TEXT_CONTRAST
    }
    low |= {
        f"{mark} on {ground}": round(contrast(colours[mark], colours[ground]), 2)
        for mark, ground in itertools.product(("control", "focus"), ("bg", "surface"))
        if contrast(colours[mark], colours[ground]) < MARK_CONTRAST
    }
    assert low == {}
    assert contrast(colours["on-accent"], colours["accent"]) >= TEXT_CONTRAST


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_colours_of_better_and_worse_that_a_reader_may_choose_can_be_read_too(theme: int) -> None:
    colours = tokens(theme)
    chosen = _TOKEN.findall(CSS[CSS.index('[data-updown="green-red"]') :])[:4]
    assert {name for name, *_ in chosen} == {"--better", "--worse"}
    for (_, *pair), ground in itertools.product(chosen, GROUNDS):
        assert contrast(pair[theme], colours[ground]) >= TEXT_CONTRAST


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_figure_in_every_cell_of_heat_can_be_read(theme: int) -> None:
    cells = {name: colours[theme] for name, *colours in _HEAT.findall(CSS)}
    assert len(cells) >= 6
    low = {name: contrast(tokens(theme)["text"], colour) for name, colour in cells.items()}
    assert min(low.values()) >= TEXT_CONTRAST, low


def test_every_colour_that_is_used_is_a_token_that_there_is() -> None:
    used, defined = set(re.findall(r"var\((--[a-z0-9-]+)", CSS)), set(re.findall(r"(--[a-z0-9-]+):", CSS))
    assert used <= defined, used - defined


def test_the_first_view_of_now_is_light_and_takes_few_requests(client: TestClient) -> None:
    """All that a browser fetches for it, compressed as it is sent; the journeys count it in a browser."""
    first = client.get("/now", params=QUESTION)
    page = Page(first.text)
    scripts = [one.attributes["src"] for one in page.all("script") if "src" in one.attributes]
    sheets = [one.attributes["href"] for one in page.all("link", rel="stylesheet")]
    folder = scripts[-1].rsplit("/", 1)[0]
    modules = [f"{folder}/{name}.js" for name in ("live", "line", "figures", "ask")]
    parts = [one.attributes["hx-get"] for one in page.all("div") if "hx-get" in one.attributes]
    asked = [*scripts, *sheets, *modules]
    sent = [int(client.get(address).headers["content-length"]) for address in asked]
    whole = int(first.headers["content-length"]) + sum(sent)
    assert whole / 1000 <= MOST_KILOBYTES
    # The cards of the score and of waiting come after the first view.
    assert 1 + len(asked) <= MOST_REQUESTS
    assert len(parts) == 2


def test_answers_are_compressed_where_that_helps_and_files_that_are_already_so_are_not(client: TestClient) -> None:
    series = {"market": "bybit.USDT-RUB", "side": "BUY", "measure": "ask"}
    assert client.get("/api/v1/history", params=series).headers["content-encoding"] == "gzip"
    assert client.get("/api/v1/history", params={**series, "format": "csv"}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/api/v1/history", params={**series, "format": "parquet"}).headers
    assert "content-encoding" not in client.get("/now", headers={"Accept-Encoding": "identity"}).headers


def test_an_answer_that_is_unchanged_is_304_compressed_or_not(client: TestClient) -> None:
    first = client.get("/api/v1/history", params={"market": "bybit.USDT-RUB", "side": "BUY", "measure": "ask"})
    again = client.get(first.request.url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["vary"]
