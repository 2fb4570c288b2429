"""Trouble is told once, told again after a while, and told when it is over."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring.alerts import OUTBOX_LIMIT, Alerts, Kind, Trouble, decide
from p2p_pipeline.p2p.settings import AlertSettings
from p2p_pipeline_tests.monitoring.webhook import webhook

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
STALE = Trouble("stale/bybit.USDT-RUB BUY", "bybit.USDT-RUB BUY is stale", "no snapshot since 11:50")


def everything(_key: str) -> bool:
    return True


def test_a_trouble_that_lasts_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    with webhook() as (url, received):
        alerts = Alerts(tmp_path, url, DAY)
        for minute in range(10):
            alerts.report([STALE], everything, NOON + timedelta(minutes=minute))
            alerts.deliver()
        alerts.report([], everything, NOON + timedelta(minutes=10))
        alerts.report([], everything, NOON + timedelta(minutes=11))
        assert (alerts.deliver(), alerts.deliver()) == (1, 0)
    assert [message["kind"] for message in received] == ["raised", "recovered"]
    assert received[0]["text"] == "bybit.USDT-RUB BUY is stale: no snapshot since 11:50"
    assert received[1]["since"] == NOON.isoformat()


def test_a_restart_tells_nothing_twice(tmp_path: Path) -> None:
    assert Alerts(tmp_path, None, DAY).report([STALE], everything, NOON)
    assert not Alerts(tmp_path, None, DAY).report([STALE], everything, NOON + timedelta(minutes=1))


def test_a_trouble_that_lasts_longer_than_the_repeat_time_is_told_again(tmp_path: Path) -> None:
    alerts = Alerts(tmp_path, None, DAY)
    alerts.report([STALE], everything, NOON)
    assert not alerts.report([STALE], everything, NOON + DAY - timedelta(seconds=1))
    (again,) = alerts.report([STALE], everything, NOON + DAY)
    assert again.kind is Kind.REPEATED
    assert again.since == NOON


def test_a_clock_set_back_does_not_silence_an_alert(tmp_path: Path) -> None:
    alerts = Alerts(tmp_path, None, DAY)
    alerts.report([STALE], everything, NOON)
    (again,) = alerts.report([STALE], everything, NOON - timedelta(days=3))
    assert again.kind is Kind.REPEATED


def test_a_watcher_closes_only_what_it_watches(tmp_path: Path) -> None:
    alerts = Alerts(tmp_path, None, DAY)
    alerts.report([STALE], everything, NOON)
    assert not alerts.report([], lambda key: key.startswith("run/"), NOON)
    assert set(alerts.open_alerts()) == {STALE.key}


def test_a_receiver_that_was_down_gets_everything_in_order_when_it_is_back(tmp_path: Path) -> None:
    down = Alerts(tmp_path, "http://127.0.0.1:9/", DAY)
    down.report([STALE], everything, NOON)
    assert down.deliver() == 0
    with webhook(status=500) as (url, _):
        failing = Alerts(tmp_path, url, DAY)
        failing.report([], everything, NOON + timedelta(minutes=1))
        assert failing.deliver() == 0
    with webhook() as (url, received):
        assert Alerts(tmp_path, url, DAY).deliver() == 2
        assert Alerts(tmp_path, url, DAY).deliver() == 0
    assert [message["kind"] for message in received] == ["raised", "recovered"]


def test_who_raises_an_alert_never_waits_for_the_receiver(tmp_path: Path) -> None:
    is_posting, may_end = threading.Event(), threading.Event()

    def slow(_url: str, _body: bytes) -> None:
        is_posting.set()
        assert may_end.wait(10)

    alerts = Alerts(tmp_path, "http://slow/", DAY, post=slow)
    alerts.report([STALE], everything, NOON)
    assert not is_posting.is_set()
    delivery = threading.Thread(target=alerts.deliver)
    delivery.start()
    assert is_posting.wait(10)
    # While a message is on its way, the next one is written: this would hang if the post held the state's lock.
    raised = threading.Thread(target=alerts.report, args=([STALE, Trouble("k", "New", "")], everything, NOON))
    raised.start()
    raised.join(5)
    was_free = not raised.is_alive()
    may_end.set()
    delivery.join()
    raised.join()
    assert was_free
    # The one that came meanwhile is still to be posted, the delivered one is not.
    assert [payload["key"] for payload in json.loads((tmp_path / "alerts.json").read_text())["outbox"]] == ["k"]


def test_a_delivery_to_a_slow_receiver_ends_after_seconds_and_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2p_pipeline.monitoring.alerts.DELIVERY_SECONDS", 0.05)
    taken: list[str] = []

    def slow(_url: str, body: bytes) -> None:
        taken.append(json.loads(body)["key"])
        time.sleep(0.03)

    alerts = Alerts(tmp_path, "http://slow/", DAY, post=slow)
    alerts.report([Trouble(key, key, "") for key in "abcdef"], everything, NOON)
    first = alerts.deliver()
    assert 1 <= first <= 2
    while alerts.deliver():
        pass
    assert taken == list("abcdef")


def test_a_webhook_url_that_is_no_url_breaks_nothing_and_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    alerts = Alerts(tmp_path, "http://[secret", DAY)
    with caplog.at_level(logging.WARNING):
        assert alerts.report([STALE], everything, NOON)
        assert alerts.deliver() == 0
    assert "did not take a message" in caplog.text
    assert "secret" not in caplog.text


def test_the_outbox_of_a_receiver_that_never_comes_back_stays_small(tmp_path: Path) -> None:
    def refuse(_url: str, _body: bytes) -> None:
        raise OSError

    alerts = Alerts(tmp_path, "http://nowhere/", timedelta(seconds=1), post=refuse)
    for second in range(OUTBOX_LIMIT + 20):
        alerts.report([STALE], everything, NOON + timedelta(seconds=second))
    alerts.deliver()
    stored = json.loads((tmp_path / "alerts.json").read_text())
    assert len(stored["outbox"]) == OUTBOX_LIMIT
    assert stored["outbox"][-1]["at"] == (NOON + timedelta(seconds=OUTBOX_LIMIT + 19)).isoformat()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"open": {"a": 1}, "outbox": []}', '{"open": 3}'])
def test_a_damaged_state_file_starts_anew_instead_of_stopping_alerts(tmp_path: Path, text: str) -> None:
    (tmp_path / "alerts.json").write_text(text)
    assert Alerts(tmp_path, None, DAY).report([STALE], everything, NOON)
    assert set(Alerts(tmp_path, None, DAY).open_alerts()) == {STALE.key}


def test_the_webhook_comes_from_the_variable_the_settings_name(tmp_path: Path) -> None:
    with webhook() as (url, received):
        settings = AlertSettings(webhook_variable="MY_HOOK")
        for folder, environment in (("one", {"MY_HOOK": url}), ("other", {})):
            alerts = Alerts.configured(DataPaths(tmp_path / folder), settings, environment)
            alerts.report([STALE], everything, NOON)
            alerts.deliver()
    assert len(received) == 1


@pytest.mark.parametrize("severity", ["warning", "error"])
def test_the_log_says_what_the_webhook_says(tmp_path: Path, caplog: pytest.LogCaptureFixture, severity: str) -> None:
    with caplog.at_level(logging.INFO, logger="p2p_pipeline.alerts"):
        Alerts(tmp_path, None, DAY).report([Trouble("k", "A title", "a detail", severity)], everything, NOON)
        Alerts(tmp_path, None, DAY).report([], everything, NOON)
    assert [record.message for record in caplog.records] == [
        "A title: a detail",
        "Over: A title (since 2026-11-20 12:00 UTC)",
    ]


@given(st.lists(st.sets(st.sampled_from("abcd")), max_size=12))
def test_every_raise_has_at_most_one_recovery_and_every_change_is_told(steps: list[set[str]]) -> None:
    open_alerts: dict[str, object] = {}
    decide_any: Callable[..., tuple[list[object], dict[str, object]]] = decide  # type: ignore[assignment]
    previous: set[str] = set()
    for number, present in enumerate(steps):
        troubles = [Trouble(key, key, "") for key in sorted(present)]
        messages, open_alerts = decide_any(open_alerts, troubles, everything, NOON + timedelta(minutes=number), DAY)
        told = {(message.kind, message.key) for message in messages}  # type: ignore[attr-defined]
        assert told == {(Kind.RAISED, key) for key in present - previous} | {
            (Kind.RECOVERED, key) for key in previous - present
        }
        assert set(open_alerts) == present
        previous = present
