"""What `p2p warehouse ask` and `p2p sql` print of the same rows: exact for programs, harmless for terminals."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.commands.sql_output import Rows, print_csv
from p2p_pipeline.p2p.answers import warehouse_questions
from p2p_pipeline.p2p.warehouse.questions.catalogue import Answer

MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOSTILE = "\x1b[2Jdesk \u202e01"
ROW = (0.1234567890123456, MOMENT, [Decimal("1.50"), Decimal(2)], Decimal("80.10"), True, None, HOSTILE)
NAMES = ("share", "moment", "prices", "price", "is_open", "nothing", "name")


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse that answers every question with one row of hard values."""
    monkeypatch.setattr(warehouse_questions, "ask_warehouse", lambda *_: Answer(NAMES, [ROW]))


def asked(tmp_path: Path, *words: str) -> str:
    found = CliRunner().invoke(app, ["--data-dir", str(tmp_path), "warehouse", "ask", "teasers", *words])
    assert found.exit_code == 0, found.output
    return found.stdout


@pytest.mark.usefixtures("answered")
def test_a_program_gets_the_values_of_the_warehouse_uncut(tmp_path: Path) -> None:
    heading, row = csv.reader(io.StringIO(asked(tmp_path, "--csv")))
    assert tuple(heading) == NAMES
    share, moment, prices, price, is_open, nothing, name = row
    assert float(share) == ROW[0]
    assert datetime.fromisoformat(moment) == MOMENT
    assert orjson.loads(prices) == [1.5, 2]
    assert (price, is_open, nothing, name) == ("80.10", "true", "", HOSTILE)


@pytest.mark.usefixtures("answered")
def test_a_table_says_the_same_for_people_and_commands_nothing(tmp_path: Path) -> None:
    heading, row, count = asked(tmp_path).splitlines()
    assert heading.split() == list(NAMES)
    assert row.split()[:3] == ["0.12345679", "2026-03-01", "12:00:00Z"]
    assert row.endswith(r"\x1b[2Jdesk \u202e01")
    assert count == "1 row"


class Terminal(io.StringIO):
    """An output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("answered")
def test_a_terminal_is_sent_no_command_in_csv_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        app(["--data-dir", str(tmp_path), "warehouse", "ask", "teasers", "--csv"], standalone_mode=False)
    assert not set(terminal.getvalue()) & {"\x1b", "\u202e"}
    assert r"\x1b[2Jdesk \u202e01" in terminal.getvalue()


@given(
    st.floats(allow_nan=False), st.datetimes(timezones=st.just(UTC)), st.decimals(allow_nan=False, allow_infinity=False)
)
def test_what_is_read_back_is_what_was_there(number: float, moment: datetime, price: Decimal) -> None:
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdout", output)
        print_csv(Rows(["number", "moment", "price"], [[(number, moment, price)]]))
    _, row = csv.reader(io.StringIO(output.getvalue()))
    assert (float(row[0]), datetime.fromisoformat(row[1]), Decimal(row[2])) == (number, moment, price)
