"""`p2p doctor` tells each trouble once, and a data folder that is none says so everywhere."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.exchanges.frames.folder import FrameFile
from p2p_pipeline.exchanges.frames.frame_writer import FrameWriter
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline_tests.exchanges.example_board import example_board


def p2p(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("content", [b"timezone: Mars\n", bytes(range(256)), None])
def test_settings_that_can_not_be_used_are_one_finding(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "mine.yaml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    found = p2p("--data-dir", tmp_path / "data", "--settings", file, "doctor", "--offline", "--json")
    assert found.exit_code == 1
    bad = [finding["name"] for finding in orjson.loads(found.stdout) if not finding["is_fine"]]
    assert bad == ["settings"]
    assert "Traceback" not in found.output


@pytest.mark.parametrize("below", ["", "deep/er"])
def test_a_data_folder_that_is_a_file_says_so(tmp_path: Path, below: str) -> None:
    file = tmp_path / "data"
    file.write_text("")
    found = p2p("--data-dir", file / below, "sql", "SELECT 1")
    assert found.exit_code == 1
    assert (
        found.stderr
        == f"p2p: the data folder was {file / below}, but {file} is no folder; choose another with --data-dir\n"
    )
    told = p2p("--data-dir", file / below, "doctor", "--offline")
    assert told.exit_code == 1
    assert "is a file, no folder" in told.stdout


def of_exchanges(folder: Path) -> dict[str, tuple[bool, str]]:
    found = orjson.loads(p2p("--data-dir", folder, "doctor", "--offline", "--json").stdout)
    return {one["name"]: (one["is_fine"], one["says"]) for one in found}


def test_the_exchanges_service_its_frames_and_redis_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("P2P_REDIS_URL", raising=False)
    told = of_exchanges(tmp_path)
    count = len(ExchangesSettings().symbols)
    assert told["exchanges"] == (
        True,
        f"{count} symbols at 14 exchanges, scanned every 5 s; from the exchanges themselves",
    )
    assert told["stream"] == (True, "not running, and never was; `p2p stream` starts it")
    assert told["frames"][0]
    assert told["redis"][0]

    paths = DataPaths(tmp_path)
    BoardFile(paths).publish(example_board(datetime.now(UTC) - timedelta(hours=1)))
    writer = FrameWriter(paths.exchange_frames, Source.LIVE, RealFileSystem())
    file = FrameFile("okx", "1", datetime(2026, 1, 1, tzinfo=UTC), Source.LIVE)
    writer.append(file, [b"{}"])
    torn = paths.exchange_frames / file.path
    torn.write_bytes(torn.read_bytes()[:-4])
    monkeypatch.setenv("P2P_REDIS_URL", "redis://127.0.0.1:1/0")
    with (paths.exchanges / "stream.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        told = of_exchanges(tmp_path)
    assert told["stream"] == (
        False, "running, but the newest scan is 60 min old; its log says why, and it can be started anew",
    )  # fmt: skip
    assert not told["frames"][0]
    assert "1 of the newest 1 files" in told["frames"][1]
    assert not told["redis"][0]
    assert "it does not answer" in told["redis"][1]


def test_a_mistake_in_the_section_of_the_exchanges_is_one_finding_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("timezone: UTC\nexchanges:\n  watch: [mtgox]\n")
    found = p2p("--data-dir", tmp_path, "--settings", tmp_path / "mine.yaml", "doctor", "--offline", "--json")
    bad = {one["name"]: one["says"] for one in orjson.loads(found.stdout) if not one["is_fine"]}
    assert list(bad) == ["exchanges"]
    assert "mine.yaml line 3" in bad["exchanges"]
