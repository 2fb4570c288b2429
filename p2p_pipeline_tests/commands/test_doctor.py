"""`p2p doctor` tells each trouble once, and a data folder that is none says so everywhere."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app


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
