"""A session of a day takes no more memory than one of three hours, with all it writes and shows; time runs in leaps."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
import yaml

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions import replaying
from p2p_pipeline.paper.live.boards import BoardMaker, Outside
from p2p_pipeline.paper.live.held import Held
from p2p_pipeline.paper.log.writing import LogWriter
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import Arrived
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.notes import Resumed, Told, note_frame
from p2p_pipeline.paper.replay.replaying import LeftOut, recorded
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.effort import IS_LONG, only_long
from p2p_pipeline_tests.paper.golden import nobody
from p2p_pipeline_tests.paper.live.sessions import EAGER
from p2p_pipeline_tests.paper.recordings import SOCKET, START, Recording, instrument, kline_message, kline_row

MINUTE, HOUR = 60_000, 3_600_000
ON_THE_GRID = MINUTE - START % MINUTE
MIB = 1 << 20


class Market:
    """Some symbols, each with a frame in so many seconds and a candle a minute."""

    def __init__(self, symbols: int, every_seconds: int) -> None:
        self.names = [f"S{number:03d}USDT" for number in range(symbols)]
        self._every = every_seconds
        self._rng = random.Random(4)
        self._price = dict.fromkeys(self.names, 1_000)

    def beginning(self) -> list[Frame]:
        recording = Recording().instruments(*map(instrument, self.names))
        for symbol in self.names:
            recording.snapshot(100, symbol)
        return [from_line(orjson.dumps(line)) for line in recording.lines]

    def minute(self, number: int) -> Iterator[Frame]:
        """Of one minute, by time."""
        begin = ON_THE_GRID + number * MINUTE
        for symbol in self.names:
            row = kline_row(begin - MINUTE, 1, f"{self._price[symbol] / 10}")
            yield self._frame(begin + 300, kline_message(symbol, 1, [row]))
        for second in range(1, 60, self._every):
            for symbol in self.names:
                yield self._frame(begin + second * 1_000, self._ticker(symbol, begin + second * 1_000))

    def _ticker(self, symbol: str, at: int) -> dict[str, object]:
        self._price[symbol] = price = max(self._price[symbol] + self._rng.randrange(-6, 7), 500)
        values = {
            "symbol": symbol, "markPrice": f"{price / 10}", "lastPrice": f"{price / 10}",
            "bid1Price": f"{(price - 1) / 10}", "ask1Price": f"{(price + 1) / 10}", "openInterest": f"{price * 7}",
            "openInterestValue": f"{price * self._rng.randrange(90, 110)}.{at % 97}", "fundingRate": "0.0001",
            "nextFundingTime": f"{(START + at) // HOUR * HOUR + HOUR}",
        }  # fmt: skip
        return {"topic": f"tickers.{symbol}", "type": "delta", "ts": START + at, "data": values}

    def _frame(self, at: int, message: dict[str, object]) -> Frame:
        return Frame("bybit", "ws1", Passage.SOCKET, orjson.dumps(message), (START + at) * 1_000_000, SOCKET)


def begun(paths: DataPaths, settings: PaperSettings) -> SessionFolder:
    folder = SessionFolder(paths, "session")
    folder.root.mkdir(parents=True)
    folder.config.write_text(yaml.safe_dump(settings.model_dump(mode="json")))
    return folder


def lived(folder: SessionFolder, settings: PaperSettings, market: Market, hours: int, told: list[float]) -> int:
    """A session's life without its sockets; into `told` comes the memory after each hour, MiB. How often it traded."""
    held = Held(Driver(new_session(folder.session, settings)))
    boards = BoardMaker(held.driver.session, START, None, is_simulated=True)
    log = LogWriter(folder.log)
    with closing(Recorder(folder.frames, Source.SIMULATED)) as recorder:

        def take(frames: Iterator[Frame], now: int) -> None:
            for frame in frames:
                recorder.write(frame)
                held.push(frame)
            while True:
                for one in held.release(START + now):
                    log.say(one)
                if not held.is_behind(START + now):
                    break
            boards.make(Outside(START + now, held.driver.session.state, "", log.durable))

        take(iter(market.beginning()), ON_THE_GRID)
        for minute in range(hours * 60):
            take(market.minute(minute), ON_THE_GRID + (minute + 1) * MINUTE)
            if minute % 20 == 19:
                recorder.make_durable()
                log.sync()
            if minute % 60 == 59:
                gc.collect()
                told.append(tracemalloc.get_traced_memory()[0] / MIB)
        end = ON_THE_GRID + hours * 60 * MINUTE
        take(iter([note_frame(Told("stop"), START + end)]), end + 1)
        log.sync()
        assert recorder.lost == 0
    return held.driver.session.account.trades


LONG = [pytest.mark.long, pytest.mark.timeout(3_600), only_long]


@pytest.mark.parametrize(
    ("symbols", "hours", "every_seconds"),
    # more frames than one a minute are not kept either
    [(3, 4, 20), pytest.param(20, 24, 20, marks=LONG), pytest.param(600, 4, 60, marks=LONG)],
)
def test_the_memory_of_a_session_is_flat_once_the_newest_candles_are_there(
    tmp_path: Path, symbols: int, hours: int, every_seconds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = PaperSettings.model_validate({**EAGER, "stale_after_seconds": 70, "reference_max_age_seconds": 70,
                                             "universe": {**EAGER["universe"], "max_symbols": 600}})  # fmt: skip
    told: list[float] = []
    tracemalloc.start(1)
    try:
        trades = lived(begun(DataPaths(tmp_path), settings), settings, Market(symbols, every_seconds), hours, told)
    finally:
        tracemalloc.stop()
    if IS_LONG:
        with capsys.disabled():
            print(f"\n{symbols} symbols, MiB after each hour:", *(f"{one:.1f}" for one in told))  # noqa: T201
    assert trades > symbols
    # the newest 128 candles of a minute are there after 2 hours and 8 minutes
    assert max(told[3:]) < told[2] * 1.03 + 0.1


@pytest.mark.parametrize("has_crashed", [False, True])
def test_a_sessions_folder_is_replayed_frame_after_frame_over_its_crashes_too(
    tmp_path: Path, has_crashed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, settings = DataPaths(tmp_path), PaperSettings.model_validate({**EAGER, "stale_after_seconds": 30})
    folder = begun(paths, settings)
    lived(folder, settings, Market(4, 10), 1, [])
    if has_crashed:
        with closing(Recorder(folder.frames, Source.SIMULATED)) as recorder:
            for line, minute in ((40, 20), (90, 40)):
                recorder.write(note_frame(Resumed(line), START + ON_THE_GRID + minute * MINUTE))
    read, most_held, take = Counter[str](), [0], Driver.take

    def counted(frames: Path, left_out: LeftOut) -> Iterator[Frame]:
        for frame in recorded(frames, left_out):
            read["frames"] += 1
            yield frame

    def taken(self: Driver, arrived: Arrived) -> list[Said]:
        read["taken"] += 1
        most_held[0] = max(most_held[0], read["frames"] - read["taken"])
        return take(self, arrived)

    monkeypatch.setattr(replaying, "recorded", counted)
    monkeypatch.setattr(Driver, "take", taken)
    found = replaying.replay_session(paths, folder.root, nobody)
    assert read["taken"] > 1_500
    assert most_held[0] < 30
    assert found.compared.is_same is not has_crashed
