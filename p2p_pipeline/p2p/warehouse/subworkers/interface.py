"""What a subworker is: a name, the tables it writes, and a function that is given one batch at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from psycopg import Connection

from p2p_pipeline.kernel.errors import ClearError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Receives(StrEnum):
    """Which rows of a batch a subworker is given."""

    ALL = "all"
    """Every offer of the batch, as `fact_offers` shows it."""
    CHANGES = "changes"
    """Offers that began, changed or ended with the batch; an offer that changed ends as it was and begins anew."""


class Change(StrEnum):
    """What a batch did to an offer."""

    BEGAN = "began"
    ENDED = "ended"


class OfferRow(NamedTuple):
    """One offer as a batch saw it."""

    change: Change | None
    """None for a subworker that receives all offers."""
    offer_id: int
    offer_external_id: str
    batch_id: int
    extraction_timestamp: datetime
    symbol: str
    currency_code: str
    trade_type: str
    """The taker's side: BUY or SELL."""
    advertiser_sk: int
    price: Decimal
    available_amount: Decimal
    min_limit: Decimal
    max_limit: Decimal
    """What the offer can fill now; the advertisement's own limit is `stated_max_limit`."""
    stated_max_limit: Decimal
    payment_minutes: int | None
    is_promoted: bool
    payment_set_id: int
    terms_id: int | None
    terms: str | None
    """Hostile input: text and nothing else."""
    completion_rate: float | None
    """None for an offer that ended, and so is `orders_30d`."""
    orders_30d: int | None


Work = Callable[[Connection[tuple[object, ...]], int, Iterator[OfferRow]], int]
"""Do one batch: `work(connection, batch_id, rows)` writes the subworker's tables and returns how many rows it wrote.

The connection is in a transaction that becomes visible together with the ledger's row, or not at all: `work` neither
commits nor rolls back. A batch may be given again (after a rebuild, or when a late batch changed what came before it):
what `work` wrote for a batch then has to be replaced. `rows` is gone through once and need not be gone through.
"""


@dataclass(frozen=True, slots=True)
class Subworker:
    """A job that follows the batches at its own pace."""

    name: str
    """Names it in the ledger and in the graph: lower case letters, digits and `_`."""
    description: str
    """One sentence on what its tables are good for."""
    tables: tuple[str, ...]
    """The tables it writes; nobody else does."""
    receives: Receives
    work: Work
    schema: str = ""
    """SQL that makes its tables where they are missing (`CREATE TABLE IF NOT EXISTS …`), run before each run."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"a subworker's name was {self.name!r}; write it in at most 40 lower case letters, digits and _"
            )


class RunStatus(StrEnum):
    """What came of giving a batch to a subworker."""

    DONE = "done"
    FAILED = "failed"
    """Nothing of the batch was written; it stays first in line, so the next run tries it again."""


@dataclass(frozen=True, slots=True)
class SubworkerReport:
    """One batch given to one subworker: a row of `ops_subworker_runs`."""

    subworker: str
    batch_id: int
    status: RunStatus
    rows_in: int
    rows_out: int
    started_at: datetime
    seconds: float
    error: str | None = None
    """One sentence, or None."""


class SubworkerError(ClearError):
    """A subworker can't do what was asked; the message says what to do."""
