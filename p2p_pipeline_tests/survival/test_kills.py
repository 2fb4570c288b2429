"""SIGKILL at named and at random places: of the worker, of PostgreSQL's postmaster, of its other processes."""

from __future__ import annotations

import os
import random
import sys

import pytest

from p2p_pipeline.postgres.connection import connect
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.survival.kill_series import kill_series
from p2p_pipeline_tests.survival.lives import ANY_TIME
from p2p_pipeline_tests.survival.remains import stored_offers

EACH_KIND = (
    ("after_append", "worker"),
    ("before_end", "worker"),
    ("staged", "worker"),
    ("merged", "backend"),
    ("before_commit", "postmaster"),
    ("committed", "worker"),
    ("subworker", "worker"),
    (ANY_TIME, "worker"),
)
"""Each place and each victim once, and one at any time."""


def say(line: str) -> None:
    """Shown where the test fails, or with `pytest -s`."""
    sys.stdout.write(line + "\n")


def test_a_kill_of_each_kind_leaves_no_batch_in_half_lost_or_doubled() -> None:
    seed = random.randrange(10_000)
    say(f"seed {seed}")
    with kill_series(seed, is_quick=True) as series:
        assert series.live() == "done"
        outcomes = []
        for place, victim in EACH_KIND:
            delay = series.random_source.uniform(0.0, series.usual_seconds)
            outcomes.append(series.kill_and_recover(place, victim, delay_seconds=delay))
        assert series.live() == "done"
        troubles = series.troubles()
        batches = series.remains.stored_batches()
        offers = sum(len(stored_offers(series.remains.reader, batch_id)) for batch_id in batches)
    assert not troubles, f"seed {seed}: {troubles}"
    assert outcomes[:3] == ["killed"] * 3
    assert all(len(sentence) < 300 and "\n" not in sentence for sentence in series.sentences)
    assert len(batches) > len(EACH_KIND) / 2
    assert offers > 50 * len(EACH_KIND) / 2, "there was something to lose"


@pytest.mark.long
@pytest.mark.timeout(3600)
@only_long
def test_a_hundred_kills_leave_no_batch_in_half_lost_or_doubled() -> None:
    seed = int(os.environ.get("P2P_SEED") or random.randrange(10_000))
    with kill_series(seed) as series:
        series.live()
        assert series.live() == "done"
        for number in range(100):
            outcome = series.kill_and_recover()
            say(f"kill {number + 1}: {outcome[:60]}")
        assert series.live() == "done"
        troubles = series.troubles()
    say(f"seed {seed}: {sum(series.killed.values())} kills")
    for kind, times in sorted(series.killed.items()):
        say(f"  {kind}: {times}")
    for sentence, times in series.sentences.most_common():
        say(f"  {times} x {sentence}")
    assert not troubles, f"seed {seed}: {troubles}"


def test_the_kill_test_is_red_when_something_is_wrong() -> None:
    with kill_series(1, is_quick=True) as series:
        assert series.live() == "done"
        assert series.troubles() == []
        with connect(series.server) as connection:
            connection.execute("UPDATE counted_offers SET offers = offers * 2")
            one = "(SELECT min(offer_id) FROM offer_versions_open)"
            connection.execute(f"UPDATE offer_versions SET price = price + 1 WHERE offer_id = {one}")
        told = " ".join(series.troubles())
        assert "lost" in told
        assert "invented" in told
        assert "the subworker counted" in told

        assert series.live("before_end") == "killed"
        assert series.live(sweeps=False, sabotage="forgets") == "done"
        assert "stored and not loaded" in " ".join(series.troubles())

        assert series.live("before_commit", sabotage="two_transactions") == "killed"
        assert "half-loaded" in " ".join(series.troubles(is_settled=False))
