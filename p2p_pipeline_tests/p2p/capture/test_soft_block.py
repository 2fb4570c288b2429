from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.capture.soft_block import (
    BELIEVE_AFTER_EMPTIES,
    BELIEVE_ALONE_AFTER_EMPTIES,
    SWEPT,
    SideMemory,
    is_empty_page_suspect,
    remember,
)

HAD_OFFERS = SideMemory(offers_last_seen=120)


def _first_page(memory: SideMemory, total: int | None = None, have_others_offers: bool = True) -> bool:
    return is_empty_page_suspect(1, total, 0, 20, memory, have_others_offers)


def test_a_market_that_never_had_offers_may_be_empty() -> None:
    assert not _first_page(SideMemory())
    assert not _first_page(SideMemory(), total=0)


def test_an_empty_list_beside_a_count_of_ads_is_suspect_even_in_a_market_never_seen() -> None:
    assert _first_page(SideMemory(), total=34)


def test_an_empty_page_where_offers_were_is_suspect_until_twenty_empties_while_others_had_offers() -> None:
    memory = HAD_OFFERS
    for _ in range(BELIEVE_AFTER_EMPTIES):
        assert _first_page(memory)
        memory = remember(memory, 0, is_empty_answer=True, have_others_offers=True)
    assert not _first_page(memory)
    assert _first_page(memory, have_others_offers=False), "a venue that shows nobody anything proves nothing"


def test_empties_while_the_whole_venue_is_silent_vouch_for_nothing_and_failures_do_not_count() -> None:
    assert remember(HAD_OFFERS, 0, is_empty_answer=True, have_others_offers=False).consecutive_empties == 0
    assert remember(HAD_OFFERS, 0, is_empty_answer=False, have_others_offers=True) == HAD_OFFERS


@given(st.lists(st.booleans(), max_size=BELIEVE_ALONE_AFTER_EMPTIES * 2))
def test_a_market_that_stays_empty_is_believed_in_the_end_even_when_nobody_can_vouch_for_it(others: list[bool]) -> None:
    memory = HAD_OFFERS
    for empties, have_others_offers in enumerate(others):
        is_believed = not _first_page(memory, have_others_offers=have_others_offers)
        is_vouched_for = have_others_offers and sum(others[:empties]) >= BELIEVE_AFTER_EMPTIES
        assert is_believed == (is_vouched_for or empties >= BELIEVE_ALONE_AFTER_EMPTIES)
        memory = remember(memory, 0, is_empty_answer=True, have_others_offers=have_others_offers)


@given(st.integers(0, 500))
def test_a_count_of_ads_beside_an_empty_list_is_never_believed(empties: int) -> None:
    assert _first_page(SideMemory(120, empties, empties), total=1)


def test_offers_make_all_empties_forgotten() -> None:
    assert remember(SideMemory(120, 19), 7, is_empty_answer=False, have_others_offers=True) == SideMemory(7)


def test_a_last_page_that_vanished_is_no_soft_block_but_a_missing_whole_page_is() -> None:
    assert not is_empty_page_suspect(3, 41, 40, 20, HAD_OFFERS, True)
    assert not is_empty_page_suspect(3, None, 40, 20, HAD_OFFERS, True)
    assert is_empty_page_suspect(3, 90, 40, 20, HAD_OFFERS, True)


def test_a_sweep_believes_a_small_market_at_the_second_look_and_nobody_while_the_whole_venue_is_silent() -> None:
    def is_suspect(memory: SideMemory, *, others: bool, is_second_look: bool = False) -> bool:
        return is_empty_page_suspect(1, 0, 0, 20, memory, others, SWEPT, is_second_look=is_second_look)

    assert not is_suspect(SideMemory(), others=True)
    assert is_suspect(SideMemory(), others=False)
    small, big = SideMemory(offers_last_seen=20), SideMemory(offers_last_seen=21)
    assert is_suspect(small, others=True)
    assert not is_suspect(small, others=True, is_second_look=True)
    assert is_suspect(small, others=False, is_second_look=True)
    assert is_suspect(big, others=True, is_second_look=True)
    assert not is_suspect(SideMemory(300, 2, 2), others=True), "the third sweep in a row"
    assert not is_suspect(SideMemory(300, 0, 6), others=False), "an hour"
