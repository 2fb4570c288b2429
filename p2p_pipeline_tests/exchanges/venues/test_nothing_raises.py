"""Whatever comes from an exchange: a decoder and a list reader give events and rows, or the reason; never an exception.

The long form spoils 20,000 frames an exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges import venues
from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.connector import NAMES, lists_of, wire_of
from p2p_pipeline.exchanges.venues.reading import PRICE_DIGITS, significant_digits
from p2p_pipeline.exchanges.words import Currencies, Listed
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.exchanges.venues.recorded import FOLDER, answers, needs_recordings, recording, samples
from p2p_pipeline_tests.exchanges.venues.spoiling import spoiled

THERE = [name for name in NAMES if (Path(venues.__file__).parent / name / "lists.py").exists()]
SPOILED = this_many(300, 20_000)
FROM_A_RECORDING = 80
LONGEST_REASON = 300


def must_be_events(events: Sequence[Event]) -> None:
    """Nothing in them can break a book, a table or a terminal's encoding."""
    for event in events:
        assert isinstance(event, Event)
        texts = (event.symbol, event.channel, event.request_id, event.detail)
        for text in texts:
            text.encode()
        if event.kind is Kind.UNREADABLE:
            assert event.detail, "a frame that can't be read says why"
            assert len(event.detail) <= LONGEST_REASON
        for number in (event.first, event.last, event.previous, event.checksum, event.connection_sequence):
            assert number is None or type(number) is int
        assert event.exchange_time_us is None or 0 <= event.exchange_time_us < 2**63
        for price, quantity in [*event.bids, *event.asks]:
            price.encode(), quantity.encode()
            assert Decimal(price) > 0
            assert float(price) < float("inf")
            assert significant_digits(price) <= PRICE_DIGITS
            assert Decimal(quantity) >= 0
            assert float(quantity) < float("inf")


def must_be_rows(listed: Listed, currencies: Currencies, time: int | None) -> None:
    for instrument in listed.instruments:
        for text in (instrument.symbol, instrument.base, instrument.quote):
            assert text
            text.encode()
        assert instrument.price_step > 0
        assert instrument.quantity_step > 0
        assert instrument.min_notional.is_finite()
        assert instrument.min_quantity.is_finite()
        assert instrument.taker_fee is None or instrument.taker_fee.is_finite()
    for chain in currencies.chains:
        for text in (chain.asset, chain.chain, chain.contract or ""):
            text.encode()
        assert chain.withdrawal_fee is None or chain.withdrawal_fee >= 0
    for row in (*listed.left_out, *currencies.left_out):
        row.name.encode()
        assert row.reason
        assert len(row.reason) <= LONGEST_REASON
    assert time is None or 0 <= time < 2**63


def read_lists(exchange: str, body: bytes) -> None:
    """The same body as the answer to everything that the exchange is asked."""
    lists = lists_of(exchange)
    book, bulk = lists.book_request("BTC-USDT"), lists.bulk_request()
    for request in filter(None, (book, bulk, *lists.instrument_requests())):
        must_be_events(lists.decode_answer(request.url, body))
    for url in ("", "?", "//[", f"{book.path}?%ff=\ud800"):
        must_be_events(lists.decode_answer(url, body))
    everything = {request.url: body for request in (*lists.instrument_requests(), *lists.currency_requests())}
    must_be_rows(lists.instruments(everything), lists.currencies(everything), lists.time_ms(body))
    assert isinstance(lists.connect_path(body), str)


@pytest.mark.parametrize("exchange", THERE)
@settings(max_examples=25, deadline=None)
@given(frame=st.binary(max_size=200) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_events_or_a_reason(exchange: str, frame: bytes) -> None:
    for is_binary in (False, True):
        must_be_events(wire_of(exchange).decode(frame, is_binary=is_binary))
    read_lists(exchange, frame)


@pytest.mark.parametrize("exchange", THERE)
def test_an_exchange_that_answers_nothing_lists_nothing_and_says_so(exchange: str) -> None:
    listed, currencies = lists_of(exchange).instruments({}), lists_of(exchange).currencies({})
    assert (listed.instruments, currencies.chains) == ((), ())
    assert listed.left_out


@needs_recordings
@pytest.mark.parametrize("exchange", THERE)
def test_a_spoiled_frame_is_events_or_a_reason(exchange: str) -> None:
    frames = [sample for sample in samples(exchange) if sample.direction == "in"]
    for file in sorted(FOLDER.glob(f"{exchange}_*.jsonl.gz")):
        frames += [one for one in recording(file.name.removesuffix(".jsonl.gz"), FROM_A_RECORDING) if one.kind == "ws"]
    chance, wire, unreadable = Random(exchange), wire_of(exchange), 0
    for _ in range(SPOILED):
        sample = chance.choice(frames)
        events = wire.decode(spoiled(sample.body, chance), is_binary=sample.is_binary)
        must_be_events(events)
        unreadable += any(event.kind is Kind.UNREADABLE for event in events)
    assert unreadable > SPOILED // 10, "what is spoiled must show"


@needs_recordings
@pytest.mark.parametrize("exchange", THERE)
def test_a_spoiled_answer_is_rows_or_a_reason(exchange: str) -> None:
    chance, bodies = Random(exchange), [answer.body for answer in answers(exchange).values()]
    for _ in range(SPOILED // 5):
        read_lists(exchange, spoiled(chance.choice(bodies), chance))
