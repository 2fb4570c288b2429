"""Blocking questions: asked once at a time, bounded in number and time, kept while what they are made from is."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from p2p_pipeline.web.workers import MOST_KEPT, MOST_KEPT_BYTES, MOST_WAITING, Busy, Lane, TooSlow, Workers


def test_who_asks_the_same_at_the_same_time_shares_one_answer() -> None:
    asked: list[int] = []

    def answer() -> str:
        asked.append(1)
        time.sleep(0.1)
        return "it"

    async def many() -> list[str]:
        workers = Workers()
        return await asyncio.gather(*(workers.ask("q", answer) for _ in range(5)))

    assert asyncio.run(many()) == ["it"] * 5
    assert len(asked) == 1


def test_the_next_question_of_a_full_house_is_told_to_come_back() -> None:
    gate = threading.Event()

    async def crowd() -> None:
        workers = Workers(threads=1, most_waiting=1)
        running = [asyncio.create_task(workers.ask(number, gate.wait)) for number in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(Busy):
            await workers.ask("one too many", gate.wait)
        gate.set()
        await asyncio.gather(*running)
        assert await workers.ask("later", lambda: 1) == 1, "there is room again"

    asyncio.run(crowd())


def test_what_takes_too_long_is_said_so_and_kept_for_who_asks_again() -> None:
    gate, made = threading.Event(), []

    def answer() -> str:
        gate.wait(5)
        made.append(1)
        return "late"

    async def patient() -> str:
        workers = Workers(seconds=0.05)
        with pytest.raises(TooSlow):
            await workers.ask_once("q", 1, answer)
        gate.set()
        while not made:
            await asyncio.sleep(0.01)
        return await workers.ask_once("q", 1, answer)

    assert asyncio.run(patient()) == "late"
    assert len(made) == 1


def test_an_answer_is_kept_until_its_version_changes() -> None:
    made: list[int] = []

    def answer() -> int:
        made.append(1)
        return len(made)

    async def asking() -> list[int]:
        workers = Workers()
        return [await workers.ask_once("q", version, answer) for version in (1, 1, 2, 2)]

    assert asyncio.run(asking()) == [1, 1, 2, 2]


def test_bodies_that_are_kept_have_a_budget_and_a_huge_one_is_not_kept() -> None:
    async def asking() -> tuple[int, int]:
        workers = Workers()
        for number in range(40):
            await workers.ask_once(number, 1, lambda: b"x" * (MOST_KEPT_BYTES // 8))
        await workers.ask_once("huge", 1, lambda: b"x" * (MOST_KEPT_BYTES // 2))
        line = workers._lines[Lane.QUICK]
        return line.kept_bytes, ("huge", 1) in line.kept

    kept, is_huge_kept = asyncio.run(asking())
    assert 0 < kept <= MOST_KEPT_BYTES
    assert not is_huge_kept


def test_what_is_slow_keeps_nobody_waiting_who_asks_for_what_is_quick() -> None:
    gate = threading.Event()

    async def both() -> str:
        workers = Workers(threads=2)
        many = range(2 + MOST_WAITING)
        slow = [asyncio.create_task(workers.ask(number, gate.wait, lane=Lane.SLOW)) for number in many]
        await asyncio.sleep(0.05)
        with pytest.raises(Busy):
            await workers.ask("one more", gate.wait, lane=Lane.SLOW)
        quick = await asyncio.wait_for(workers.ask("q", lambda: "at once"), 2)
        gate.set()
        await asyncio.gather(*slow)
        return quick

    assert asyncio.run(both()) == "at once"


def test_whoever_has_less_patience_is_told_so_and_the_work_goes_on() -> None:
    gate, made = threading.Event(), []

    def answer() -> str:
        gate.wait(5)
        made.append(1)
        return "it"

    async def asking() -> str:
        workers = Workers()
        patient = asyncio.create_task(workers.ask_once("q", 1, answer))
        await asyncio.sleep(0.02)
        with pytest.raises(TooSlow):
            await workers.ask_once("q", 1, answer, patience_seconds=0.02)
        gate.set()
        return await patient

    assert asyncio.run(asking()) == "it"
    assert made == [1]


def test_what_is_made_often_pushes_out_nothing_that_took_seconds() -> None:
    made: list[int] = []

    async def asking() -> None:
        workers = Workers()
        for number in (1, 2):
            await workers.ask_once("advice", 1, lambda: made.append(1), lane=Lane.SLOW)
            for other in range(MOST_KEPT + 1):
                await workers.ask_once(other, number, lambda: "quick")

    asyncio.run(asking())
    assert made == [1]
