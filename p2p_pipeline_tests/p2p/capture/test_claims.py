from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from p2p_pipeline.p2p.capture.claims import Claim, ClaimFolder, HeldByOther, Holder
from p2p_pipeline.p2p.markets import Market, MarketSide, Side

BUY = MarketSide(Market("bybit", "USDT", "RUB"), Side.BUY)
SELL = MarketSide(Market("bybit", "USDT", "RUB"), Side.SELL)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _folder(path: Path, program: str) -> ClaimFolder:
    return ClaimFolder(path, Holder(program, 4711, "a-host"))


def test_the_second_one_is_told_in_one_sentence_who_holds_it(tmp_path: Path) -> None:
    with _folder(tmp_path, "the sensor").claim(BUY, 7) as first:
        assert isinstance(first, Claim)
        first.announce(7, NOW)
        with _folder(tmp_path, "p2p collect").claim(BUY, 7) as second:
            assert isinstance(second, HeldByOther)
            assert second.message.startswith(
                "bybit.USDT-RUB BUY is being collected by the sensor (process 4711 on a-host, since 2026-03-01T12:00:00"
            )
        with _folder(tmp_path, "p2p collect").claim(SELL, 7) as other_side:
            assert isinstance(other_side, Claim)


def test_a_claim_given_back_still_says_who_collected_its_slot(tmp_path: Path) -> None:
    with _folder(tmp_path, "the sensor").claim(BUY, 7) as first:
        assert isinstance(first, Claim)
        first.announce(7, NOW)
    with _folder(tmp_path, "p2p collect").claim(BUY, 7) as second:
        assert isinstance(second, Claim)
        assert "the sensor" in str(second.collector_of(7))
        assert second.collector_of(8) is None


def test_a_claim_whose_words_are_damaged_still_holds(tmp_path: Path) -> None:
    with _folder(tmp_path, "the sensor").claim(BUY, 7):
        next(tmp_path.rglob("*.claim")).write_bytes(b"{torn")
        with _folder(tmp_path, "p2p collect").claim(BUY, 7) as second:
            assert isinstance(second, HeldByOther)
            assert "another process" in second.message


def test_the_kernel_gives_back_the_claim_of_a_killed_process(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from p2p_pipeline.p2p.capture.claims import ClaimFolder, Holder\n"
        "from p2p_pipeline.p2p.markets import Market, MarketSide, Side\n"
        "side = MarketSide(Market('bybit', 'USDT', 'RUB'), Side.BUY)\n"
        "with ClaimFolder(Path(sys.argv[1]), Holder.this_process('the doomed')).claim(side, 7):\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with _folder(tmp_path, "p2p collect").claim(BUY, 7) as refused:
            assert isinstance(refused, HeldByOther)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with _folder(tmp_path, "p2p collect").claim(BUY, 7) as held:
        assert isinstance(held, Claim)
