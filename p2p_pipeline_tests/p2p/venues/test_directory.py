"""One directory says which venues there are: a new one is a module and a line, and everything else follows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.settings import known_market
from p2p_pipeline.p2p.simulator.catalogue import VENUES as SIMULATED
from p2p_pipeline.p2p.venues.directory import VENUE_NAMES, known_venue, venue_directory
from p2p_pipeline_tests.shared_files import REPOSITORY

PACKAGE = REPOSITORY / "p2p_pipeline"
THEIR_OWN = ("p2p/venues/", "p2p/simulator/", "exchanges/", "paper/")
NAMES_THE_SWEPT_ONE = "p2p/settings_warehouse.py"


def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts & set(VENUE_NAMES)


def test_no_other_file_of_the_program_decides_by_a_venues_name() -> None:
    files = {str(file.relative_to(PACKAGE)): file for file in PACKAGE.rglob("*.py")}
    others = [name for name in files if not name.startswith(THEIR_OWN) and names_in(files[name])]
    assert others == [NAMES_THE_SWEPT_ONE]


def test_every_venue_stands_under_its_own_name() -> None:
    assert {name: venue.name for name, venue in venue_directory().items()} == {name: name for name in VENUE_NAMES}


def test_what_is_simulated_is_a_venue_that_can_be_asked() -> None:
    assert set(SIMULATED) <= set(VENUE_NAMES)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("name", VENUE_NAMES)
def test_a_venue_recognises_its_own_recorded_search_and_no_other_one(name: str, side: Side) -> None:
    asked = MarketSide(Market(name, "USDT", "RUB"), side)
    venues = venue_directory()
    request = venues[name].search_request(asked.market, side, 1)
    assert request.payload
    found = {other: venue.side_asked_for(request.url, request.payload) for other, venue in venues.items()}
    assert found == {other: asked if other == name else None for other in VENUE_NAMES}


def test_settings_know_the_venues_of_the_directory_and_name_them_to_whoever_writes_another() -> None:
    for name in VENUE_NAMES:
        assert known_market(f"{name}.USDT-RUB").venue == known_venue(name)
    with pytest.raises(InvalidInput, match=f"venue was 'okx'; known are {', '.join(VENUE_NAMES)}"):
        known_market("okx.USDT-RUB")
