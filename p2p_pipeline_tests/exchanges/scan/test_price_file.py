"""`p2p arbitrage price`: what it prints is a contract, and a mistake in the file is one sentence with its place."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.exchanges.scan.price_file import read_price_file
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline_tests.exchanges.scan.markets import asked, book, instrument, market, scanned, two_exchanges
from p2p_pipeline_tests.exchanges.scan.test_cycles import triangle

ASKS, BIDS = [["100", "5"], ["101", "10"]], [["103", "4"], ["102.7", "7"]]


def printed(document: dict[str, Any], folder: Path, *options: str) -> str:
    file = folder / "books.json"
    file.write_bytes(orjson.dumps(document))
    done = CliRunner().invoke(app, ["--data-dir", str(folder / "data"), "arbitrage", "price", str(file), *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_prints_one_object_with_amounts_as_text_without_exponent(tmp_path: Path) -> None:
    document = two_exchanges(ASKS, BIDS, notionals=["1000", "0.0000001"])
    found = json.loads(printed(document, tmp_path, "--json"))
    assert found == {
        "spatial": [
            {
                "buy": "here",
                "sell": "there",
                "symbol": "BTC/USDT",
                "notional": "1000",
                "quantity": "9.950",
                "buy_vwap": "100.497487437186",
                "sell_vwap": "102.820603015075",
                "net_edge_pct": "2.107196768430",
                "net_profit_quote": "21.091985000000",
            }
        ],
        "cycles": [],
        "rejected": {"below_step": 3},
    }
    found = json.loads(printed(triangle(), tmp_path, "--json"))
    assert found["cycles"] == [
        {
            "exchange": "a",
            "legs": [
                {"symbol": "BTC/USDT", "side": "BUY", "quantity": "9.5", "price": "100.368421052632"},
                {"symbol": "ETH/BTC", "side": "BUY", "quantity": "94", "price": "0.100000000000"},
                {"symbol": "ETH/USDT", "side": "SELL", "quantity": "93.8", "price": "10.942643923241"},
            ],
            "start_asset": "USDT",
            "start_quantity": "1000",
            "end_quantity": "1026.42",
            "net_edge_pct": "7.647614053487",
        }
    ]


def test_people_read_lines(tmp_path: Path) -> None:
    lines = printed(two_exchanges(ASKS, BIDS), tmp_path).splitlines()
    assert lines[0].startswith("2.107196 %  21.091985  BTC/USDT: buy 9.950 at here for 100.497487, sell at there")
    assert lines[-1] == "1 of 2 pairs pay, 0 cycles; refused: below_step 1"
    assert "7.647614 %  a: 953.5 USDT become 1026.42 by BUY 9.5 BTC/USDT" in printed(triangle(), tmp_path)


def test_too_good_to_be_true_is_counted_among_the_refused(tmp_path: Path) -> None:
    found = json.loads(printed(two_exchanges(ASKS, [["150", "9"]]), tmp_path, "--json"))
    assert found == {"spatial": [], "cycles": [], "rejected": {"below_step": 1, "too_good": 1}}


def test_without_notionals_no_pairs_are_priced_and_cycles_are(tmp_path: Path) -> None:
    document = two_exchanges(ASKS, BIDS, notionals=[])
    assert json.loads(printed(document, tmp_path, "--json")) == {"spatial": [], "cycles": [], "rejected": {}}
    del document["notionals"]
    assert printed(document, tmp_path).splitlines() == ["0 of 0 pairs pay, 0 cycles; refused: none"]
    document = {name: value for name, value in triangle().items() if name != "notionals"}
    assert len(json.loads(printed(document, tmp_path, "--json"))["cycles"]) == 1


def test_before_any_service_has_scanned_the_command_says_so() -> None:
    done = CliRunner().invoke(app, ["arbitrage"])
    assert done.exit_code == 1
    assert "p2p stream" in done.stderr


def changed(path: str, value: object) -> bytes:
    document: Any = deepcopy(two_exchanges(ASKS, BIDS))
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = document
    for part in way:
        place = place[part]
    place[last] = value
    return orjson.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("instruments", "x", "instruments: was 'x'"),
        ("instruments/1", 3, "instruments[1]: was"),
        ("instruments/1/taker_fee", "1", "instruments[1].taker_fee: was 1; a fee is a fraction"),
        ("instruments/0/quantity_step", "0", "instruments[0].quantity_step: was 0; write a number above 0"),
        ("instruments/0/price_step", "NaN", "instruments[0].price_step: was 'NaN'"),
        ("instruments/0/min_notional", "-1", "instruments[0].min_notional: was -1"),
        ("instruments/0/base", "USDT", "instruments[0]: has 'USDT' as its base and its quote"),
        ("instruments/0/exchange", "", "instruments[0].exchange"),
        ("instruments/1/exchange", "here", "instruments[1]: 'BTC/USDT' of 'here' is there already"),
        ("books/1/symbol", "ETH/USDT", "books[1]: no instrument 'ETH/USDT' of 'there'"),
        ("books/0/asks/1", ["101"], "books[0].asks[1]: was"),
        ("books/0/asks/1", ["99", "1"], "books[0].asks[1]: price 99 comes after 100; asks ascend"),
        ("books/1/bids/1", ["104", "1"], "books[1].bids[1]: price 104 comes after 103; bids descend"),
        ("books/0/asks/0/0", "ten", "books[0].asks[0][0]: was 'ten'"),
        ("books/0/asks/0/1", "-1", "books[0].asks[0][1]: was -1"),
        ("books/0/asks", None, "books[0].asks: was missing"),
        ("notionals", ["0"], "notionals[0]: was 0"),
        ("slippage_pct", "much", "slippage_pct: was 'much'"),
        ("withdrawal_fee_base", {"here": {"BTC": "-1"}}, "withdrawal_fee_base.here.BTC: was -1"),
        ("start", {"USDT": "0"}, "start.USDT: was 0"),
        ("too_good_pct", "1E+99", "too_good_pct: was '1E+99'"),
        ("rebalance_cost", True, "rebalance_cost: was True"),
        ("longest_cycle", 5, "longest_cycle: was"),
        ("instruments/0/min_notionl", "5", "instruments[0].min_notionl: is not known; known are exchange, symbol"),
        ("books/1/ask", [], "books[1].ask: is not known; known are exchange, symbol, bids, asks"),
        ("rebalance_cost", [5], "rebalance_cost: was [5]"),
        ("start", 5, "start: was 5; an object"),
        ("notionls", [], "notionls: is not known; known are instruments, books"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_place(path: str, value: object, place: str) -> None:
    with pytest.raises(InvalidInput) as told:
        read_price_file(changed(path, value), "books.json")
    assert str(told.value).startswith(f"books.json: {place}")
    assert "\n" not in str(told.value)


def test_a_name_that_is_there_twice_or_is_no_text_is_refused() -> None:
    usual = orjson.dumps(two_exchanges(ASKS, BIDS))
    for text, told in (
        (
            usual.replace(b'"notionals":', b'"notionals": ["1"], "notionals":'),
            "notionals: is there twice in one object",
        ),
        (usual.replace(b'"min_notional":', b'"min_notional": "1", "min_notional":', 1), "min_notional: is there twice"),
        (usual.replace(b'"here"', b'"\\ud800"'), r"instruments[0].exchange: was '\ud800'; a name has letters"),
        (usual.replace(b'"start":{}', b'"start":{"\\ud800":"1"}'), r"a name: was '\ud800'"),
    ):
        with pytest.raises(InvalidInput) as error:
            read_price_file(text, "books.json")
        assert str(error.value).startswith(f"books.json: {told}")


def test_a_withdrawal_fee_of_an_exchange_without_instruments_is_told_and_the_rest_is_priced(tmp_path: Path) -> None:
    file = tmp_path / "books.json"
    fees = {"her": {"BTC": "1"}, "here": {"BTC": "0"}}
    file.write_bytes(orjson.dumps(two_exchanges(ASKS, BIDS, withdrawal_fee_base=fees)))
    done = CliRunner().invoke(app, ["arbitrage", "price", str(file), "--json"])
    assert done.stderr == "books.json: withdrawal_fee_base.her: no instrument is of her; the fee is not used\n"
    assert len(json.loads(done.stdout)["spatial"]) == 1


def test_a_file_without_an_end_is_refused_before_memory_is_full() -> None:
    done = CliRunner().invoke(app, ["arbitrage", "price", "/dev/zero"])
    assert (done.exit_code, done.stderr) == (1, "p2p: /dev/zero: is more than 64 MiB; give it in parts\n")


@pytest.mark.parametrize("text", [b"", b"[1]", b'{"instruments": [}', b"\xff\xfe", b"[" * 200_000, b'"x"'])
def test_what_is_no_json_object_is_one_sentence(text: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"^books\.json: ") as told:
        read_price_file(text, "books.json")
    assert "\n" not in str(told.value)


def test_a_file_that_cannot_be_read_and_a_mistake_in_one_end_the_command_in_one_line(tmp_path: Path) -> None:
    for path, content in (("gone.json", None), ("bad.json", "{"), ("folder.json", "")):
        if content:
            (tmp_path / path).write_text(content)
        elif content is not None:
            (tmp_path / path).mkdir()
        done = CliRunner().invoke(app, ["arbitrage", "price", str(tmp_path / path)])
        assert done.exit_code == 1
        assert len(done.stderr.splitlines()) == 1
        assert path in done.stderr


def test_numbers_that_are_no_text_keep_their_digits() -> None:
    text = orjson.dumps(two_exchanges(ASKS, BIDS)).replace(b'"102.7"', b"102.70000000000000000001")
    levels = read_price_file(text, "books.json").view.exact(1, 0).bids
    assert str(levels[1][0]) == "102.70000000000000000001"


def test_levels_without_quantity_are_absent_and_a_last_digit_beyond_floats_decides_whether_a_book_is_crossed() -> None:
    zero = scanned(two_exchanges([["99", "0"], ["100", "50"]], BIDS))
    assert zero.opportunities[0].bought.eaten[0].price == 100
    for ask, is_crossed in (("100.00000000000000000001", False), ("100", True)):
        symbol = "A/B"
        document = market(
            [instrument("here", symbol), instrument("there", symbol)],
            [book("here", symbol, [["100", "9"]], [[ask, "9"]]), book("there", symbol, [["1", "9"]], [["200", "9"]])],
        )
        assert ("book_crossed" in scanned(document).rejected) == is_crossed


def test_an_instrument_without_a_book_is_counted_as_invalid() -> None:
    document = two_exchanges(ASKS, BIDS)
    del document["books"][1]
    assert scanned(document).rejected == {"book_invalid": 2}


def test_exchanges_may_spell_one_base_and_quote_differently() -> None:
    document = two_exchanges(ASKS, BIDS)
    document["instruments"][1]["symbol"] = document["books"][1]["symbol"] = "BTCUSDT"
    (found,) = scanned(document).opportunities
    assert (found.symbol, found.bought.symbol, found.sold.symbol) == ("BTC/USDT", "BTC/USDT", "BTCUSDT")
    assert asked(document).view.symbols == ("BTC/USDT",)
