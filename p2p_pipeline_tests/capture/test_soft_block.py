from __future__ import annotations

from p2p_pipeline.capture.soft_block import BELIEVE_AFTER_EMPTIES, SideMemory, is_empty_page_suspect, remember

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


def test_empties_while_the_whole_venue_is_silent_and_failures_do_not_count() -> None:
    assert remember(HAD_OFFERS, 0, is_empty_answer=True, have_others_offers=False) == HAD_OFFERS
    assert remember(HAD_OFFERS, 0, is_empty_answer=False, have_others_offers=True) == HAD_OFFERS


def test_offers_make_all_empties_forgotten() -> None:
    assert remember(SideMemory(120, 19), 7, is_empty_answer=False, have_others_offers=True) == SideMemory(7)


def test_a_last_page_that_vanished_is_no_soft_block_but_a_missing_whole_page_is() -> None:
    assert not is_empty_page_suspect(3, 41, 40, 20, HAD_OFFERS, True)
    assert not is_empty_page_suspect(3, None, 40, 20, HAD_OFFERS, True)
    assert is_empty_page_suspect(3, 90, 40, 20, HAD_OFFERS, True)
