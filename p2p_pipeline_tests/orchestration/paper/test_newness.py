"""A session's tables follow its log: at once when it has stopped, now and then while it runs, never for nothing."""

from __future__ import annotations

from p2p_pipeline.orchestration.paper.newness import MOST_AT_ONCE, RUNNING_SECONDS, Seen, plan_sessions

RUNS = Seen("a", 100, is_stopped=False)


def test_a_new_session_becomes_a_partition_and_is_told_at_once() -> None:
    plan = plan_sessions([RUNS], set(), {}, 0.0)
    assert (plan.new, plan.behind) == (("a",), (RUNS,))
    assert plan_sessions([RUNS], {"a"}, plan.told, 30.0).behind == ()


def test_one_that_runs_is_told_again_when_it_has_grown_but_not_each_time() -> None:
    told = plan_sessions([RUNS], set(), {}, 0.0).told
    grown = RUNS._replace(log_bytes=200)
    assert plan_sessions([grown], {"a"}, told, RUNNING_SECONDS - 1).behind == ()
    assert plan_sessions([grown], {"a"}, told, RUNNING_SECONDS).behind == (grown,)


def test_one_that_stopped_is_told_at_once_and_then_never_again() -> None:
    told = plan_sessions([RUNS], set(), {}, 0.0).told
    stopped = Seen("a", 200, is_stopped=True)
    plan = plan_sessions([stopped], {"a"}, told, 1.0)
    assert plan.behind == (stopped,)
    assert plan_sessions([stopped], {"a"}, plan.told, 1e9).behind == ()
    # a log that was made anew is another one
    again = stopped._replace(log_bytes=300)
    assert plan_sessions([again], {"a"}, plan.told, 1e9).behind == (again,)


def test_a_thousand_old_sessions_are_taken_in_turn_those_that_stopped_first_and_those_that_are_gone_forgotten() -> None:
    many = [RUNS, *(Seen(f"s{n:04}", 1, is_stopped=True) for n in range(MOST_AT_ONCE + 5))]
    first = plan_sessions(many, set(), {}, 0.0)
    assert len(first.new) == len(many)
    assert len(first.behind) == MOST_AT_ONCE
    assert all(one.is_stopped for one in first.behind)
    second = plan_sessions(many, set(first.new), first.told, 1.0)
    assert len(second.behind) == 6
    assert plan_sessions([RUNS], {"a"}, second.told, 2.0).told.keys() == {"a"}
