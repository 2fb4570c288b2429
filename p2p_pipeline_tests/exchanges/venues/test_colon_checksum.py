"""The checksum of Bitget and of OKX's older books."""

from __future__ import annotations

import json

import pytest

from p2p_pipeline.exchanges.venues.colon_checksum import colon_checksum
from p2p_pipeline_tests.exchanges.venues.recorded import FOLDER, needs_recordings


def test_bitgets_own_examples_give_bitgets_own_checksums() -> None:
    assert colon_checksum([("43231.1", "4"), ("43231", "6")], [("43232.8", "9"), ("43232.9", "8")]) == -1504501796
    assert colon_checksum([("3366.1", "7")], [("3366.8", "9"), ("3368", "8"), ("3372", "8")]) == 831078360


@needs_recordings
@pytest.mark.parametrize("exchange", ["okx_2022", "bitget_v1"])
def test_recorded_books_give_the_checksum_that_came_with_them(exchange: str) -> None:
    for vector in json.loads((FOLDER / "checksum_vectors.json").read_text())[exchange]:
        bids = sorted(map(tuple, vector["bids"]), key=lambda level: -float(level[0]))
        asks = sorted(map(tuple, vector["asks"]), key=lambda level: float(level[0]))
        assert colon_checksum(bids, asks) == vector["signed"], vector["source"]


def test_the_text_counts_and_not_its_value() -> None:
    assert colon_checksum([("9.0", "1")], []) != colon_checksum([("9", "1")], [])


def test_only_the_first_twenty_five_levels_count() -> None:
    bids = [(str(100 - place), "1") for place in range(30)]
    assert colon_checksum(bids, []) == colon_checksum(bids[:25], [])
    assert colon_checksum(bids, []) != colon_checksum(bids[:24], [])
