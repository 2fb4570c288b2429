"""`p2p paper replay|verify|show`, and what is said of recordings that no session can be made of."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.exchanges.frames.importing import import_recordings
from p2p_pipeline_tests.paper.recordings import Recording, instrument
from p2p_pipeline_tests.paper.sessions import armed, moved
from p2p_pipeline_tests.shared_files import RECORDINGS

run = CliRunner()


def p2p(folder: Path, *words: str | Path) -> tuple[int, str, str]:
    done = run.invoke(app, ["--data-dir", str(folder), "paper", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    made = moved(armed(), 21_200).ticker(22_400, ask1Price="100.7").ticker(23_400, bid1Price="101.5")
    return made.write(tmp_path / "recording.jsonl.gz")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "paper.yaml"
    path.write_text("timeframe_minutes: 1\nuniverse: {warm_up_seconds: 1}\n")
    return path


def test_a_replay_prints_what_it_came_to_and_where_its_log_is(tmp_path: Path, recording: Path, config: Path) -> None:
    code, printed, _ = p2p(tmp_path / "data", "replay", recording, "--config", config, "--json")
    found = json.loads(printed)
    assert code == 0
    assert list(found) == [
        "session", "events", "trades", "realised", "fees", "funding", "equity", "log", "sha256",
    ]  # fmt: skip
    log = Path(found["log"])
    assert log.parent == tmp_path / "data" / "paper" / found["session"]
    assert found["sha256"] == hashlib.sha256(log.read_bytes()).hexdigest()
    assert found["events"] == len(log.read_bytes().splitlines())
    money = {name: found[name] for name in ("trades", "realised", "fees", "funding", "equity")}
    assert money == {"trades": 1, "realised": "0.693", "fees": "0.0400554", "funding": "0", "equity": "10000.6529446"}
    again = json.loads(p2p(tmp_path / "data", "replay", recording, "--config", config, "--json")[1])
    assert again == found


def test_a_log_is_verified_and_shown(tmp_path: Path, recording: Path, config: Path) -> None:
    log = json.loads(p2p(tmp_path / "data", "replay", recording, "--config", config, "--json")[1])["log"]
    code, printed, _ = p2p(tmp_path, "verify", log)
    assert (code, "each as it was written; the session has stopped" in printed) == (0, True)
    code, printed, _ = p2p(tmp_path, "show", log)
    assert code == 0
    assert "position_closed   AAAUSDT LONG 1 take_profit entry=100.8 exit=101.5" in printed
    Path(log).write_bytes(Path(log).read_bytes().replace(b"100.8", b"100.9", 1))
    code, _, told = p2p(tmp_path, "verify", log)
    assert (code, told.count("\n"), "does not follow the line before" in told) == (1, 1, True)


def refusal(tmp_path: Path, recording: Recording) -> str:
    path = recording.write(tmp_path / "recording.jsonl.gz")
    code, _, told = p2p(tmp_path / "data", "replay", path)
    assert code == 1
    assert not (tmp_path / "data" / "paper").exists()
    return told


def test_a_recording_without_instruments_is_refused_in_a_sentence(tmp_path: Path) -> None:
    assert "has no complete list of instruments (the answer of /v5" in refusal(tmp_path, Recording().snapshot(1))
    partly = Recording().instruments(instrument("AAAUSDT"), next_cursor="p2")
    assert "(the page after 'p2' of /v5/market" in refusal(tmp_path, partly)


def test_a_recording_without_times_is_refused_in_a_sentence(tmp_path: Path) -> None:
    recording = Recording().put(0, "{}", received_at_ns=None)
    assert "a session's clock would have to be guessed" in refusal(tmp_path, recording)


@pytest.mark.recordings
def test_a_real_recording_of_order_books_alone_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = RECORDINGS / "exchanges" / "bybit_linear_xrpusdt_ob500_2024-12-01.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    code, _, told = p2p(tmp_path, "replay", path)
    assert (code, "has no frame of Bybit's linear market with the time" in told) == (1, True)


def test_a_broken_line_costs_only_itself_and_is_told(tmp_path: Path, config: Path) -> None:
    made = armed()
    made.lines.insert(2, {"no": "frame"})
    path = made.write(tmp_path / "recording.jsonl.gz")
    code, _, told = p2p(tmp_path / "data", "replay", path, "--config", config)
    assert (code, "left out:" in told, "3: 'received_at_ns' is missing" in told) == (0, True, True)


def test_a_recording_is_made_into_columns_whose_folder_is_replayed_to_the_same_log(
    tmp_path: Path, recording: Path, config: Path
) -> None:
    code, made, _ = p2p(tmp_path / "data", "columns", recording, tmp_path / "columns")
    assert code == 0
    expected = json.loads(p2p(tmp_path / "data", "replay", recording, "--config", config, "--json")[1])
    found = json.loads(p2p(tmp_path / "data", "replay", made.strip(), "--config", config, "--json")[1])
    assert found == expected


@pytest.mark.parametrize("name", ["nosuch", "/nonexist", "events", ".hidden"])
def test_a_log_that_is_not_there_is_one_sentence(tmp_path: Path, name: str) -> None:
    for command in ("verify", "show"):
        code, _, told = p2p(tmp_path, command, name)
        assert (code, told.count("\n"), told.startswith("p2p: "), name in told) == (1, 1, True, True)


def test_a_session_is_replayed_shown_verified_and_made_into_columns_by_its_name(
    tmp_path: Path, recording: Path, config: Path
) -> None:
    data = tmp_path / "data"
    session = data / "paper" / "20231114-221320-aaaaaaaa"
    import_recordings([recording], session / "frames", lambda *_: None)
    (session / "config.yaml").write_bytes(config.read_bytes())
    first = json.loads(p2p(data, "replay", session, "--json")[1])
    (session / "events.jsonl").write_bytes(Path(first["log"]).read_bytes())
    assert json.loads(p2p(data, "replay", session.name, "--json")[1])["same"]
    assert "the session has stopped" in p2p(data, "verify", session.name)[1]
    assert "session_started" in p2p(data, "show", session.name)[1]
    assert p2p(data, "columns", session.name, tmp_path / "columns")[0] == 0
    assert p2p(data, "columns", session, tmp_path / "columns")[0] == 0
    # one level up: the only columns that are there
    log = Path(json.loads(p2p(data, "replay", tmp_path / "columns", "--config", config, "--json")[1])["log"])
    assert b"session_started" in log.read_bytes()
    p2p(data, "columns", recording, tmp_path / "columns")
    assert "has columns of 2 recordings; name one: frames-" in p2p(data, "replay", tmp_path / "columns")[2]
    for command in ("replay", "columns"):
        assert "no session of this name" in p2p(data, command, "nosuch", *[tmp_path][: command == "columns"])[2]


def test_what_is_no_recording_is_one_sentence(tmp_path: Path) -> None:
    binary, empty, log = tmp_path / "binary", tmp_path / "empty", tmp_path / "empty.jsonl"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xd8" * 3)
    empty.mkdir()
    log.touch()
    code, _, told = p2p(tmp_path, "replay", binary)
    assert (code, told.count("\n"), "is no recording of an exchange (line 1: no text, but binary)" in told) == (
        1,
        1,
        True,
    )
    code, _, told = p2p(tmp_path, "replay", empty)
    assert (code, told.count("\n"), f"{empty} is empty: nothing is recorded there" in told) == (1, 1, True)
    code, printed, told = p2p(tmp_path, "show", log)
    assert (code, printed, told) == (1, "", p2p(tmp_path, "verify", log)[2])


def test_a_field_that_a_sweep_does_not_have_is_told_with_those_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "sweep.yaml"
    path.write_text("vary: {rearm_seconds: [1, 2]}\nwalk: 3\n")
    code, _, told = p2p(tmp_path, "sweep", path)
    assert (code, "line 2: 'walk' is no field of a sweep; its fields are base, vary, first_day" in told) == (1, True)
    path.write_text("vary: {rearm_seconds: [1, 2]}\nwalk_forward:\n  days: 3\n")
    assert (
        "line 3: 'days' is no field of walk_forward; its fields are train_days, test" in p2p(tmp_path, "sweep", path)[2]
    )


def test_a_file_and_a_preset_together_are_wrong_usage(tmp_path: Path, config: Path) -> None:
    code, _, told = p2p(tmp_path, "start", "--config", config, "--preset", "demo")
    assert (code, "two configurations; give one" in told) == (2, True)
