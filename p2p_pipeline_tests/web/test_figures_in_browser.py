"""The browser writes each figure as the server does, so that nothing jumps when a page goes live."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import get_currency_precision
from playwright.sync_api import sync_playwright

from p2p_pipeline.p2p.simulator.currencies import FIATS
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.static_files import STATIC
from p2p_pipeline.web.version import VERSION
from p2p_pipeline.web.words.languages import LANGUAGES, Words
from p2p_pipeline_tests.web.browsing import CHROMIUM, launched, served
from p2p_pipeline_tests.web.serving import edges_over

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: Intl can't be asked"),
]
AMOUNTS = ("0", "0.00000001", "0.0123456", "0.5", "12.5", "999.995", "1234.565", "9999.99", "10000", "2541000.5")
PLACES = (2, 3)
ASSETS = ("USDT", "BTC")
CODES = list(FIATS)
ROUND_IN_CHROMIUM = {"COP", "HUF", "IDR", "PKR"}
"""CLDR gives them two digits and Chromium's own table none, as in cash."""
SIGNED = ("0", "-0", "0.004", "-0.004", "-0.005", "0.015", "12.5", "-12.345", "10012.4", "-2541000.55", "0.00012345")
SPANS = (-5, 0, 999, 59_999, 3_599_000, 3_600_000, 86_399_999)
WRITTEN = """async ([module, amounts, places, assets, codes, signed, spans]) => {
  const { figures } = await import(`${module}/figures.js`);
  const { minus, paper, sum } = await import(`${module}/paper_figures.js`);
  const digits = (code) => new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions();
  return {
    given: codes.map((code) => amounts.map((amount) => figures.given(amount, code))),
    price: places.map((count) => amounts.map((amount) => figures.price(amount, count))),
    asset: assets.map((code) => amounts.map((amount) => figures.asset(amount, code))),
    paper: ["exact", "whole", "money", "gain", "percent", "side"].map((one) => signed.map((text) => paper[one](text))),
    sums: signed.map((text) => sum(text, "0.001", minus(text))),
    countdown: spans.map((span) => paper.countdown(span)),
    clock: spans.map((span) => paper.clock(1.7e12 + span)),
    digits: codes.map((code) => digits(code).maximumFractionDigits),
  };
}"""


def test_the_browser_writes_every_fiat_price_and_asset_as_the_server_does(web_folder: Path) -> None:
    amounts = [Decimal(amount) for amount in AMOUNTS]
    assert len(CODES) > 80
    with sync_playwright() as playwright, served(edges_over(web_folder)) as site:
        browser = launched(playwright)
        for language in LANGUAGES:
            figures = Figures(Words(language), ZoneInfo("UTC"))
            looking = browser.new_context(locale=language, timezone_id="UTC").new_page()
            looking.goto(f"{site}/quality")
            asked = [
                f"/static/{VERSION}/js",
                list(AMOUNTS),
                list(PLACES),
                list(ASSETS),
                CODES,
                list(SIGNED),
                list(SPANS),
            ]
            found = looking.evaluate(WRITTEN, asked)
            assert found["given"] == [[figures.given(amount, code) for amount in amounts] for code in CODES]
            assert found["price"] == [[figures.price(amount, places) for amount in amounts] for places in PLACES]
            assert found["asset"] == [[figures.asset(amount, code) for amount in amounts] for code in ASSETS]
            tell = PaperFigures(figures)
            written = (tell.exact, tell.whole, tell.money, tell.gain, tell.percent, tell.side)
            assert found["paper"] == [[write(text) for text in SIGNED] for write in written]
            assert found["countdown"] == [tell.countdown(span) for span in SPANS]
            assert found["clock"] == [tell.clock(1_700_000_000_000 + span) for span in SPANS]
            assert {Decimal(text) for text in found["sums"]} == {Decimal("0.001")}
        browser.close()
    digits = dict(zip(CODES, found["digits"], strict=True))
    assert {code for code in CODES if digits[code] != get_currency_precision(code)} <= ROUND_IN_CHROMIUM
    modules = "".join(file.read_text("utf-8") for file in (STATIC / "js").glob("*.js"))
    assert 'style: "currency"' not in modules, "a currency's digits are the server's: Intl has others for some"
