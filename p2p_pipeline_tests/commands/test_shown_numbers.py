"""Numbers and words that a person reads: digits by size, why a far value is normal, which score is compared."""

from __future__ import annotations

import math
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.commands.history_text import number_digits
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.measures import Kind
from p2p_pipeline.p2p.metrics.unusual.words import Seen, normal_words
from p2p_pipeline.p2p.plots.style import drawing


def test_a_small_number_beside_millions_keeps_its_digits_and_near_ones_stand_in_line() -> None:
    assert f"{4.4176:,.{number_digits(4.4176, 0)}f}" == "4.41760"
    assert {number_digits(value, 4) for value in (9.9871, 10.0113, 0.9, 12.5)} == {4}
    assert number_digits(0.0, 4) == number_digits(None, 4) == 4


def test_what_is_far_from_usual_and_still_normal_says_why() -> None:
    near = normal_words(Seen(Kind.AMOUNT, "executable", Side.BUY, 10.02, 10.0, (9.0, 11.0)), "at 14:00")
    wide = Seen(Kind.AMOUNT, "asset_near_best", Side.BUY, 5.0, 1000.0, (2.0, 500_000.0))
    far = normal_words(wide, "these days")
    assert "varies" not in near
    assert far.endswith("99.5 % below what is usual these days; it varies so much that anything from 2.0000 to 500,000 "
                        "is normal")  # fmt: skip


def test_a_long_subtitle_goes_on_in_the_next_line_and_leaves_the_axes_their_room(tmp_path: Path) -> None:
    widths = []
    for subtitle in ("short", "a long sample; " * 25):
        with drawing(tmp_path / "a.png", "Title", subtitle) as (figure, axes):
            axes.plot([0, 1])
        widths.append(axes.get_position().width)
        assert figure.get_size_inches()[0] == 12
    assert math.isclose(widths[0], widths[1], rel_tol=0.02)


def test_the_board_prints_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.yaml").write_text("markets:\n  - market: binance.USDT-BOB\n")
    told = orjson.loads(CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), "board", "--json"]).stdout)
    assert [(row["market_key"], row["side"], row["is_sound"]) for row in told["rows"]] == [
        ("binance.USDT-BOB", "BUY", False),
        ("binance.USDT-BOB", "SELL", False),
    ]
    assert all(row["is_stale"] and row["trouble"] == "nothing yet" for row in told["rows"])
