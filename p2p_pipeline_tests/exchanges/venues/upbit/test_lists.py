"""Upbit's answers by REST."""

from __future__ import annotations

from decimal import Decimal

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.upbit import lists
from p2p_pipeline.exchanges.words import AssetOnChain, Instrument, LeftOut
from p2p_pipeline_tests.exchanges.venues.recorded import answers, needs_recordings

STEP = Decimal("0.00000001")


@needs_recordings
def test_an_instrument_has_its_base_last_its_own_fee_and_the_price_step_that_was_answered() -> None:
    shared = answers("upbit")
    listed = lists.instruments({"/v1/market/all": shared["instruments"].body})
    won = Instrument(
        "upbit", "KRW-BTC", "BTC", "KRW", STEP, STEP, min_notional=Decimal(5000), taker_fee=Decimal("0.0005")
    )
    assert listed.instruments[0] == won
    assert [one.symbol for one in listed.instruments] == ["KRW-BTC", "KRW-ETH"]
    with_steps = lists.instruments(
        {"/v1/market/all": shared["instruments"].body, "/v1/orderbook/instruments": shared["instruments_config"].body}
    )
    assert [one.price_step for one in with_steps.instruments] == [Decimal(1000), Decimal(1000)]


def test_other_quotes_cost_more_and_a_name_without_two_parts_is_left_out() -> None:
    listed = lists.instruments({"/v1/market/all": b'[{"market":"BTC-ETH"},{"market":"KRW"}]'})
    assert [(one.base, one.quote, one.taker_fee) for one in listed.instruments] == [("ETH", "BTC", Decimal("0.0025"))]
    assert listed.left_out == (LeftOut("KRW", "KRW is not a quote and a base"),)


@needs_recordings
def test_a_book_by_rest_is_read_as_spelled() -> None:
    (book,) = lists.decode_answer("/v1/orderbook?markets=KRW-BTC", answers("upbit")["order_book"].body)
    assert (book.kind, book.symbol, book.exchange_time_us) == (Kind.SNAPSHOT, "KRW-BTC", 1751606867762000)
    assert (book.bids[0], book.asks[0]) == (("148490000", "0.04296774"), ("148520000", "0.0134662"))
    refused = lists.decode_answer("/v1/orderbook", b'{"error":{"name":"too_many_requests","message":"slow down"}}')
    assert refused == (Event(Kind.REFUSED, detail="too_many_requests: slow down"),)


def test_the_signed_list_of_wallets_tells_states_and_no_contracts() -> None:
    body = (
        b'[{"currency":"BTC","wallet_state":"working","net_type":"BTC"},'
        b'{"currency":"usdt","wallet_state":"withdraw_only","net_type":"TRX"}]'
    )
    assert lists.currencies({"/v1/status/wallet": body}).chains == (
        AssetOnChain("upbit", "BTC", "BTC", deposit_open=True, withdraw_open=True),
        AssetOnChain("upbit", "USDT", "TRX", deposit_open=False, withdraw_open=True),
    )
    assert lists.time_request() is None
