"""What one page says of the whole book: how many ads there are, and whether it is the last. Claims, to be doubted."""

from __future__ import annotations

from p2p_pipeline.p2p.venues.reading import count


def believable_total(value: object, held_before: int, received: int) -> int | None:
    """How many ads the venue counts; None when that is no count, or less than its pages have shown already.

    Bybit's sister endpoint counts pages in the same field; A count beyond any book would not fit the tables.
    """
    total = count(value)
    return None if total is None or total < held_before + received else total


def seems_last(received: int, asked_rows: int, held_before: int, total: int | None) -> bool:
    """Whether a page ends the book, told from it alone: as if every page before it had been full.

    A venue may give fewer rows a page than were asked for, so this is only a claim; see raw/book_end.py.
    """
    if received == 0:
        return True
    return received < asked_rows if total is None else held_before + asked_rows >= total
