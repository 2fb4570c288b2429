"""Every preset that is shipped is a configuration, says what it is, and is another one than the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

import p2p_pipeline
from p2p_pipeline.paper.settings import PaperSettings, parse_paper_settings, read_paper_settings

PRESETS = sorted((Path(p2p_pipeline.__file__).parent / "paper" / "presets").glob("*.yaml"))


def test_there_is_one_of_the_defaults_and_one_for_the_demo() -> None:
    names = {path.stem for path in PRESETS}
    assert {"demo", "momentum_five_minutes"} <= names
    assert parse_paper_settings((PRESETS[0].parent / "momentum_five_minutes.yaml").read_bytes(), "x") == PaperSettings()


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_a_preset_can_be_started_and_says_what_it_is(path: Path) -> None:
    settings = read_paper_settings(path)
    title, *about = [line[2:] for line in path.read_text().splitlines() if line.startswith("# ")]
    assert 5 < len(title) < 60
    assert about
    assert [other.stem for other in PRESETS if read_paper_settings(other) == settings] == [path.stem]
