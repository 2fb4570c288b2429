"""Each pair, symbol and notional ends as an opportunity or with the first reason that applies."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from p2p_pipeline.exchanges.books.view import MarketView
from p2p_pipeline.exchanges.scan import matrix
from p2p_pipeline.exchanges.scan.pairs import PairFacts, Pairs
from p2p_pipeline.exchanges.scan.reasons import Reason, Transfer
from p2p_pipeline.exchanges.scan.results import Scan
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.scanning import Scanner, scan
from p2p_pipeline_tests.exchanges.scan.large_market import CONFIRMED, RULES, large_market
from p2p_pipeline_tests.exchanges.scan.markets import asked, scanned, two_exchanges
from p2p_pipeline_tests.exchanges.scan.moments import AT

ASKS, BIDS = [["100", "5"], ["101", "10"]], [["103", "4"], ["102.7", "7"]]


def test_the_calculation_of_an_opportunity_is_told_step_by_step() -> None:
    document = two_exchanges(
        ASKS,
        BIDS,
        other={"quantity_step": "0.0015"},
        slippage_pct="0.05",
        withdrawal_fee_base={"here": {"BTC": "0.001"}},
    )
    (found,) = scanned(document).opportunities
    assert (found.buy, found.sell, found.symbol) == ("here", "there", "BTC/USDT")
    # 5 for 500, then 4.950495… at 101; in steps of 0.003.
    assert found.quantity == Decimal("9.948")
    assert found.cost == 5 * 100 + Decimal("4.948") * 101 == Decimal("999.748")
    assert found.proceeds == 4 * 103 + Decimal("5.948") * Decimal("102.7")
    assert found.paid == Decimal("999.748") * Decimal("1.001")
    assert found.got == found.proceeds * Decimal("0.999")
    assert found.slippage == found.paid * Decimal("0.0005")
    assert found.withdrawal == (found.sell_vwap / 1000).quantize(Decimal("1E-12"))
    assert found.net_profit_quote == Decimal("20.485797898738")
    assert found.net_edge_pct == Decimal("2.047049112994")
    assert [str(row.taken) for row in found.bought.eaten] == ["5", "4.9480"]
    assert [str(row.price) for row in found.sold.eaten] == ["103", "102.7"]
    assert not found.is_partial


def test_a_book_that_ends_before_the_notional_makes_a_partial_opportunity() -> None:
    for asks, bids in ((ASKS, [["103", "4"]]), ([["100", "5"]], BIDS)):
        (found,) = scanned(two_exchanges(asks, bids)).opportunities
        assert found.is_partial
        assert found.quantity == min(sum(Decimal(level[1]) for level in levels) for levels in (asks, bids))
    (whole,) = scanned(two_exchanges([["100", "10"]], [["103", "10"]])).opportunities
    assert whole.cost == 1000
    assert not whole.is_partial


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"one": {"quantity_step": "11"}}, "below_step"),
        ({"one": {"quantity_step": "7"}, "other": {"quantity_step": "5"}}, "below_step"),
        ({"bids": []}, "below_step"),
        ({"one": {"min_notional": "999.96"}}, "below_min_notional"),
        ({"other": {"min_notional": "1030"}}, "below_min_notional"),
        # Rounded down to the step it is 900, and no more 999.
        ({"one": {"min_notional": "901", "quantity_step": "9"}, "asks": [["100", "99"]]}, "below_min_notional"),
        ({"bids": [["100.2", "50"]]}, "below_min_edge"),
        ({"bids": [["120", "50"]]}, "too_good"),
        ({"bids": [["1000000000", "50"]]}, "book_crossed"),
    ],
)
def test_a_pair_that_is_none_has_the_first_reason_that_applies(changed: dict[str, Any], reason: str) -> None:
    found = scanned(two_exchanges(**{"asks": ASKS, "bids": BIDS, **changed}))
    # In the other direction a step costs more than the notional; a crossed book is that in both.
    other = Reason.BOOK_CROSSED if reason == Reason.BOOK_CROSSED else Reason.BELOW_STEP
    assert found.rejected == Counter([Reason(reason), other])
    assert not found.opportunities


def test_an_edge_that_is_just_the_least_pays_and_one_that_is_just_too_good_is_believed() -> None:
    def edge_of(bid: str, **changed: str) -> Scan:
        free = {"taker_fee": "0"}
        return scanned(two_exchanges([["100", "99"]], [[bid, "99"]], one=free, other=free, **changed))

    assert edge_of("101", min_net_edge_pct="1").opportunities[0].net_edge_pct == 1
    assert not edge_of("101", min_net_edge_pct="1.000000000000000000000000001").opportunities
    assert edge_of("110", too_good_pct="10").opportunities[0].net_edge_pct == 10
    assert edge_of("110", too_good_pct="9.9999999999999999999999999999").quarantined
    assert edge_of("100.99999999999999999", min_net_edge_pct="1").rejected[Reason.BELOW_MIN_EDGE] == 1


class _Facts:
    """Of two exchanges one does not confirm."""

    def pair(self, symbol: str, buy: str, sell: str) -> PairFacts:
        return PairFacts(
            is_confirmed="exchange1" not in (buy, sell),
            transfer=Transfer.TRANSFERABLE,
            common_chains=("ETH",),
            withdrawal_fee=Decimal("0.001"),
        )


def test_what_is_not_known_to_be_one_thing_is_never_compared_whatever_its_prices() -> None:
    found = scan(large_market(30, apart=0.02, exchanges=3), RULES, _Facts(), cycle=1, at=AT)
    assert found.rejected[Reason.IDENTITY_UNCONFIRMED] == 4 * 30 * 3
    assert found.opportunities
    assert {row.common_chains for row in found.opportunities} == {("ETH",)}
    assert all("exchange1" not in (row.buy, row.sell) for row in (*found.opportunities, *found.quarantined))


def test_units_of_another_size_are_never_compared() -> None:
    view = large_market(30, apart=0.02, exchanges=2)
    scaled = {place: replace(i, multiplier=Decimal(1000)) if place[0] else i for place, i in view.instruments.items()}
    found = scan(replace(view, instruments=scaled), RULES, CONFIRMED, cycle=1, at=AT)
    assert found.rejected == {Reason.IDENTITY_UNCONFIRMED: found.pairs}


def aged(view: MarketView, *, received_ms: float = 0, exchange_ms: float = 0) -> MarketView:
    """The first exchange's books are that old."""
    received, told = view.received_ns.copy(), view.exchange_age_ms.copy()
    received[0] = view.now_ns - int(received_ms * 1e6)
    told[0] = exchange_ms
    return replace(view, received_ns=received, exchange_age_ms=told)


def test_books_too_old_by_our_clock_or_by_the_exchanges_own_time_are_stale_and_invalid_ones_are_told_first() -> None:
    view = large_market(10, apart=0.02, exchanges=2)
    for old in ({"received_ms": 10_001}, {"exchange_ms": 10_001}):
        assert scan(aged(view, **old), RULES, CONFIRMED, cycle=1, at=AT).rejected == {Reason.BOOK_STALE: 60}
    fresh = scan(aged(view, received_ms=10_000, exchange_ms=-4_000), RULES, CONFIRMED, cycle=1, at=AT)
    assert Reason.BOOK_STALE not in fresh.rejected
    found = scan(
        replace(aged(view, received_ms=1e9), is_live=np.zeros((2, 10), dtype=np.bool_)),
        RULES,
        CONFIRMED,
        cycle=1,
        at=AT,
    )
    assert found.rejected == {Reason.BOOK_INVALID: 60}


def test_what_only_best_prices_refuse_has_the_same_reasons_as_when_every_depth_is_looked_into() -> None:
    for seed in range(6):
        view = large_market(40, apart=0.003, exchanges=5, levels=4, seed=seed)
        # Some books are thin, some empty, some gone.
        thin = np.random.default_rng(seed).random(view.is_live.shape)
        view.ask_quantities[thin < 0.2] /= 4_096
        view.bid_quantities[thin > 0.9] = view.bid_prices[thin > 0.9] = np.nan
        rules = replace(RULES, notionals=(Decimal("5.3"), Decimal(300)))
        ways, scanner = (False, True), Scanner()
        quick, whole = (scanner.scan(view, rules, CONFIRMED, cycle=1, at=AT, with_best_edges=way) for way in ways)
        assert quick.rejected == whole.rejected
        assert list(quick.opportunities) == list(whole.opportunities)
        assert {Reason.BELOW_STEP, Reason.BELOW_MIN_NOTIONAL, Reason.BELOW_MIN_EDGE} <= set(whole.rejected)
        assert whole.opportunities


@pytest.mark.parametrize("few", [0, 10_000])
def test_the_best_edge_of_two_exchanges_is_that_of_their_best_calculation(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where there are so many symbols that those which promise most are looked into first.
    monkeypatch.setattr(matrix, "_FEW_PAIRS", few)
    monkeypatch.setattr(matrix, "_LOOKED_INTO_FIRST", 5)
    for seed, apart in enumerate((0.004, 0.0001, 0.03)):
        view = large_market(70, apart=apart, exchanges=3, seed=seed, levels=5)
        # Some promise most and hold little; some books are odd.
        view.bid_quantities[:, ::3, 0] = 10.0 ** -np.round(np.log10(view.bid_prices[:, ::3, 0]))
        view.ask_quantities[1, ::7] *= 1.0000001
        found = scan(view, RULES, CONFIRMED, cycle=1, at=AT)
        everything = scan(view, replace(RULES, min_net_edge_pct=Decimal(-100)), CONFIRMED, cycle=1, at=AT)
        expected: dict[tuple[str, str], Decimal] = {}
        for row in everything.opportunities:
            expected[row.buy, row.sell] = max(row.net_edge_pct, expected.get((row.buy, row.sell), row.net_edge_pct))
        assert found.best_edges == expected
        assert len(expected) == 6


def test_more_opportunities_than_anybody_reads_are_counted_and_calculated_when_asked_for_as_they_were() -> None:
    view = large_market(60, apart=0.02, exchanges=4)
    few = Scanner().scan(view, RULES, CONFIRMED, cycle=1, at=AT)
    first, last = few.opportunities[0], few.opportunities[-1]
    assert len(few.opportunities) > 100
    alone = [place for place in view.instruments if place[1] == 0]
    small = replace(view, instruments={place: view.instruments[place] for place in alone})
    assert list(scan(small, RULES, CONFIRMED, cycle=1, at=AT).opportunities) == [
        row for row in few.opportunities[:40] if row.symbol == view.symbols[0]
    ]
    view.ask_prices[:] = view.bid_prices[:] = np.nan
    assert (few.opportunities[0], few.opportunities[-1]) == (first, last)


def test_a_file_asks_for_what_it_names_only() -> None:
    question = asked(two_exchanges(ASKS, BIDS))
    assert (question.rules.notionals, question.rules.start) == ((Decimal(1000),), {})


def test_a_scanner_that_is_kept_sees_other_instruments_rules_and_identities_at_once() -> None:
    view, scanner = large_market(20, apart=0.02, exchanges=3), Scanner()
    asked_for: list[tuple[MarketView, ScanRules, Pairs]] = [
        (view, RULES, CONFIRMED),
        (view, replace(RULES, min_net_edge_pct=Decimal(2)), CONFIRMED),
        (view, RULES, _Facts()),
        (replace(view, instruments=dict(list(view.instruments.items())[:-5])), RULES, CONFIRMED),
        (large_market(20, apart=0.02, exchanges=3, seed=9), RULES, CONFIRMED),
    ]
    found = [scanner.scan(*one, cycle=1, at=AT) for one in asked_for]
    assert [scan(*one, cycle=1, at=AT).rejected for one in asked_for] == [one.rejected for one in found]
    assert len({str(one.rejected) for one in found}) == 5


def test_books_finer_than_their_steps_are_judged_at_once_too_and_as_exactly() -> None:
    for seed in range(3):
        view = large_market(30, apart=0.004, exchanges=4, levels=4, seed=seed)
        for quantities in (view.ask_quantities, view.bid_quantities):
            quantities[:2] *= 1.0000012345
        scanner = Scanner()
        found = scanner.scan(view, RULES, CONFIRMED, cycle=1, at=AT)
        alone = [
            scanner.scan(replace(view, has_long_numbers=flags), RULES, CONFIRMED, cycle=1, at=AT)
            for flags in (np.ones(view.is_live.shape, dtype=np.bool_), np.zeros(view.is_live.shape, dtype=np.bool_))
        ]
        # Prices finer than money is counted in whole numbers.
        tiny = {place: replace(i, price_step=Decimal("1E-40")) for place, i in view.instruments.items()}
        finer = scanner.scan(replace(view, instruments=tiny), RULES, CONFIRMED, cycle=1, at=AT)
        for other in (*alone, finer):
            assert other.rejected == found.rejected
            assert [row.net_profit_quote for row in other.opportunities] == [
                row.net_profit_quote for row in found.opportunities
            ]
            assert other.best_edges == found.best_edges


def test_steps_so_fine_that_one_has_no_weight_are_judged_at_once_and_calculated_exactly() -> None:
    view = large_market(20, apart=0.01, exchanges=3, levels=3)
    for quantities in (view.ask_quantities, view.bid_quantities):
        quantities[:] = quantities * 1.00000000012345
    fine = {place: replace(i, quantity_step=i.quantity_step.scaleb(-9)) for place, i in view.instruments.items()}
    view = replace(view, instruments=fine)
    found = scan(view, RULES, CONFIRMED, cycle=1, at=AT)
    alone = scan(replace(view, has_long_numbers=np.ones((3, 20), dtype=np.bool_)), RULES, CONFIRMED, cycle=1, at=AT)
    assert (alone.rejected, alone.best_edges) == (found.rejected, found.best_edges)
    for row in (*found.opportunities[::7], *found.quarantined):
        step = fine[0, view.symbols.index(row.symbol)].quantity_step
        assert row.quantity % step == 0
        assert row.cost <= row.notional
        assert row.is_partial or row.cost + step * row.bought.eaten[-1].price > row.notional
    assert len(found.opportunities) > 50


def test_sizes_are_dollars_and_a_symbol_in_another_quote_is_looked_at_for_as_much() -> None:
    view = large_market(10, apart=0.02, exchanges=3)
    rules = replace(RULES, quote_per_usd={"BTC": Decimal("0.00001")})
    found = scan(view, rules, CONFIRMED, cycle=1, at=AT)
    sizes = {
        quote: {one.notional for one in found.opportunities if one.symbol.endswith(quote)}
        for quote in ("/USDT", "/BTC")
    }
    assert sizes == {"/USDT": {100, 1_000, 10_000}, "/BTC": {Decimal("0.001"), Decimal("0.01"), Decimal("0.1")}}
    assert len(found.opportunities) + sum(found.rejected.values()) == found.pairs
    # The same books, and the sizes given as they are.
    given = replace(RULES, notionals=tuple(sorted(sizes["/BTC"])))
    alone = scan(view, given, CONFIRMED, cycle=1, at=AT)
    assert [one for one in found.opportunities if one.symbol.endswith("/BTC")] == [
        one for one in alone.opportunities if one.symbol.endswith("/BTC")
    ]
