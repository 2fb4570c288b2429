"""Whether an empty success page is believed. Pure.

Venues answer a client they don't like with a success and no ads. Believing it would write "the market is empty" into
the history; not believing it for ever would miss a market that really closed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

BELIEVE_AFTER_EMPTIES = 20
"""While other market sides of the venue have offers: ten minutes."""
BELIEVE_ALONE_AFTER_EMPTIES = 120
"""When no other market side can vouch for the venue (its only market may really empty): an hour."""


@dataclass(frozen=True, slots=True)
class Belief:
    """How much it takes to believe that a market side is empty. The defaults are for one collected every slot."""

    after_empties: int = BELIEVE_AFTER_EMPTIES
    alone_after_empties: int = BELIEVE_ALONE_AFTER_EMPTIES
    few_offers: int = 0
    """One that had at most so many may be empty at the second look, while others of the venue have offers."""
    needs_others: bool = False
    """Whether even one that never had offers is only believed while others of the venue have some."""


COLLECTED = Belief()
SWEPT = Belief(after_empties=2, alone_after_empties=6, few_offers=20, needs_others=True)
"""A sweep meets hundreds of nearly empty markets, ten minutes apart: a page of offers may be gone by the next one."""


@dataclass(frozen=True, slots=True)
class SideMemory:
    """What is remembered of one market side from snapshot to snapshot; the raw store can tell it again."""

    offers_last_seen: int = 0
    """How many offers it had when it last had any."""
    consecutive_empties: int = 0
    """Empty answers since then while other market sides of the venue had offers."""
    all_empties: int = 0
    """Empty answers since then, whatever the others had."""


def remember(memory: SideMemory, offers: int, is_empty_answer: bool, have_others_offers: bool) -> SideMemory:
    """The memory after one more snapshot; one that failed changes nothing."""
    if offers > 0:
        return SideMemory(offers_last_seen=offers)
    if not is_empty_answer:
        return memory
    vouched = memory.consecutive_empties + have_others_offers
    return replace(memory, consecutive_empties=vouched, all_empties=memory.all_empties + 1)


def is_empty_page_suspect(
    page: int,
    total: int | None,
    offers_so_far: int,
    page_rows: int,
    memory: SideMemory,
    have_others_offers: bool,
    belief: Belief = COLLECTED,
    *,
    is_second_look: bool = False,
) -> bool:
    """Whether an empty success page must not be taken for the end of the book.

    The first page is suspect when the venue says itself that there are ads, or when this side had offers before; after
    twenty empties in a row, while other market sides of the venue answered with offers, the market is believed to be
    empty, and after a hundred and twenty even when none did (or as `belief` says). A later page is suspect only when a
    whole page of ads is missing: ads move up while a book is read, so that a last page with a few ads may be gone when
    it is asked for.
    """
    if page > 1:
        return total is not None and total - offers_so_far >= page_rows
    if total is not None and total > 0:
        return True
    if memory.offers_last_seen == 0 and (have_others_offers or not belief.needs_others):
        return False
    if is_second_look and have_others_offers and memory.offers_last_seen <= belief.few_offers:
        return False
    is_vouched_for = have_others_offers and memory.consecutive_empties >= belief.after_empties
    return not is_vouched_for and memory.all_empties < belief.alone_after_empties
