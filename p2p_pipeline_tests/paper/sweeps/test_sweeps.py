"""Every combination is a configuration, chosen on days before, judged after; the sentence promises nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import orjson
import pytest

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.results.reading import results_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.sweeps.forward import walk_forward
from p2p_pipeline.paper.sweeps.grid import Combination, combinations_of
from p2p_pipeline.paper.sweeps.judging import Judged, judge
from p2p_pipeline.paper.sweeps.running import DayOutcome, outcome_of
from p2p_pipeline.paper.sweeps.settings import SweepError, SweepSettings, WalkForward, parse_sweep
from p2p_pipeline.paper.sweeps.verdict import Answer
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.recordings import RandomRecording
from p2p_pipeline_tests.paper.results.test_reading import random_log
from p2p_pipeline_tests.paper.sweeps.test_luck import noise


def swept(**more: Any) -> SweepSettings:
    return SweepSettings.model_validate({"vary": {"rearm_seconds": [1, 2]}, **more})


def test_every_combination_is_a_whole_configuration_and_the_last_field_runs_fastest() -> None:
    sweep = swept(
        base={"timeframe_minutes": 1, "exit": {"stop_loss_pct": 1}},
        vary={"exit.take_profit_pct": [0.4, 0.6], "short": [None, {"price_move_pct": -1}]},
    )
    found = combinations_of(sweep)
    assert [(one.number, dict(one.values)) for one in found] == [
        (1, {"exit.take_profit_pct": 0.4, "short": None}),
        (2, {"exit.take_profit_pct": 0.4, "short": {"price_move_pct": -1}}),
        (3, {"exit.take_profit_pct": 0.6, "short": None}),
        (4, {"exit.take_profit_pct": 0.6, "short": {"price_move_pct": -1}}),
    ]
    assert found[2].settings.exit.take_profit_pct == Decimal("0.6")
    assert all(one.settings.exit.stop_loss_pct == 1 and one.settings.timeframe_minutes == 1 for one in found)
    assert found[0].told == "exit.take_profit_pct 0.4, short off"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vary: {}", "line 1: vary"),
        ("base: {}\n", "vary"),
        ("[1]", "a sweep has at least `vary:`"),
        ("vary:\n  rearm_seconds: [1, 1]\n", "rearm_seconds lists 1 twice"),
        ("vary:\n  rearm_seconds: []\n", "line 2"),
        ("vary: {rearm_seconds: [1]}\ntest_days: 3\n", "line 2"),
    ],
)
def test_a_mistake_in_a_sweeps_file_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(SweepError, match="sweep") as raised:
        parse_sweep(text, "sweep.yaml")
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"vary": {"exit.take_profit_pc": [1]}}, "exit.take_profit_pc"),
        ({"vary": {"exit.take_profit_pct": [0]}}, "exit.take_profit_pct was 0"),
        ({"vary": {"long.price_move_pct": [1]}, "base": {"long": None}}, "base sets long to None"),
        ({"vary": {"rearm_seconds": list(range(200)), "stale_after_seconds": list(range(200))}}, "40,000 combinations"),
    ],
)
def test_a_combination_that_no_session_can_have_is_refused_before_anything_runs(
    more: dict[str, Any], told: str
) -> None:
    with pytest.raises(SweepError, match=re.escape(told)):
        combinations_of(swept(**more))


def test_a_day_comes_to_what_its_log_comes_to() -> None:
    for seed in range(this_many(6, 200)):
        lines, _ = random_log(seed)
        made = RandomRecording(seed)
        session = new_session("test", PaperSettings.model_validate(made.settings))
        frames = (from_line(orjson.dumps(line)) for line in made.recording.lines)
        found, expected = outcome_of(session_of(session, in_order(frames))), results_of(lines)
        assert found.net == expected.money.equity - expected.money.start
        assert (found.trades, found.drawdown) == (len(expected.trades), expected.drawdown.amount)
    assert outcome_of([]) == DayOutcome()


def test_parameters_are_chosen_on_the_days_before_and_judged_on_those_after() -> None:
    returns = np.array([[3.0, 1.0], [3.0, 1.0], [-5.0, 2.0], [-5.0, 2.0], [0.0, 7.0]])
    steps = walk_forward(returns, np.ones((5, 2), np.int64), WalkForward(train_days=2, test_days=1), "net")
    assert [(one.trained, one.judged, one.chosen, one.judged_returns) for one in steps] == [
        ((0, 1), (2,), 0, (-5.0,)),
        ((1, 2), (3,), 1, (2.0,)),
        ((2, 3), (4,), 1, (7.0,)),
    ]
    growing = walk_forward(
        returns, np.ones((5, 2), np.int64), WalkForward(train_days=2, test_days=2, rolling=False), "net"
    )
    assert [(one.trained, one.judged) for one in growing] == [((0, 1), (2, 3)), ((0, 1, 2, 3), (4,))]


def test_what_comes_after_changes_no_choice_before_it() -> None:
    returns, ones = noise(30, 6, 1), np.ones((30, 6), np.int64)
    how = WalkForward(train_days=7, test_days=3)
    steps = walk_forward(returns, ones, how, "sharpe")
    for step in steps:
        changed = returns.copy()
        changed[step.judged[0] :] = noise(30 - step.judged[0], 6, 99)
        again = walk_forward(changed, ones, how, "sharpe")
        assert [one.chosen for one in again][: steps.index(step) + 1] == [
            one.chosen for one in steps[: steps.index(step) + 1]
        ]
    judged = [day for step in steps for day in step.judged]
    assert judged == list(range(7, 30))


def test_where_nobody_traded_nothing_is_chosen_and_nothing_done() -> None:
    trades = np.array([[0, 0], [0, 0], [1, 1]])
    (step,) = walk_forward(np.array([[0, 0], [0, 0], [1.0, 2.0]]), trades, WalkForward(train_days=2), "net")
    assert (step.chosen, step.judged_returns) == (None, (0.0,))


def judged_of(returns: np.ndarray, trades: int = 1, **more: Any) -> Judged:
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(len(returns))]
    tries = [Combination(n + 1, {"rearm_seconds": n}, PaperSettings()) for n in range(returns.shape[1])]
    found = [[DayOutcome(trades, realised=Decimal(str(round(value * 10_000, 6)))) for value in row] for row in returns]
    return judge(swept(resamples=500, **more), days, tries, found)


def test_few_days_are_told_as_too_few_however_good_they_look() -> None:
    found = judged_of(noise(9, 64, 1) + 0.01)
    assert found.verdict.answer is Answer.TOO_FEW_DAYS
    assert found.verdict.told.startswith("Can't be told from luck: 9 days, 64 combinations; the best made +")
    assert found.tried == 64


def test_noise_is_told_as_luck_and_an_edge_as_hard_to_explain_by_it() -> None:
    answers = [judged_of(noise(60, 32, seed)).verdict.answer for seed in range(this_many(12, 400))]
    assert answers.count(Answer.EDGE) <= len(answers) * 0.08
    assert Answer.LUCK in answers
    found = judged_of(noise(120, 32, 3, edge=0.008))
    assert found.verdict.answer is Answer.EDGE
    assert found.best is not None
    assert found.best.number == 17
    assert found.forward_return is not None
    assert found.forward_return > 0
    assert "kinder" in found.verdict.told


def test_an_edge_that_ended_is_no_edge() -> None:
    returns = np.vstack([noise(300, 16, 1, edge=0.006), noise(40, 16, 2, edge=-0.006)])
    found = judged_of(returns, walk_forward={"train_days": 300, "test_days": 10})
    assert found.verdict.answer is Answer.NOT_AFTERWARDS
    assert found.forward_return is not None
    assert found.forward_return < 0


@pytest.mark.parametrize(
    ("returns", "trades", "answer"),
    [
        (np.zeros((0, 3)), 1, Answer.NOTHING),
        (np.zeros((5, 3)), 0, Answer.NOTHING),
        (-abs(noise(30, 3, 1)), 1, Answer.NO_GAIN),
        (np.full((1, 3), 0.01), 1, Answer.TOO_FEW_DAYS),
        (np.full((2, 1), 0.01), 1, Answer.TOO_FEW_DAYS),
    ],
)
def test_what_says_nothing_is_told_so(returns: np.ndarray, trades: int, answer: Answer) -> None:
    found = judged_of(returns, trades)
    assert found.verdict.answer is answer
    assert found.verdict.told.endswith(".")
