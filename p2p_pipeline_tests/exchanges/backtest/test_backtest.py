"""A day under other rules: lives of opportunities, and what acting one cycle later would have given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random

import numpy as np
import orjson
import pytest

from p2p_pipeline.exchanges.backtest.episodes import Ending, Lives
from p2p_pipeline.exchanges.backtest.interval import mean_interval
from p2p_pipeline.exchanges.backtest.running import Moment, backtest
from p2p_pipeline.exchanges.backtest.setups import Setup, Sweep
from p2p_pipeline.exchanges.backtest.summary import Summary, Survived, summarize
from p2p_pipeline.exchanges.backtest.transfer_times import CONFIRMING_SECONDS, SENDING_SECONDS, transfer_seconds
from p2p_pipeline.exchanges.identity.chains import known_chains
from p2p_pipeline.exchanges.scan.pairs import PairFacts
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.scan.result_json import plain
from p2p_pipeline.exchanges.scan.results import Spatial
from p2p_pipeline_tests.exchanges.scan.markets import Levels, asked, scanned, two_exchanges
from p2p_pipeline_tests.exchanges.scan.moments import AT

ASKS: Levels = [["100", "5"], ["101", "100"]]
FREE = {"taker_fee": "0"}


class OverSolana:
    def pair(self, symbol: str, buy: str, sell: str) -> PairFacts:
        return PairFacts(True, Transfer.TRANSFERABLE, ("SOL",), Decimal(0))


def moment(cycle: int, bids: Levels, asks: Levels = ASKS) -> Moment:
    question = asked(two_exchanges(asks, bids, one=FREE, other=FREE))
    return Moment(cycle, AT + timedelta(seconds=5 * cycle), question.view, OverSolana())


def tried(moments: Iterable[Moment], **changed: object) -> list[Summary]:
    choices: dict[str, object] = {
        "min_net_edge_pct": (Decimal(1),),
        "max_age_seconds": (10.0,),
        "notionals": (Decimal(500),),
        "fee_factors": (Decimal(1),),
        **changed,
    }
    rules = asked(two_exchanges(ASKS, [], slippage_pct="0")).rules
    return backtest(moments, rules, Sweep(**choices), 5.0)  # type: ignore[arg-type]


def day(*bids: str) -> Iterator[Moment]:
    """What is bid in each cycle for 50 of what is asked at 100."""
    yield from (moment(cycle, [[bid, "50"]]) for cycle, bid in enumerate(bids))


def test_lives_are_counted_from_the_first_scan_that_found_it_to_the_last_in_a_row() -> None:
    (found,) = tried(day("99", "103", "103", "102", "99", "102", "99", "104"))
    assert found.opportunities == 3
    assert found.lived == {1: 1, 3: 1}
    assert found.still_alive == 1
    assert found.survived == {1: Survived(1, 2, 1), 2: Survived(1, 2, 1), 6: Survived(0, 2, 1)}
    assert found.promised_profit == 15 + 10 + 20
    assert found.promised_edge_pct == pytest.approx(3)


def test_acting_a_cycle_later_gives_what_stood_there_then_for_the_same_quantity() -> None:
    (found,) = tried(day("103", "101", "99", "104", "98"))
    # 5 at 100: sold at 101 instead of 103, and at 98 instead of 104.
    assert found.later.total_profit == 5 - 10
    assert found.later.mean_edge_pct == pytest.approx((1 - 2) / 2)
    assert found.later.share_still_paying == 0.5
    assert (found.later.opportunities, found.later.impossible) == (2, 0)
    assert found.later.edge_interval is None, "two are too few to say how sure it is"


def test_what_is_not_there_any_more_gives_nothing_and_a_book_that_is_gone_or_the_last_scan_is_no_answer() -> None:
    (empty,) = tried([moment(0, [["103", "50"]]), moment(1, [])])
    assert (empty.later.opportunities, empty.later.total_profit) == (1, Decimal(0))
    gone = moment(1, [["103", "50"]])
    gone.view.is_live[:] = False
    (invalid,) = tried([moment(0, [["103", "50"]]), gone])
    assert (invalid.later.opportunities, invalid.later.impossible) == (0, 1)
    (last,) = tried(day("103"))
    assert (last.later.impossible, last.later.mean_edge_pct) == (1, None)


def test_less_depth_a_cycle_later_fills_less() -> None:
    (found,) = tried([moment(0, [["103", "50"]]), moment(1, [["103", "2"]])])
    assert found.later.total_profit == 6


def test_a_skipped_scan_ends_no_life_for_sure_and_nobody_acts_in_it() -> None:
    (found,) = tried([moment(0, [["103", "50"]]), moment(2, [["103", "50"]]), moment(3, [["99", "50"]])])
    assert (found.opportunities, found.still_alive, found.lived) == (2, 1, {1: 1})
    assert (found.later.opportunities, found.later.impossible) == (1, 1)


def test_each_setup_sees_what_a_day_under_its_rules_alone_would_have_shown() -> None:
    random = Random(5)
    bids = [str(100 + random.choice((0, 0.4, 1.3, 2.6))) for _ in range(18)]
    sweep = {
        "min_net_edge_pct": (Decimal("0.3"), Decimal(1), Decimal(2)),
        "notionals": (Decimal(500), Decimal(2_000)),
        "fee_factors": (Decimal(1), Decimal(2)),
    }
    together = tried(day(*bids), **sweep)
    assert [one.setup for one in together] == list(Sweep(**sweep, max_age_seconds=(10.0,)).setups())
    alone = [
        tried(
            day(*bids),
            min_net_edge_pct=(one.setup.min_net_edge_pct,),
            notionals=(one.setup.notional,),
            fee_factors=(one.setup.fee_factor,),
        )[0]
        for one in together
    ]
    assert together == alone
    assert len({one.opportunities for one in together}) > 2


def test_another_fee_changes_what_is_found() -> None:
    paying = asked(two_exchanges(ASKS, [["101.5", "50"]], one={"taker_fee": "0.004"}, other={"taker_fee": "0.004"}))
    moments = [Moment(0, AT, paying.view, OverSolana())]
    whole, half = tried(moments, fee_factors=(Decimal(1), Decimal("0.5")))
    assert (whole.opportunities, half.opportunities) == (0, 1)


def test_older_books_than_allowed_show_nothing() -> None:
    old = moment(0, [["103", "50"]])
    old.view.exchange_age_ms[0, 0] = 5_000
    strict, patient = tried([old], max_age_seconds=(2.0, 10.0))
    assert (strict.opportunities, patient.opportunities) == (0, 1)


def test_surviving_a_transfer_is_counted_over_the_chain_whose_fee_was_counted() -> None:
    needed = (CONFIRMING_SECONDS["SOL"] + SENDING_SECONDS) // 5
    assert transfer_seconds(("SOL", "ETH")) == 150
    assert transfer_seconds(()) is transfer_seconds(("NOCHAIN",)) is None

    def lived(scans: int, tail: Sequence[str] = ("99",)) -> Survived:
        return tried(day(*["103"] * scans, *tail))[0].survived_transfer

    assert lived(needed + 1) == Survived(1, 1, 0)
    assert lived(needed) == Survived(0, 1, 0)
    assert lived(needed, ()) == Survived(0, 0, 1)


def test_every_chain_whose_time_is_assumed_is_a_chain_that_identity_knows() -> None:
    chains = known_chains()
    found = [chains.find(name) for name in CONFIRMING_SECONDS]
    assert [chain.name for chain in found if chain] == list(CONFIRMING_SECONDS)


def found_at(price: str) -> Spatial:
    return scanned(two_exchanges(ASKS, [[price, "50"]], one=FREE, other=FREE)).opportunities[0]


def test_a_life_whose_end_is_not_seen_counts_only_for_what_it_reached() -> None:
    lives = Lives()
    for cycle in range(3):
        lives.take(cycle, AT, [found_at("103")])
    lives.end()
    (episode,) = lives.episodes
    assert (episode.scans, episode.ending) == (3, Ending.UNSEEN)
    summary = summarize(Setup(Decimal(1), 10.0, Decimal(500)), lives.episodes, 5.0)
    assert summary.survived == {1: Survived(1, 1, 0), 2: Survived(1, 1, 0), 6: Survived(0, 0, 1)}


def test_the_interval_is_the_same_each_time_and_wider_where_luck_is_shared() -> None:
    random = np.random.default_rng(3)
    shared = np.repeat(random.normal(1, 1, 40), 10)
    together = mean_interval(shared.tolist(), np.repeat(np.arange(40), 10).tolist(), seed=7)
    apart = mean_interval(shared.tolist(), list(range(400)), seed=7)
    assert together is not None
    assert apart is not None
    assert together == mean_interval(shared.tolist(), np.repeat(np.arange(40), 10).tolist(), seed=7)
    assert together.high - together.low > 2 * (apart.high - apart.low)
    assert mean_interval([1.0] * 50, [0, 1] * 25) is None


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(11)
    held = 0
    for seed in range(120):
        luck = random.normal(0.2, 1, 30)
        values = np.repeat(luck, 4) + random.normal(0, 0.5, 120)
        interval = mean_interval(values.tolist(), np.repeat(np.arange(30), 4).tolist(), seed=seed)
        assert interval is not None
        held += interval.low <= 0.2 <= interval.high
    assert 105 <= held <= 119


def test_a_summary_is_written_as_json_with_its_amounts_as_text() -> None:
    (found,) = tried(day("103", "101", "99"))
    told = orjson.loads(orjson.dumps(plain(found)))
    assert told["promised_profit"] == "15.000000000000"
    assert told["later"]["total_profit"] == "5.000000000000"
    assert told["survived"]["1"] == {"survived": 1, "known": 1, "unknown": 0}
    assert told["setup"]["notional"] == "500"
