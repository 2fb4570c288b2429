"""A topic gives each client exactly what it has not got, once, however slow it is and wherever it broke off."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.web.live.topic import MOST_BEHIND, MOST_FRAMES, Frame, Topic

NOW = datetime(2026, 11, 30, tzinfo=UTC)
Rows = dict[str, dict[str, Any]]


def topic_of(*states: Rows) -> Topic:
    topic = Topic("now", lambda: NOW)
    for rows in states:
        topic.publish(rows, NOW)
    return topic


def applied(rows: Rows, frames: list[Frame]) -> Rows:
    """What a client knows after hearing frames."""
    for frame in frames:
        message = json.loads(frame.text)
        if message["type"] == "snapshot":
            rows = dict(message["rows"])
        else:
            rows = {name: row for name, row in (rows | message["rows"]).items() if name not in message["gone"]}
    return rows


def test_nothing_is_sent_when_nothing_changed() -> None:
    topic = topic_of({"a": {"x": 1}})
    assert not topic.publish({"a": {"x": 1}}, NOW)
    assert topic.number == 1


def test_only_what_changed_is_in_a_change() -> None:
    topic = topic_of({"a": {"x": 1}, "b": {"x": 1}}, {"a": {"x": 1}, "b": {"x": 2}})
    (frame,) = topic.frames_after(1)
    message = json.loads(frame.text)
    assert (message["rows"], message["gone"], message["seq"]) == ({"b": {"x": 2}}, [], 2)


STATES = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.fixed_dictionaries({"x": st.integers(0, 3)})), min_size=1, max_size=12
)


@given(STATES, st.data())
def test_a_client_that_reads_now_and_then_always_ends_where_the_topic_is(
    states: list[Rows], data: st.DataObject
) -> None:
    topic, number = Topic("now", lambda: NOW), None
    known: Rows = {}
    for rows in states:
        topic.publish(rows, NOW)
        if data.draw(st.booleans()):
            frames = topic.frames_after(number)
            known, number = applied(known, frames), frames[-1].number if frames else number
    known = applied(known, topic.frames_after(number))
    assert known == states[-1]


@given(STATES, st.data())
def test_a_client_that_comes_back_misses_nothing(states: list[Rows], data: st.DataObject) -> None:
    topic, before = Topic("now", lambda: NOW), data.draw(st.integers(0, len(states)))
    for rows in states[:before]:
        topic.publish(rows, NOW)
    known, number = applied({}, [topic.snapshot()]), topic.number
    for rows in states[before:]:
        topic.publish(rows, NOW)
    assert applied(known, topic.missed(topic.epoch, number)) == applied({}, [topic.snapshot()])


def test_a_client_from_before_a_restart_or_too_far_behind_gets_the_whole_state() -> None:
    topic = topic_of(*({"a": {"x": number}} for number in range(MOST_FRAMES + 10)))
    assert json.loads(topic.missed("other", topic.number)[0].text)["type"] == "snapshot"
    assert json.loads(topic.missed(topic.epoch, 3)[0].text)["type"] == "snapshot"
    assert len(topic.missed(topic.epoch, topic.number - 20)) == 20
    assert json.loads(topic.frames_after(topic.number - MOST_BEHIND - 1)[0].text)["type"] == "snapshot"


def test_a_frame_is_made_once_for_all() -> None:
    topic = topic_of({"a": {"x": 1}})
    assert topic.snapshot() is topic.snapshot()
    assert topic.frames_after(0)[0] is topic.frames_after(0)[0]
