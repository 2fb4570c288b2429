from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.capture.breaker import (
    Breaker,
    BreakerLimits,
    Permission,
    after_answer,
    after_failure,
    ask_permission,
    explain,
)

LIMITS = BreakerLimits(failures_to_open=3, first_pause_seconds=10.0, longest_pause_seconds=60.0)


def _opened(now: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(LIMITS.failures_to_open):
        breaker = after_failure(breaker, LIMITS, now, "no connection.")
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_a_success_between_starts_anew() -> None:
    breaker = after_failure(after_failure(Breaker(), LIMITS, 1.0, "a"), LIMITS, 1.0, "b")
    assert ask_permission(breaker, LIMITS, 1.0)[0] is Permission.GO
    assert after_failure(after_answer(breaker), LIMITS, 1.0, "c").open_until is None
    assert ask_permission(after_failure(breaker, LIMITS, 1.0, "c"), LIMITS, 1.0)[0] is Permission.STOP


def test_after_the_pause_one_request_alone_tries() -> None:
    permission, breaker = ask_permission(_opened(), LIMITS, 110.0)
    assert permission is Permission.PROBE
    assert ask_permission(breaker, LIMITS, 110.1)[0] is Permission.STOP
    assert ask_permission(after_answer(breaker), LIMITS, 110.2)[0] is Permission.GO


def test_each_failed_try_doubles_the_pause_up_to_a_limit() -> None:
    breaker, now, pauses = _opened(), 100.0, []
    for _ in range(4):
        assert breaker.open_until is not None
        pauses.append(breaker.open_until - now)
        now = breaker.open_until
        _, breaker = ask_permission(breaker, LIMITS, now)
        breaker = after_failure(breaker, LIMITS, now, "still down")
    assert pauses == [10.0, 20.0, 40.0, 60.0]


def test_requests_that_were_on_their_way_when_it_opened_do_not_lengthen_the_pause() -> None:
    breaker = after_failure(_opened(), LIMITS, 101.0, "late")
    assert breaker.open_until == 110.0


def test_a_try_that_never_reported_back_does_not_keep_it_open_for_ever() -> None:
    _, breaker = ask_permission(_opened(), LIMITS, 110.0)
    assert ask_permission(breaker, LIMITS, 110.0 + LIMITS.probe_timeout_seconds)[0] is Permission.PROBE


def test_it_says_in_one_line_who_why_and_when_again() -> None:
    line = explain(_opened(), "bybit", 104.0)
    assert line == "bybit failed 3 times in a row (no connection); tried again in 6 s"


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100)), max_size=60))
def test_it_never_stops_longer_than_its_longest_pause_and_a_probe(steps: list[tuple[bool, float]]) -> None:
    breaker, now, stopped_since = Breaker(), 0.0, None
    for is_well, seconds in steps:
        now += seconds
        permission, breaker = ask_permission(breaker, LIMITS, now)
        if permission is Permission.STOP:
            stopped_since = now if stopped_since is None else stopped_since
            assert now - stopped_since <= LIMITS.longest_pause_seconds
            continue
        stopped_since = None
        breaker = after_answer(breaker) if is_well else after_failure(breaker, LIMITS, now, "down")
