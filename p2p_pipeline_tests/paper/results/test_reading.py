"""What a log comes to is what its session knew of itself, to the last digit; an unfinished one is told as such."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.results.parts import Costs, EquityPoint, Results
from p2p_pipeline.paper.results.reading import NoResults, results_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.recordings import START, RandomRecording
from p2p_pipeline_tests.paper.sessions import armed, lines_of, moved

SEEDS = range(this_many(24, 400))


def random_log(seed: int) -> tuple[list[dict[str, Any]], Any]:
    random_one = RandomRecording(seed)
    session = new_session("random", PaperSettings.model_validate(random_one.settings))
    frames = [from_line(orjson.dumps(line)) for line in random_one.recording.lines]
    chain = Chain()
    lines = [orjson.loads(chain.line(one)) for one in session_of(session, in_order(frames))]
    return lines, session.account


def of_groups(found: Results) -> list[tuple[Any, ...]]:
    names = ("trades", "realised", "fees", "funding", "net")
    return [
        tuple(sum(getattr(one, name) for one in group.values()) for name in names)
        for group in (found.by_symbol, found.by_hour, found.by_reason)
    ]


def test_the_sums_are_the_sessions_own_to_the_last_digit_at_its_end_and_wherever_its_log_is_cut() -> None:
    traded = funded = left_open = 0
    for seed in SEEDS:
        lines, account = random_log(seed)
        found = results_of(lines)
        money = found.money
        assert found.disagreements == ()
        assert (money.realised, money.fees, money.funding, money.equity) == (
            account.realised, account.fees, account.funding, found.shown_equity[-1].equity,
        )  # fmt: skip
        assert len(found.trades) == account.trades
        assert money.fees == found.costs.maker + found.costs.taker
        assert money.funding == found.costs.funding_received - found.costs.funding_paid
        assert money.equity == money.start + sum(trade.net for trade in found.trades)
        assert found.equity[-1].equity == money.equity
        sums = (len(found.trades), money.realised, money.fees, money.funding, money.equity - money.start)
        assert of_groups(found) == [sums] * 3
        # wherever it is cut nothing is lost: what trades do not have is in the open positions
        for end in range(1, len(lines), 9):
            cut = results_of(lines[:end])
            still = cut.open_positions
            assert not cut.is_stopped
            assert cut.money.equity == cut.money.start + sum(trade.net for trade in cut.trades) - sum(
                one.fees - one.funding for one in still
            )
            left_open += len(still)
        traded += len(found.trades)
        funded += sum(trade.funding != 0 for trade in found.trades)
    # sums of nothing would prove nothing
    assert traded > 10
    assert funded > 3
    assert left_open > 5


def test_funding_belongs_to_the_trade_that_held_the_position_and_costs_stand_apart() -> None:
    recording = moved(armed("AAAUSDT", "BBBUSDT"), 20_600)
    recording.ticker(22_000, ask1Price="100.8", nextFundingTime=str(START + 30_000))
    recording.ticker(31_000, bid1Price="102", markPrice="102")
    found = results_of(lines_of(recording, funding_cooldown={"before_seconds": 0, "after_seconds": 0}))
    (trade,) = found.trades
    assert (trade.symbol, trade.side, trade.reason, trade.touched_by) == ("AAAUSDT", "LONG", "take_profit", "best")
    paid = Decimal("101.0") * trade.quantity * Decimal("0.0001")
    assert trade.funding == -paid
    assert trade.net == trade.realised - trade.fees - paid
    assert found.costs == Costs(trade.fees, Decimal(0), paid, Decimal(0))
    assert [(one.what, one.order, one.change) for one in found.equity] == [
        ("start", None, 0), ("entry_fee", 1, -trade.entry_fee), ("funding", 1, -paid),
        ("closed", 1, trade.realised - trade.exit_fee),
    ]  # fmt: skip
    assert (found.orders.signals, found.orders.placed, found.orders.filled) == (1, 1, 1)


def test_a_log_that_has_not_stopped_says_so_and_keeps_its_open_position() -> None:
    lines = lines_of(moved(armed(), 20_600).ticker(22_000, ask1Price="100.8"))
    filled = next(place for place, line in enumerate(lines) if line["type"] == "order_filled")
    found = results_of(lines[: filled + 1])
    (held,) = found.open_positions
    assert (held.symbol, held.entry, held.order) == ("AAAUSDT", Decimal("100.8"), 1)
    assert (found.is_stopped, found.trades, found.fill_models, found.state) == (False, (), {}, "RUNNING")
    assert "has not stopped" in found.assumptions[0]
    assert found.assumptions[1] == "1 position is still open."
    stopped = results_of(lines)
    assert (stopped.is_stopped, stopped.open_positions) == (True, ())
    assert stopped.fill_models["touch"]["equity"] == stopped.money.equity
    assert not any("stopped" in told or "open" in told for told in stopped.assumptions)


def test_a_session_that_was_recovered_says_what_that_does_to_its_prices() -> None:
    lines = lines_of(moved(armed(), 20_600).ticker(22_000, ask1Price="100.8"))
    recovered = [{**line, "reason": "recovered"} if line["type"] == "position_closed" else line for line in lines]
    assert not results_of(lines).is_recovered
    found = results_of(recovered)
    assert found.is_recovered
    assert "after a crash" in found.assumptions[0]
    assert list(found.by_reason) == ["recovered"]


def test_a_summary_that_its_lines_do_not_add_up_to_is_named() -> None:
    lines = lines_of(moved(armed(), 20_600).ticker(22_000, ask1Price="100.8"))
    spoiled = [{**line, "fees": "0.5"} if line["type"] == "summary" else line for line in lines]
    (found,) = results_of(spoiled).disagreements
    assert (found.name, found.said) == ("fees", "0.5")


def test_lines_that_are_no_whole_log_are_refused_with_what_is_missing() -> None:
    lines = lines_of(moved(armed(), 20_600).ticker(22_000, ask1Price="100.8"))
    with pytest.raises(NoResults, match="empty"):
        results_of([])
    with pytest.raises(NoResults, match="begins with session_state"):
        results_of(line for line in lines if line["type"] != "session_started")
    with pytest.raises(NoResults, match="AAAUSDT has no such position"):
        results_of(line for line in lines if line["type"] != "order_filled")


def test_a_drawdown_is_the_deepest_fall_from_a_highest_equity_before_it() -> None:
    from p2p_pipeline.paper.results.adding import drawdown_of

    def fallen(*values: int) -> tuple[Any, ...]:
        points = [EquityPoint(at, "closed", 1, Decimal(0), Decimal(value)) for at, value in enumerate(values)]
        return tuple(drawdown_of(points))

    assert fallen(100, 120, 90, 130, 110) == (30, 25, 1, 2)
    assert fallen(100, 110, 120) == (0, 0, 0, 0)
    assert fallen(-5, -10) == (5, None, 0, 1)
