"""Inputs that once failed, from import to answer: what a venue leaves out or writes differently."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.actions.process import process_days
from p2p_pipeline.p2p.answers.now import Answer, AnswerDesk, answer
from p2p_pipeline.p2p.markets import WIDE, Market, MarketSide, Profile, Side
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.recordings import import_recording
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline_tests.shared_files import CASES

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")


def _imported(case: str, folder: Path) -> RawStore:
    store = RawStore(folder)
    assert import_recording(CASES / f"{case}.jsonl", store).broken == ()
    return store


def _now(store: RawStore, market: str, amount: int, profile: Profile = WIDE) -> Answer:
    view = AnswerDesk(store.reader, PaymentMap.load()).newest(MarketSide(Market.parse(market), Side.BUY))
    return answer(view, profile, Decimal(amount), 3)


def test_who_asks_for_a_bank_does_not_get_the_cheaper_ad_that_refuses_it(tmp_path: Path) -> None:
    store = _imported("remark-refused-bank", tmp_path)
    wants_sberbank = Profile("sber", payment_methods=frozenset({"sberbank"}))
    found = _now(store, "bybit.USDT-RUB", 5000, wants_sberbank).to_json()
    assert found["best_single"]["price"] == 90
    assert _now(store, "bybit.USDT-RUB", 5000).to_json()["best_single"]["price"] == 80


def test_a_book_without_scales_can_be_placed_at_the_scale_that_its_quantities_show(tmp_path: Path) -> None:
    found = _now(_imported("btc-without-asset-scale", tmp_path), "binance.BTC-GBP", 100)
    assert found.quote.is_executable
    assert {seen.offer.asset_scale for seen in found.view.offers} == {4}


def test_sellers_without_a_number_are_not_one_seller(tmp_path: Path) -> None:
    store, lake = _imported("user-number-empty", tmp_path), Lake(tmp_path / "lake")
    (day,) = store.reader.days()
    process_days(store.reader, lake, [day], Settings(), PaymentMap.load(), datetime(2024, 10, 26, 12, tzinfo=UTC))
    (depth,) = lake.read(TABLES["depth"], day, "binance.USDT-BOB").to_pylist()
    assert depth["hhi"] == pytest.approx(0.1)
    offers = lake.read(TABLES["offers"], day, "binance.USDT-BOB").to_pylist()
    assert {row["advertiser_id"] for row in offers} == {None}


@pytest.mark.parametrize(
    ("market", "field"), [("binance.USDT-BOB", "adv.tradeMethods"), ("bybit.USDT-RUB", "payments")]
)
def test_payments_of_another_type_are_told_as_missing(tmp_path: Path, market: str, field: str) -> None:
    desk = AnswerDesk(_imported("payments-of-another-type", tmp_path).reader, PaymentMap.load())
    view = desk.newest(MarketSide(Market.parse(market), Side.BUY))
    assert field in view.snapshot["missing_fields"]
