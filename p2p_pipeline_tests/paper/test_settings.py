"""A session's configuration: every default of paper.md, and each mistake refused with its line."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import yaml

from p2p_pipeline.paper.log.lines import canonical
from p2p_pipeline.paper.machine.state import texts_of
from p2p_pipeline.paper.settings import PaperSettings, PaperSettingsError, parse_paper_settings, read_paper_settings
from p2p_pipeline_tests.shared_files import SHARED

DEFAULTS = """
timeframe_minutes: 5
long:  {price_move_pct: 0.5, oiv_move_pct: 0.5}
short: {price_move_pct: -0.5, oiv_move_pct: -0.5}
entry: {offset_pct: 0.1, timeout_seconds: 30, notional: 100, post_only: true}
exit:  {take_profit_pct: 0.6, stop_loss_pct: 0.4}
touch_price: best
stop_trigger: mark
fees_pct: {maker: 0.02, taker: 0.055}
fee_of: {entry: maker, take_profit: maker, stop_loss: maker, forced: taker}
account: {start_equity: 10000, max_positions: 10}
universe: {min_volatility_pct: 5, min_turnover: 5000000, max_symbols: 200, warm_up_seconds: 5, symbols: null}
funding_cooldown: {before_seconds: 60, after_seconds: 60}
rearm_seconds: 1
stale_after_seconds: 10
reference_max_age_seconds: 10
"""


def test_every_field_has_its_default() -> None:
    assert PaperSettings() == parse_paper_settings(DEFAULTS, "paper.yaml") == parse_paper_settings("", "paper.yaml")
    assert set(PaperSettings.model_fields) == set(yaml.safe_load(DEFAULTS))


@pytest.mark.recordings
def test_the_defaults_are_those_of_the_rules() -> None:
    rules = SHARED / "paper.md"
    if not rules.exists():
        pytest.skip("shared/paper.md is not here")
    block = rules.read_text(encoding="utf-8").split("## 2.")[1].split("\n\n")[1]
    assert parse_paper_settings("\n".join(line[4:] for line in block.splitlines()), "paper.md") == PaperSettings()


def test_a_part_of_a_direction_keeps_the_other_defaults_of_that_direction() -> None:
    found = parse_paper_settings("short: {price_move_pct: -2}\nlong: null", "paper.yaml")
    assert found.short is not None
    assert (str(found.short.price_move_pct), str(found.short.oiv_move_pct), found.long) == ("-2", "-0.5", None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rearm_seconds: 1\nlong: {price_move_pct: 0}", "paper.yaml line 2: long.price_move_pct: was 0; write a move"),
        ("timeframe_minutes: 7", "paper.yaml line 1: timeframe_minutes: was 7; write one of 1, 3, 5, 15"),
        ("\nentry:\n  notional: -5", "paper.yaml line 3: entry.notional: was -5; write a number above 0"),
        ("touch_price: bid", "touch_price: was 'bid'; write one of 'best', 'last', 'mark'"),
        ("stale_after_seconds: 0.0005", "write seconds with at most three decimals"),
        ("account: {max_positions: true}", "account.max_positions: was true; write a number"),
        ("entry: {offset_pct: .nan}", "entry.offset_pct: was nan; write a number"),
        ("takeprofit: 1", "'takeprofit' is no setting"),
        ("universe: {symbols: [A, A]}", "A is listed twice; keep one"),
        ("universe: {symbols: []}", "line 1: universe.symbols"),
        ("rearm_seconds: 1\nrearm_seconds: 2", "paper.yaml line 2: 'rearm_seconds' is given twice"),
        ("- 1", "paper.yaml line 1: the file must be a list of `name: value` lines"),
    ],
)
def test_a_mistake_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(PaperSettingsError) as error:
        parse_paper_settings(text, "paper.yaml")
    assert words in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PaperSettingsError, match=r"none\.yaml can't be read: No such file"):
        read_paper_settings(tmp_path / "none.yaml")


def test_the_log_has_every_number_of_it_as_text() -> None:
    config = orjson.loads(canonical(texts_of(PaperSettings().model_dump())))
    assert config["timeframe_minutes"] == "5"
    assert config["account"] == {"start_equity": "10000", "max_positions": "10"}
    assert config["entry"]["post_only"] is True
    assert config["universe"]["symbols"] is None
