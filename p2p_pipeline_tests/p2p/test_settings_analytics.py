"""The analytics' settings refuse what could only be a mistake, with the line and what to write instead."""

from __future__ import annotations

import pytest

from p2p_pipeline.p2p.settings import SettingsError, parse_settings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("combos: [{source: RUB, target: RUB, amounts: [5]}]", "name two different fiats"),
        ("combos: [{source: rub, target: VND, amounts: [5]}]", "line 2"),
        ("combos: [{source: RUB, target: VND, amounts: []}]", "at least one number above 0"),
        (
            "combos: [{source: RUB, target: VND, amounts: [5]}, {source: RUB, target: VND, amounts: [6]}]",
            "RUB to VND is listed twice",
        ),
        ("transfer_fees_asset: {USDT: -1}", "write a number of at least 0"),
        ("trading_hours: 8-25", "write two whole hours of the clock from 0 to 24, for example 8-22"),
    ],
)
def test_a_combo_that_makes_no_sense_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings(f"analytics:\n  {text}\n")
    assert told in str(error.value)
    assert "line 2" in str(error.value)
