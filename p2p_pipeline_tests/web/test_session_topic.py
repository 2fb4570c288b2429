"""A session's socket: ticks applied to the snapshot are the board, and no line of the log is told twice or missed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.paper.board import SessionBoard, board_to_json
from p2p_pipeline.web.live.session_topic import MOST_TICKS_BEHIND, SessionTopic
from p2p_pipeline.web.live.topic import Frame
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.web.paper_board import SESSION, row, session_board

NOW = datetime(2026, 11, 30, tzinfo=UTC)
_VALUES = st.sampled_from(["1", "2.5", None])
_ROWS = st.dictionaries(
    st.sampled_from(["BTCUSDT", "ETHUSDT", "SOLUSDT"]),
    st.tuples(st.sampled_from(["WAITING", "ARMED"]), _VALUES, _VALUES),
)
_STEPS = st.lists(st.tuples(_ROWS, st.integers(0, 3)), min_size=1, max_size=12)
_HEARS = st.lists(st.booleans(), min_size=12, max_size=12)


def board_of(sequence: int, rows: dict[str, tuple[str, str | None, str | None]]) -> SessionBoard:
    made = [
        msgspec.structs.replace(row(name, state, "1", "1", 0), mark=mark, price_move_pct=move)
        for name, (state, mark, move) in sorted(rows.items())
    ]
    return session_board(NOW, sequence=sequence, rows=tuple(made))


def applied(board: dict[str, Any] | None, lines: list[int], frames: Sequence[Frame]) -> dict[str, Any] | None:
    """What a client knows after hearing frames: a page does no more."""
    for frame in frames:
        message = json.loads(frame.text)
        if message["type"] == "snapshot":
            board = message["board"]
        elif message["type"] == "tick":
            assert board is not None
            rows = {one["symbol"]: one for one in board["rows"]}
            for name, changed in message["rows"].items():
                rows[name] = rows.get(name, {}) | changed
            for name in message.get("gone", ()):
                del rows[name]
            board = {**message["head"], "rows": [rows[name] for name in sorted(rows)]}
        else:
            assert message["from"] == message["lines"][0]["n"]
            lines += [one["n"] for one in message["lines"]]
    return board


def lines_of(first: int, count: int) -> list[tuple[int, bytes]]:
    return [(number, f'{{"n":{number}}}'.encode()) for number in range(first, first + count)]


@settings(max_examples=this_many(40, 3_000), deadline=None)
@given(_STEPS, _HEARS, st.booleans())
def test_ticks_applied_to_the_snapshot_are_the_board_and_each_line_is_told_once(
    steps: list[Any], hears: list[bool], breaks_off: bool
) -> None:
    topic = SessionTopic(SESSION, lambda: NOW)
    client = applied(None, [], [topic.snapshot()])
    heard: int | None = topic.number
    lines: list[int] = []
    for sequence, ((rows, count), hears_now) in enumerate(zip(steps, hears, strict=False), 1):
        topic.append(lines_of(topic.events + 1, count))
        topic.show(board_of(sequence, rows))
        if not hears_now:
            continue
        had = client["sequence"] if client else 0
        frames = topic.missed(had, len(lines) + 1) if breaks_off else topic.frames_after(heard)
        client = applied(client, lines, frames)
        heard = frames[-1].number
        assert heard == topic.number
        assert client == json.loads(board_to_json(board_of(sequence, rows)))
        assert lines == list(range(1, topic.events + 1))


def test_who_is_far_behind_gets_the_whole_board_and_still_every_line() -> None:
    topic = SessionTopic(SESSION, lambda: NOW)
    for sequence in range(1, MOST_TICKS_BEHIND + 4):
        topic.append(lines_of(sequence, 1))
        topic.show(board_of(sequence, {"BTCUSDT": ("ARMED", str(sequence), "1")}))
    kinds = [json.loads(frame.text)["type"] for frame in topic.frames_after(2)]
    assert kinds == ["events_append"] * (MOST_TICKS_BEHIND + 2) + ["snapshot"]
    assert topic.frames_after(topic.number) == []


def test_a_tick_tells_of_a_symbol_only_what_changed() -> None:
    topic = SessionTopic(SESSION, lambda: NOW)
    topic.show(board_of(1, {"BTCUSDT": ("ARMED", "1", "1"), "ETHUSDT": ("ARMED", "1", "1")}))
    topic.show(board_of(2, {"BTCUSDT": ("ARMED", "2.5", "1"), "ETHUSDT": ("ARMED", "1", "1")}))
    tick = json.loads(topic.frames_after(topic.number - 1)[0].text)
    assert (tick["sequence"], tick["rows"]) == (2, {"BTCUSDT": {"mark": "2.5"}})
    assert tick["head"].keys() == {field.name for field in msgspec.structs.fields(SessionBoard)} - {"rows"}


def test_a_line_that_is_no_longer_kept_is_not_made_up_for_and_the_gap_can_be_seen() -> None:
    topic = SessionTopic(SESSION, lambda: NOW)
    topic.remember(lines_of(100, 5))
    topic.show(board_of(1, {}))
    lines: list[int] = []
    applied(None, lines, topic.missed(0, 50))
    assert lines == []
    assert json.loads(topic.snapshot().text)["events"] == 104
    applied(None, lines, topic.missed(1, 102))
    assert lines == [102, 103, 104]
