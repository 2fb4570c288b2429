"""Money of a good log adds up wherever one looks; a changed figure is found, with its line and what it must be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline.paper.results.auditing import Audited, fees_and_funding_add_up, money_conserved, no_negative_cash
from p2p_pipeline.paper.results.reading import results_of
from p2p_pipeline_tests.paper.recordings import START
from p2p_pipeline_tests.paper.results.test_reading import random_log
from p2p_pipeline_tests.paper.sessions import armed, lines_of, moved

Lines = list[dict[str, Any]]


def audited(lines: Lines) -> dict[str, Audited]:
    found = results_of(lines)
    return {
        "cash": no_negative_cash(found),
        "conserved": money_conserved(lines, found.money.start),
        "costs": fees_and_funding_add_up(lines, found.config, found),
    }


def held_through_funding(**more: Any) -> Lines:
    recording = moved(armed(), 20_600).ticker(22_000, ask1Price="100.8", nextFundingTime=str(START + 30_000))
    recording.ticker(31_000, bid1Price="102", markPrice="102")
    return lines_of(recording, funding_cooldown={"before_seconds": 0, "after_seconds": 0}, **more)


def changed(lines: Lines, kind: str, **fields: str) -> Lines:
    return [{**line, **fields} if line["type"] == kind else line for line in lines]


def test_the_money_of_random_sessions_adds_up() -> None:
    for seed in range(4):
        lines, _ = random_log(seed)
        found = audited(lines)
        assert found["conserved"].wrong == found["costs"].wrong == ()
        assert found["costs"].judged >= 1


@pytest.mark.parametrize(
    ("kind", "fields", "check", "what"),
    [
        ("position_closed", {"realised": "7"}, "conserved", "position_closed: realised"),
        ("summary", {"equity": "10001"}, "conserved", "summary: equity"),
        ("snapshot", {"funding": "1"}, "conserved", "snapshot: equity"),
        ("order_filled", {"fee": "0.5"}, "costs", "order_filled: fee"),
        ("position_closed", {"fee": "0.5"}, "costs", "position_closed: fee"),
        ("funding_applied", {"amount": "-0.00999900"}, "costs", "funding_applied: amount"),
        ("summary", {"funding": "0.1"}, "costs", "summary: funding"),
    ],
)
def test_a_changed_figure_is_found(kind: str, fields: dict[str, str], check: str, what: str) -> None:
    lines = held_through_funding()
    assert all(not one.wrong for one in audited(lines).values())
    found = audited(changed(lines, kind, **fields))[check]
    assert what in {one.what for one in found.wrong}
    (wrong,) = [one for one in found.wrong if one.what == what]
    assert wrong.line == next(line["n"] for line in lines if line["type"] == kind)
    assert Decimal(wrong.must_be) != Decimal(next(iter(fields.values())))


def test_equity_that_falls_below_nothing_is_found() -> None:
    assert audited(held_through_funding())["cash"].wrong == ()
    (wrong,) = audited(held_through_funding(account={"start_equity": "0.01"}))["cash"].wrong[:1]
    assert wrong.must_be == "0 or more"
