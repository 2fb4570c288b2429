"""`p2p` lists its commands without importing them, and tells a person's mistakes from its own."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.commands.catalogue import COMMANDS

runner = CliRunner()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_listing_says_of_each_command_what_it_says_of_itself(name: str) -> None:
    listed = COMMANDS[name]
    told = runner.invoke(app, [name, "--help"])
    assert told.exit_code == 0
    assert " ".join(listed.help.split()[:3]) in " ".join(told.output.split())
    found = getattr(import_module(f"p2p_pipeline.commands.{listed.module}"), listed.attribute)
    if not isinstance(found, typer.Typer):
        assert " ".join(found.__doc__.split("\n\n")[0].split()) == listed.help


def test_a_bug_keeps_its_traceback_and_is_not_told_as_a_mistake_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("p2p_pipeline.p2p.lake_sql.first_rows", broken)
    found = runner.invoke(app, ["sql", "SELECT 1"])
    assert isinstance(found.exception, ValueError)
    assert "p2p:" not in found.output


def test_what_is_written_for_a_person_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    found = runner.invoke(app, ["--data-dir", str(tmp_path), "sql", "SELEC 1"])
    assert found.exit_code == 1
    assert found.output.startswith("p2p: the query can't be run")


def test_what_the_disk_refuses_names_the_file(tmp_path: Path) -> None:
    found = runner.invoke(app, ["--data-dir", str(tmp_path), "import", str(tmp_path / "nothing.jsonl")])
    assert found.exit_code == 1
    assert "nothing.jsonl" in found.output


def test_who_reads_only_the_first_lines_ends_the_command_as_a_closed_pipe_does(tmp_path: Path) -> None:
    writing = subprocess.Popen(
        [sys.executable, "-m", "p2p_pipeline.cli", "--data-dir", str(tmp_path), "settings"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writing.stdout is not None
    assert writing.stderr is not None
    # Closed before anything is written: what `| head` does to a long answer.
    writing.stdout.close()
    with writing.stderr as told:
        assert (told.read(), writing.wait(30)) == (b"", 141)
