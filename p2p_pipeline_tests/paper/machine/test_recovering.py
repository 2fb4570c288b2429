"""After a crash a session is what its log's whole lines say; its orders and positions end, and no money is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Context, Decimal, localcontext
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.events import Event
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.machine import driving
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.recovering import recovered
from p2p_pipeline.paper.machine.session import advance
from p2p_pipeline.paper.machine.state import Session, new_session
from p2p_pipeline.paper.notes import Resumed, note_frame
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.replay.resuming import UnexplainedLines
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.recordings import START, RandomRecording, Recording, instrument
from p2p_pipeline_tests.paper.sessions import CONFIG, armed, moved

Line = dict[str, Any]
CYCLE_ENDS = {"order_rejected", "order_expired", "order_cancelled", "position_closed"}


def frames_of(recording: Recording) -> list[Frame]:
    return [from_line(orjson.dumps(line)) for line in recording.lines]


def parsed(said: list[Said]) -> list[Line]:
    chain = Chain()
    return [orjson.loads(chain.line(one)) for one in said]


def known(session: Session) -> dict[str, Any]:
    """Everything of a session's state that a log tells."""
    account = session.account
    return {
        "state": session.state,
        "is_frozen": session.is_frozen,
        "orders": session.orders,
        "account": (account.start, account.realised, account.fees, account.funding, account.trades, account.wins),
        "by_reason": {reason: dict(row) for reason, row in account.by_reason.items()},
        "engaged": set(session.engaged),
        "pausing": set(session.pausing),
        "symbols": {
            name: (
                one.state,
                one.reference and (one.reference.start, one.reference.end, one.reference.close, one.reference.oiv),
                set(one.candles),
                one.order,
                one.position and one.position[:5],
                one.cycle_ended_at,
                one.is_stale,
            )
            for name, one in session.traded.items()
        },
    }


class Watched:
    """The undisturbed run, and what it knew after each event, by the number of lines that had been said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known: dict[int, dict[str, Any]] = {}
        self.count = 1
        monkeypatch.setattr(driving, "advance", self.advance)

    def advance(self, session: Session, event: Event) -> list[Said]:
        said = advance(session, event)
        self.count += len(said)
        if said:
            self.known[self.count] = known(session)
        return said


def test_at_any_line_the_recovered_state_is_the_undisturbed_run_s(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for seed in range(this_many(5, 1_000)):
        random_one = RandomRecording(seed)
        configured = PaperSettings.model_validate(random_one.settings)
        with monkeypatch.context() as patched:
            watched = Watched(patched)
            lines = parsed(list(session_of(new_session("test", configured), in_order(frames_of(random_one.recording)))))
        for count in range(len(lines) + 1):
            found = recovered(lines[:count], "test", configured)
            assert plainly(lines[:count]) == told(found), (seed, count)
            if count in watched.known:
                assert known(found) == watched.known[count], (seed, count)
                compared += 1
    assert compared > 150


def plainly(lines: list[Line]) -> Line:
    """What lines say, looked up in all of them for each question."""
    of_symbol: dict[str, list[Line]] = {}
    for line in lines:
        if "symbol" in line:
            of_symbol.setdefault(line["symbol"], []).append(line)
    names = [name for line in lines if line["type"] == "universe_frozen" for name in line["symbols"]]
    return {"orders": sum(line["type"] == "order_placed" for line in lines)} | {
        name: plainly_of(of_symbol.get(name, [])) for name in names
    }


def plainly_of(lines: list[Line]) -> Line:
    types = [line["type"] for line in lines]

    def last(*wanted: str) -> int:
        return max((place for place, type_ in enumerate(types) if type_ in wanted), default=-1)

    placed, filled, ended = last("order_placed"), last("order_filled"), last(*CYCLE_ENDS)
    return {
        "order": lines[placed]["order"] if placed > max(filled, ended) else None,
        "position": lines[filled]["order"] if filled > ended else None,
        "is_stale": last("symbol_stale") > last("symbol_fresh"),
        "ended_at": lines[ended]["at"] if ended > last("symbol_rearmed") else None,
        "candles": {line["start"] for line in lines if line["type"] in ("candle_confirmed", "reference_missing")},
    }


def told(session: Session) -> Line:
    return {"orders": session.orders} | {
        name: {
            "order": one.order and one.order.number,
            "position": one.position and one.position.order,
            "is_stale": one.is_stale,
            "ended_at": one.cycle_ended_at,
            "candles": set(one.candles),
        }
        for name, one in session.traded.items()
    }


def crashed(seed: int) -> tuple[list[Line], list[Line], int, int]:
    """A random session undisturbed, and the same one that crashed once, or twice; where and when it went on first."""
    rng, random_one = random.Random(seed), RandomRecording(seed, seconds=60)
    configured = PaperSettings.model_validate(random_one.settings)
    frames = frames_of(random_one.recording)
    undisturbed = parsed(list(session_of(new_session("test", configured), in_order(frames))))
    at = rng.randrange(15_000, undisturbed[-1]["at"] - START)
    count = sum(line["at"] - START < at for line in undisturbed)
    line = max(count - rng.choice([0, 0, 1, 2, 5]), 0)
    notes = [(at, line), (at + 4_000, line + rng.randrange(2))][: rng.choice([1, 1, 2])]
    for went_on_at, kept in notes:
        frames.append(note_frame(Resumed(kept), START + went_on_at))
        if rng.random() < 0.9:
            rows = [instrument(symbol) for symbol in random_one.symbols]
            frames += frames_of(Recording().instruments(*rows, at=went_on_at + 200))
    found = parsed(list(session_of(new_session("test", configured), in_order(frames))))
    return undisturbed, found, line, at


@hypothesis_settings(max_examples=this_many(10, 2_000), deadline=None)
@given(st.integers(0, 1_000_000))
def test_over_any_crash_money_is_conserved_and_every_order_ends_once(seed: int) -> None:
    undisturbed, found, line, at = crashed(seed)
    assert [strip(one) for one in found[:line]] == [strip(one) for one in undisturbed[:line]]
    money(found, undisturbed)
    numbers = [one["order"] for one in found if one["type"] == "order_placed"]
    assert numbers == list(range(1, len(numbers) + 1))
    ends = [one["order"] for one in found if one["type"] in CYCLE_ENDS - {"order_rejected"}]
    assert sorted(ends) == numbers
    if line:
        is_open = set(numbers_of(found[:line], "order_placed")) - set(numbers_of(found[:line], *CYCLE_ENDS))
        is_filled = set(numbers_of(found[:line], "order_filled"))
        cancelled = [one for one in found if one["type"] == "order_cancelled" and one["reason"] == "recovered"]
        assert {one["order"] for one in cancelled} >= is_open - is_filled
        assert found[line]["type"] == "session_state"
        # the second crash may have come before anything of the first resume was durable
        assert found[line]["at"] in (START + at, START + at + 4_000)
        after = [one for one in found[line:] if one["type"] == "position_closed" and one["order"] in is_open]
        assert {one["reason"] for one in after} <= {"recovered", "session_stop"}


def numbers_of(lines: list[Line], *types: str) -> list[int]:
    return [line["order"] for line in lines if line["type"] in types and "order" in line]


def strip(line: Line) -> Line:
    return {name: value for name, value in line.items() if name not in ("prev", "n")}


def money(lines: list[Line], undisturbed: list[Line]) -> None:
    summary = next(line for line in lines if line["type"] == "summary")
    with localcontext(Context(prec=500)):
        closed = [line for line in lines if line["type"] == "position_closed"]
        filled = [line for line in lines if line["type"] == "order_filled"]
        realised = sum((Decimal(line["realised"]) for line in closed), Decimal(0))
        fees = sum((Decimal(line["fee"]) for line in [*closed, *filled]), Decimal(0))
        paid = sum((Decimal(line["amount"]) for line in lines if line["type"] == "funding_applied"), Decimal(0))
        start = Decimal(undisturbed[0]["config"]["account"]["start_equity"])
        assert Decimal(summary["equity"]) == start + realised - fees - paid
    assert [Decimal(summary[name]) for name in ("realised", "fees", "funding")] == [realised, fees, -paid]
    assert summary["trades"] == len(closed) == len(filled)


def said_after(recording: Recording, *notes: tuple[int, int], **config: Any) -> Iterator[Said]:
    frames = frames_of(recording) + [note_frame(Resumed(line), START + at) for at, line in notes]
    return session_of(new_session("test", PaperSettings.model_validate({**CONFIG, **config})), in_order(frames))


def brief(said: list[Said]) -> list[tuple[Any, ...]]:
    return [(one.at - START, one.type, one.fields.get("reason", one.fields.get("exit"))) for one in said]


def ordered() -> Recording:
    """An order at 22 s; the next ticker frame could fill it."""
    return moved(armed(), 21_500)


def test_an_order_is_cancelled_at_once_and_a_position_closed_at_the_first_prices() -> None:
    recording = ordered()
    for symbol in ("AAAUSDT",):
        recording.ticker(22_300, symbol, ask1Price="99.8", bid1Price="99.7")
    count = len(list(said_after(recording))) - 5
    types = [one.type for one in said_after(recording)][:count]
    assert types[-2:] == ["order_placed", "order_filled"]
    recording.ticker(30_100, ask1Price="101.5", bid1Price="101.4")
    recording.snapshot(31_700, bid1Price="102.2", ask1Price="102.4").snapshot(33_000)
    with_order = list(said_after(recording, (25_000, count - 1)))[count - 1 :]
    assert brief(with_order)[:2] == [
        (25_000, "session_state", "recovered"), (25_000, "order_cancelled", "recovered"),
    ]  # fmt: skip
    # the change at 30.1 s is of a snapshot that is gone
    with_position = list(said_after(recording, (25_000, count)))[count:]
    assert brief(with_position)[:2] == [
        (25_000, "session_state", "recovered"), (31_700, "position_closed", "recovered"),
    ]  # fmt: skip
    assert with_position[1].fields["exit"] == Decimal("102.2")


def test_nothing_is_ordered_before_the_instruments_were_asked_for_again() -> None:
    recording = ordered().snapshot(31_700, markPrice="101.0", openInterestValue="101000")
    recording.ticker(34_900)
    count = 8
    assert "signal" not in [one.type for one in said_after(recording, (25_000, count))][count:]
    recording.instruments(instrument("AAAUSDT"), at=32_500)
    assert (33_000, "signal", None) in brief(list(said_after(recording, (25_000, count))))


def test_frames_that_do_not_explain_the_log_are_told() -> None:
    with pytest.raises(UnexplainedLines, match=r"from line 99 of its log, and its frames until then give \d+ lines"):
        list(said_after(ordered(), (25_000, 99)))


def test_a_session_that_had_said_nothing_durable_begins_again_under_its_name() -> None:
    said = list(said_after(armed(), (150, 0)))
    assert brief(said)[0] == (150, "session_started", None)
    assert sum(one.type == "session_started" for one in said) == 1


def test_a_crash_while_it_warms_up_begins_the_warm_up_anew() -> None:
    recording = Recording().instruments(instrument("AAAUSDT")).snapshot(100).instruments(instrument("AAAUSDT"), at=700)
    said = list(said_after(recording.snapshot(900), (500, 2)))
    assert brief(said)[1:4] == [
        (100, "session_state", "first_snapshot"), (500, "session_state", "recovered"),
        (900, "session_state", "first_snapshot"),
    ]  # fmt: skip
    assert [one.fields["state"] for one in said[1:4]] == ["WARMING_UP", "STARTING", "WARMING_UP"]
