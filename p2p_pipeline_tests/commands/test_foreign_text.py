"""What venues, nicknames and files say is printed by the commands, and never obeyed by the terminal."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.commands.terminal import plain_console
from p2p_pipeline_tests.shared_files import CASES, REPOSITORY

NASTY = "[/bold] [red]x[/red] :money_bag: \x1b[2J\x1b]0;t\x07 \u202e01"
TOLD = r"[/bold] [red]x[/red] :money_bag: \x1b[2J\x1b]0;t\x07 \u202e01"
MARKUP = CASES / "sql-markup-in-names.jsonl"


def p2p(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--data-dir", str(folder), *words])


@pytest.mark.skipif(not MARKUP.exists(), reason=f"{MARKUP} is not here")
def test_names_with_markup_are_printed_as_they_are(tmp_path: Path) -> None:
    assert p2p(tmp_path, "import", str(MARKUP)).exit_code == 0
    assert p2p(tmp_path, "process").exit_code == 0
    found = p2p(tmp_path, "sql", "SELECT advertiser_name FROM offers ORDER BY position")
    assert found.exit_code == 0
    assert [line.rstrip() for line in found.stdout.splitlines()[1:-1]] == [
        "fast [/red] pay",
        "Pay [tinkoff] only",
        ":money_bag: desk",
        r"\x1b[2Jdesk",
    ]


def test_a_value_and_a_columns_name_command_nothing(tmp_path: Path) -> None:
    query = f"SELECT '{NASTY}' AS \"{NASTY}\""
    found = p2p(tmp_path, "sql", query)
    assert [line.rstrip() for line in found.stdout.splitlines()] == [TOLD, TOLD, "1 row"]
    as_json = p2p(tmp_path, "sql", query, "--json").stdout
    assert orjson.loads(as_json) == [{NASTY: NASTY}]
    assert not re.search("[\x1b\x07\u202e]", as_json)


def test_what_a_venue_says_does_not_end_the_board(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table

    table = Table(NASTY, title=NASTY)
    table.add_row(NASTY)
    plain_console(width=200).print(table)
    assert capsys.readouterr().out.count("[/bold] [red]x[/red] :money_bag:") == 3


def test_an_error_that_quotes_the_input_commands_nothing(tmp_path: Path) -> None:
    found = p2p(tmp_path, "sql", f'SELECT "{NASTY}"')
    assert found.exit_code == 1
    assert "\x1b" not in found.stderr
    assert r"\x1b[2J" in found.stderr


def test_a_line_that_import_leaves_out_commands_nothing(tmp_path: Path) -> None:
    file = tmp_path / "nasty.jsonl"
    file.write_text(orjson.dumps({"received_at": NASTY}).decode() + "\n", encoding="utf-8")
    found = p2p(tmp_path, "import", str(file))
    assert "\x1b" not in found.output
    assert "\u202e" not in found.output


SOURCES = sorted((REPOSITORY / "p2p_pipeline").rglob("*.py"))


def test_one_console_serves_all_and_interprets_no_markup() -> None:
    made = [path.name for path in SOURCES if re.search(r"\bConsole\((?!.*Span)", path.read_text(encoding="utf-8"))]
    assert made == ["terminal.py"]
    for path in SOURCES:
        for column in re.findall(r"TextColumn\([^)]*\)", path.read_text(encoding="utf-8")):
            assert "markup=False" in column, f"{path}: {column}"
        assert "from_markup" not in path.read_text(encoding="utf-8")


def test_markdown_for_dagster_is_built_from_escaped_cells() -> None:
    # Every word that a venue, a market's name or a check brings into a table.
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if "MetadataValue.md(" in text:
            assert not re.search(r"\{[^{}]*\b(reason|problem|message|trouble|detail|observed)\b[^{}()]*\} ?\|", text), (
                path
            )
