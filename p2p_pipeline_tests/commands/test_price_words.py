"""What the commands say beside a price: how old it is, from whom, how to pay, what was proven."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.commands.depth import number_column
from p2p_pipeline.commands.options import parsed_amount, parsed_market
from p2p_pipeline.kernel.texts import count_text
from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.shared_files import CASES

Run = Callable[..., Result]
ASKED = ("--market", "binance.USDT-BOB", "--side", "BUY")
SECONDS_STALE = 180


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`p2p …` over a book of half a minute ago and one of three days ago."""
    monkeypatch.chdir(tmp_path)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    bank = [{"payType": "BANK", "identifier": "BANK", "tradeMethodName": "Bank Transfer"}]
    wise = [{"payType": "Wise", "identifier": "Wise", "tradeMethodName": "Wise"}]
    cheap, dear = ad(1, "10.50", "100", "2000", tradeMethods=bank), ad(2, "10.60", "100", "3000", tradeMethods=wise)
    cheap["advertiser"]["nickName"] = "eve\x1b[31m\u202e"
    store = RawStore(tmp_path / "data")
    now = datetime.now(UTC)
    for at in (now - timedelta(days=3), now - timedelta(seconds=20)):
        store.append(captures(at, page([cheap, dear], total=40)))
    usd = Market("binance", "USDT", "USD")
    bid = ad(3, "1.01", "10", "9000", fiatUnit="USD", tradeType="BUY")
    store.append(captures(now - timedelta(days=1, hours=1), page([bid]), side=Side.SELL, market=usd))
    (tmp_path / "settings.yaml").write_text("markets:\n  - market: binance.USDT-BOB\n  - market: binance.USDT-USD\n")
    return lambda *words: CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), *words])


def test_a_price_says_how_old_its_book_is_and_a_fresh_one_raises_no_warning(run: Run) -> None:
    for command in (("now", *ASKED, "--amount", "1000"), ("depth", *ASKED)):
        shown = run(*command)
        assert " s old" in shown.stdout
        assert "Beware" not in shown.output
        told = orjson.loads(run(*command, "--json").stdout)
        assert told["is_stale"] is False
        assert 0 < told["age_seconds"] < SECONDS_STALE
        assert told["snapshot_at"] < told["asked_at"]


def test_a_time_that_lies_long_after_the_nearest_book_is_told_so(run: Run) -> None:
    at = (datetime.now(UTC) - timedelta(hours=12)).isoformat()
    for command in (("now", *ASKED, "--amount", "1000", "--at", at), ("depth", *ASKED, "--at", at)):
        assert "the nearest book lies 2.5 d before the time asked about" in run(*command).stderr
        assert orjson.loads(run(*command, "--json").stdout)["is_stale"] is True


def test_a_combo_says_the_age_of_each_book_and_from_whom_each_leg_is(run: Run) -> None:
    words = ("combo", "--from", "BOB", "--to", "USD", "--amount", "1000")
    shown = run(*words).stdout
    assert "the newest book of binance.USDT-USD SELL is 25 h old" in shown
    assert "merchant-3 (merchant, 100 orders in 30 days, 97.0% completed); 10 to" in shown
    (route,) = orjson.loads(run(*words, "--json").stdout)["routes"]
    assert route["is_stale"] == {"buy": False, "sell": True}
    assert route["legs"]["sell"]["best_split"]["legs"][0]["advertiser_name"] == "merchant-3"


@given(seconds=st.floats(-1e9, 1e9), of_past=st.booleans())
def test_only_an_age_between_now_and_the_limit_is_fresh(seconds: float, of_past: bool) -> None:
    asked = datetime(2026, 1, 1, tzinfo=UTC)
    age = BookAge.at(asked - timedelta(seconds=seconds), asked, SECONDS_STALE, is_of_past=of_past)
    assert age.is_stale == (age.seconds > SECONDS_STALE or age.seconds < -30)
    assert (age.warning is not None) == age.is_stale


def test_each_leg_says_from_whom_it_is_and_no_name_reaches_the_terminal_as_more_than_text(run: Run) -> None:
    shown = run("now", *ASKED, "--amount", "2500").stdout
    assert r"eve\x1b[31m\u202e" in shown
    assert "\x1b" not in shown
    assert "100 to 2,000 BOB; bank_transfer" in shown
    assert "best single offer: 10.6 BOB, for 235.84 USDT" in shown
    assert "proven: no split over 3 offers or fewer is better" in shown
    told = orjson.loads(run("now", *ASKED, "--amount", "2500", "--json").stdout)
    leg = told["best_split"]["legs"][0]
    assert {"offer_id", "fiat", "asset", "price"} < set(leg)
    assert (leg["advertiser_id"], leg["orders_30d"], leg["completion_rate"]) == ("user-1", 100, 0.97)
    assert leg["payment_methods"] == ["bank_transfer"]
    assert told["is_proven"] is True


def test_pay_chooses_offers_by_how_they_are_paid_in_any_spelling(run: Run) -> None:
    for spelled in ("wise", "Wise", "WISE, wise"):
        told = orjson.loads(run("now", *ASKED, "--amount", "1000", "--pay", spelled, "--json").stdout)
        assert [leg["price"] for leg in told["best_split"]["legs"]] == [10.6]
        assert (told["profile"], told["payment_methods"]) == ("wide", ["wise"])
    both = orjson.loads(run("now", *ASKED, "--amount", "1000", "--pay", "wise,bank transfer", "--json").stdout)
    assert both["best_split"]["price"] == 10.5
    wrong = run("now", *ASKED, "--amount", "1000", "--pay", "wisee")
    assert wrong.exit_code == 2
    assert "did you mean wise?" in wrong.output
    assert run("now", *ASKED, "--amount", "1000", "--pay", " ").exit_code == 2, (
        "an empty variable is no wish for any bank"
    )


def test_an_unknown_market_names_the_known_ones(run: Run) -> None:
    wrong = run("now", "--market", "binance.USDT-BOX", "--side", "BUY", "--amount", "5")
    assert wrong.exit_code == 1
    assert "did you mean binance.USDT-BOB?" in wrong.stderr
    assert "known are binance.USDT-BOB, binance.USDT-USD" in wrong.stderr
    assert "collect --once" not in wrong.stderr
    assert "collect --once" in run("now", "--market", "binance.USDT-USD", "--side", "BUY", "--amount", "5").stderr


@pytest.mark.parametrize(
    ("text", "amount"),
    [("5000", "5000"), ("5,000", "5000"), ("1 250 000.5", "1250000.5"), ("50k", "50000"), ("1.5M", "1500000"),
     ("5_000", "5000"), (".25", "0.25"), ("0.1k", "100")],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    assert parsed_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["5,5", "1,00", "1,0000", "5,00,000", "k", "", "-5", "0", "0k", "1e5", "NaN", "5 k k"])
def test_an_amount_that_could_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write a number above 0"):
        parsed_amount(text)


@pytest.mark.parametrize("text", ["binance.usdt-bob", "Binance.USDT-BOB", " BINANCE.Usdt-Bob "])
def test_a_market_is_understood_in_any_case(text: str) -> None:
    assert parsed_market(text).key == "binance.USDT-BOB"


def test_depth_says_what_was_read_and_what_its_sums_are_of_with_decimal_points_in_line(run: Run) -> None:
    head, names, *rows, note = run("depth", *ASKED).stdout.splitlines()
    assert "2 offers (part of the book)" in head
    assert names.split() == ["price", "offers", "USDT", "USDT,", "sum", "BOB,", "sum"]
    assert "of this price and all better ones" in note
    assert len({len(row) for row in rows}) == 1
    assert number_column([Decimal("1000.5"), Decimal("0.25"), Decimal(7)]) == ["1,000.50", "0.25", "7.00"]


def test_an_amount_between_even_lots_is_proven_unplaceable_and_has_amounts_near_it(run: Run) -> None:
    case = CASES / "split_even_lots_time_runs_out_nearest.jsonl.gz"
    if not case.exists():
        pytest.skip(f"{case} is not here")
    assert run("import", str(case)).exit_code == 0
    at = ("--at", "2025-03-02T00:01Z", "--json")
    asked = run("now", *ASKED, "--amount", "3001.01", *at)
    told = orjson.loads(asked.stdout)
    assert (asked.exit_code, told["reason"], told["is_nearest_proven"]) == (3, "gap_between_limits", True)
    for near in (told["nearest_below"], told["nearest_above"]):
        assert abs(near - 3001.01) < 1
        assert run("now", *ASKED, "--amount", str(near), *at).exit_code == 0


EVEN_LOTS = CASES / "split_even_lots_time_runs_out_nearest.jsonl.gz"


@pytest.mark.skipif(not EVEN_LOTS.exists(), reason="the shared case of even lots is not here")
def test_a_search_cut_short_says_that_it_is_not_known_and_how_to_search_longer(run: Run) -> None:
    assert run("import", str(EVEN_LOTS)).exit_code == 0
    asked = ("now", *ASKED, "--amount", "3001.01", "--at", "2025-03-02T01:00Z")
    short, whole = run(*asked, "--search-steps", "1"), run(*asked)
    assert "can't" not in short.stdout
    assert "it is not known whether 3001.01 BOB can be placed" in short.stdout
    assert "`--search-steps N` searches longer (up to 200,000; 1,250 unless told)" in short.stdout
    assert "3001.01 BOB can't be placed" in whole.stdout
    assert "nearest amounts that can: 3000.78 BOB or 3001.64 BOB\n" in whole.stdout
    assert "searches longer" not in whole.stdout
    told = [orjson.loads(run(*asked, *more, "--json").stdout) for more in (("--search-steps", "1"), ())]
    names = ("is_proven", "is_nearest_proven", "would_more_steps_help", "reason")
    assert [tuple(entry[name] for name in names) for entry in told] == [
        (False, False, True, "undecided_in_time"),
        (True, True, False, "gap_between_limits"),
    ]
    refused = run(*asked, "--search-steps", "200001")
    assert refused.exit_code == 2
    assert "200000" in refused.stderr


def test_a_profile_that_wants_what_no_offer_can_have_is_refused_with_the_likely_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("profiles: {mine: {payment_methods: [sberbnk]}}\n")
    asked = ("--market", "binance.USDT-BOB", "--side", "buy", "--amount", "1000", "--profile", "mine")
    for command in (("now", *asked), ("score", *asked)):
        found = run(*command)
        assert (found.exit_code, "did you mean sberbank?" in found.output) == (1, True), found.output


@pytest.mark.parametrize("command", ["now", "score", "depth"])
def test_a_time_that_is_to_come_is_refused(run: Run, command: str) -> None:
    amount = () if command == "depth" else ("--amount", "1000")
    found = run(command, "--market", "binance.USDT-BOB", "--side", "buy", *amount, "--at", "2999-01-01T00:00Z")
    assert found.exit_code == 2
    assert "is to come" in found.output


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 offer"), (2, "2 offers"), (0, "0 offers"), (12_000, "12,000 offers")]
)
def test_one_is_no_plural(count: int, words: str) -> None:
    assert count_text(count, "offer") == words
