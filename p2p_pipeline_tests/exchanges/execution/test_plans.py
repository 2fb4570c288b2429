"""What was found becomes a plan of orders, is checked, and is only written down."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline.exchanges.execution.checks import Limits, Standing, failed_checks
from p2p_pipeline.exchanges.execution.dry_run import DryRun
from p2p_pipeline.exchanges.execution.orders import OrderPlan, Side
from p2p_pipeline.exchanges.execution.planning import NotPlannable, plan_of_cycle, plan_of_spatial
from p2p_pipeline.exchanges.execution.router import Outcome, Router
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.scan.results import Scan
from p2p_pipeline.exchanges.words import Instrument
from p2p_pipeline_tests.exchanges.scan.markets import asked, scanned, two_exchanges
from p2p_pipeline_tests.exchanges.scan.moments import AT
from p2p_pipeline_tests.exchanges.scan.test_cycles import triangle

MARKET = two_exchanges([["100", "5"], ["101", "10"]], [["103", "4"], ["102.7", "7"]])
LIMITS = Limits(
    is_stopped=False,
    exchanges=frozenset({"here", "there", "a"}),
    max_order_quote=Decimal(5_000),
    max_plans_per_minute=3,
    transfers=frozenset(Transfer),
)
RICH = {("here", "USDT"): Decimal("1000.94995"), ("there", "BTC"): Decimal("9.95"), ("a", "USDT"): Decimal("953.5")}
STANDING = Standing(AT, RICH)


def listed(document: dict[str, Any]) -> dict[tuple[str, str], Instrument]:
    return {(one.exchange, one.symbol): one for one in asked(document).view.instruments.values()}


def plan(found: Scan | None = None) -> OrderPlan:
    return plan_of_spatial((found or scanned(MARKET)).opportunities[0], listed(MARKET), AT)


def test_a_plan_buys_and_sells_the_same_quantity_at_the_worst_prices_that_were_counted_on() -> None:
    bought, sold = plan().orders
    assert (bought.side, bought.instrument.exchange, bought.limit_price) == (Side.BUY, "here", Decimal(101))
    assert (sold.side, sold.instrument.exchange, sold.limit_price) == (Side.SELL, "there", Decimal("102.7"))
    assert bought.quantity == sold.quantity == Decimal("9.950")
    assert (bought.given_asset, bought.given) == ("USDT", Decimal("1000.94995"))
    assert (sold.given_asset, sold.given) == ("BTC", Decimal("9.950"))
    assert plan().are_simultaneous
    assert failed_checks(plan(), LIMITS, STANDING) == ()


def test_the_same_opportunity_of_the_same_scan_has_the_same_key_and_any_other_another() -> None:
    again = plan()
    assert plan() == again
    ids = [order.client_order_id for order in again.orders]
    assert len(set(ids)) == 2
    assert all(one.startswith(again.key) and one.isalnum() and len(one) <= 32 for one in ids)
    found = scanned({**MARKET, "notionals": ["1000", "500"]})
    first, second = (plan_of_spatial(one, listed(MARKET), AT) for one in found.opportunities)
    later = plan_of_spatial(found.opportunities[0], listed(MARKET), AT + timedelta(seconds=5))
    assert len({first.key, second.key, later.key}) == 3


def test_a_cycle_is_planned_leg_by_leg_and_needs_only_what_its_first_leg_gives() -> None:
    (cycle,) = scanned(triangle()).cycles
    instruments = listed(triangle())
    made = plan_of_cycle(cycle, instruments, dict.fromkeys(instruments, Decimal(0)), AT)
    assert [(order.side, order.instrument.symbol, order.limit_price) for order in made.orders] == [
        (Side.BUY, "BTC/USDT", Decimal(101)),
        (Side.BUY, "ETH/BTC", Decimal("0.1")),
        (Side.SELL, "ETH/USDT", Decimal("10.9")),
    ]
    assert not made.are_simultaneous
    assert failed_checks(replace(made, orders=made.orders[:1]), LIMITS, STANDING) == ()
    assert "a has 953 USDT free; 953.5 are needed" in failed_checks(
        made, LIMITS, replace(STANDING, balances={("a", "USDT"): Decimal(953)})
    )


def test_an_instrument_that_is_not_listed_any_more_makes_no_plan() -> None:
    with pytest.raises(NotPlannable, match="there does not list BTC/USDT any more"):
        plan_of_spatial(
            scanned(MARKET).opportunities[0], {k: v for k, v in listed(MARKET).items() if k[0] == "here"}, AT
        )


@pytest.mark.parametrize(
    ("limits", "standing", "sentence"),
    [
        ({"is_stopped": True}, {}, "everything is stopped"),
        ({}, {"now": AT + timedelta(seconds=2)}, "the plan ended at 2026-11-30T06:00:02+00:00"),
        ({}, {"now": AT - timedelta(seconds=1)}, "the plan is of 2026-11-30T06:00:00+00:00, which is still to come"),
        ({"max_book_age_ms": -1}, {}, "a book was 0 ms old; at most -1 are allowed"),
        ({"min_net_edge_pct": Decimal(3)}, {}, "the net edge of 2.107196768430 % is not between 3 and 10"),
        ({"too_good_pct": Decimal(2)}, {}, "the net edge of 2.107196768430 % is not between 0.1 and 2"),
        ({"transfers": frozenset()}, {}, "transfer_unknown is not allowed"),
        ({"max_plans_per_minute": 1}, {"plans_in_the_last_minute": 1}, "1 plans in the last minute; 1 are allowed"),
        ({"exchanges": frozenset({"here"})}, {}, "there is not allowed"),
        ({}, {"down": frozenset({"there"})}, "there is not live"),
        ({"max_order_quote": Decimal(1_000)}, {}, "BTC/USDT at there: 1023.0650 USDT; at most 1000 are allowed"),
        ({}, {"balances": {}}, "here has 0 USDT free; 1000.949950 are needed"),
    ],
)
def test_each_check_that_fails_is_one_sentence(limits: dict[str, Any], standing: dict[str, Any], sentence: str) -> None:
    assert sentence in failed_checks(plan(), replace(LIMITS, **limits), replace(STANDING, **standing))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"quantity_step": Decimal("0.4")}, "BTC/USDT at here: 9.950 is no multiple of its step 0.4"),
        ({"price_step": Decimal(2)}, "BTC/USDT at here: 101 is no price of its step 2"),
        ({"min_notional": Decimal(1_000)}, "BTC/USDT at here: 999.950 USDT is less than it takes"),
    ],
)
def test_what_the_exchange_would_refuse_is_not_planned_past_the_checks(changed: dict[str, Any], sentence: str) -> None:
    made = plan()
    first = replace(made.orders[0], instrument=replace(made.orders[0].instrument, **changed))
    assert sentence in failed_checks(replace(made, orders=(first, made.orders[1])), LIMITS, STANDING)


def test_nothing_is_allowed_by_default() -> None:
    assert "everything is stopped" in failed_checks(plan(), Limits(), STANDING)
    assert "here is not allowed" in failed_checks(plan(), Limits(is_stopped=False), STANDING)


def test_the_dry_run_writes_down_each_order_once_and_sends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    router: Router = DryRun(LIMITS)
    assert router.submit(plan(), STANDING).outcome is Outcome.LOGGED
    assert [message.split(": ", 1)[1].split(",")[0] for message in caplog.messages] == [
        "would buy 9.950 BTC/USDT at here for at most 101",
        "would sell 9.950 BTC/USDT at there for at least 102.7",
    ]
    caplog.clear()
    assert router.submit(plan(), STANDING).outcome is Outcome.ALREADY
    assert not caplog.messages
    refused = DryRun(Limits()).submit(plan(), STANDING)
    assert refused.outcome is Outcome.REFUSED
    assert "everything is stopped" in refused.reasons
