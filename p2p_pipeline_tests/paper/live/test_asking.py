"""What is asked of Bybit's perpetuals keeps its limits: characters a connection, topics a request."""

from __future__ import annotations

import json

import pytest

from p2p_pipeline.exchanges.connections.planner import Plan, in_parts
from p2p_pipeline.paper.wire import asking

LIMIT = 21_000
"""Characters of all args of one connection."""


@pytest.mark.parametrize("symbols", [1, 600, 1500])
def test_the_args_of_a_connection_stay_below_its_characters_also_while_the_universe_changes_them(symbols: int) -> None:
    names = [f"1000000SYMBOL{number}USDT" for number in range(symbols)]
    plan: Plan[str] = Plan(asking.LIMITS, asking.topic_length)
    plan.want([asking.ticker_topic(name) for name in names])
    before = {name: list(topics) for name, topics in plan.connections.items()}
    kept = names[::2]
    wanted = [write for name in kept for write in (asking.ticker_topic(name), asking.kline_topic(name, 240))]
    changes = plan.want(wanted)
    assert sorted(topic for topics in plan.connections.values() for topic in topics) == sorted(wanted)
    assert plan.left_out == ()
    for name, topics in plan.connections.items():
        assert len(json.dumps(topics, separators=(",", ":"))) < LIMIT
        # what is unsubscribed may still count at the exchange until it has answered
        added = next((one.added for one in changes if one.connection == name), ())
        assert len(json.dumps(before.get(name, []), separators=(",", ":"))) < LIMIT
        assert all(len(part) <= asking.TOPICS_PER_REQUEST for part in in_parts(added, asking.LIMITS))


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"success":true,"ret_msg":"","conn_id":"a","req_id":"7","op":"subscribe"}', asking.Answer("7", True, "")),
        (
            b'{"success":false,"ret_msg":"error:handler not found,topic:tickers.X","req_id":"8","op":"subscribe"}',
            asking.Answer("8", False, "error:handler not found,topic:tickers.X"),
        ),
        (b'{"success":true,"ret_msg":"pong","conn_id":"a","op":"ping"}', None),
        (b'{"op":"pong","args":["1"]}', None),
        (b'{"topic":"tickers.AAAUSDT","type":"delta","ts":1,"data":{}}', None),
        (b"{", None),
        (b"[1]", None),
    ],
)
def test_answers_are_told_from_pongs_and_data(body: bytes, answer: asking.Answer | None) -> None:
    assert asking.answer_of(body) == answer
