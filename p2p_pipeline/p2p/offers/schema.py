"""The tables that captures become: snapshots, offers, quarantine."""

from __future__ import annotations

import pandera.pandas as pandera

from p2p_pipeline.kernel.table import (
    BIG_COUNT,
    COUNT,
    FLAG,
    MOMENT,
    MONEY,
    SHARE,
    TEXT,
    TEXTS,
    Check,
    Table,
    above_zero,
    column,
    not_negative,
    one_of,
    row_check,
    share,
)

SIDES = ("BUY", "SELL")
STOP_REASONS = ("book_end", "enough", "max_pages", "budget", "failed", "soft_block", "no_first_page", "unknown")
"""`unknown`: an imported recording that ends before the book does; nobody wrote down why."""


def market_columns() -> dict[str, pandera.Column]:
    """The columns that say which market side a row is of; the same in every table."""
    return {
        "market_key": column(TEXT, "Venue, asset and fiat in one word, for example `bybit.USDT-RUB`."),
        "venue": column(TEXT, "Who was asked."),
        "asset": column(TEXT, "The crypto asset, for example USDT."),
        "fiat": column(TEXT, "The fiat currency, ISO code."),
        "side": column(TEXT, "The taker's intent: BUY pays fiat for the asset, SELL gives the asset.", one_of(*SIDES)),
    }


SNAPSHOTS = Table(
    name="snapshots",
    key=("snapshot_id",),
    description="One row for each view of one side of a book: all its pages in one 30-second slot.",
    schema=pandera.DataFrameSchema(
        {
            "snapshot_id": column(TEXT, "Names the snapshot: market, side and time."),
            **market_columns(),
            "snapshot_at": column(MOMENT, "When the first answer arrived, UTC."),
            "slot": column(BIG_COUNT, "The 30-second step of UTC time it belongs to: slot n starts at n x 30 s."),
            "source": column(TEXT, "Where it came from.", one_of("live", "imported", "simulated")),
            "pages": column(COUNT, "How many pages could be read.", not_negative()),
            "offers": column(COUNT, "How many different offers were accepted.", not_negative()),
            "duplicates": column(COUNT, "How many ads were seen again on a later page and dropped.", not_negative()),
            "quarantined": column(COUNT, "How many records could not be trusted.", not_negative()),
            "is_complete": column(FLAG, "Whether the whole side of the book was read."),
            "stop_reason": column(TEXT, "Why reading stopped.", one_of(*STOP_REASONS)),
            "stated_total": column(COUNT, "How many ads the venue says there are; empty if unsaid.", nullable=True),
            "captures": column(COUNT, "How many HTTP exchanges it took, failed ones included.", above_zero()),
            "failed_captures": column(COUNT, "How many of them brought no usable answer.", not_negative()),
            "elapsed_seconds": column(SHARE, "From the first request to the last answer.", not_negative()),
            "unknown_fields": column(TEXTS, "Fields the adapter does not know: the wire format may have changed."),
            "missing_fields": column(TEXTS, "Fields that ads used to have and some ad here lacks."),
            "unknown_payments": column(TEXTS, "Payment methods without a canonical code, as `venue:native id`."),
            "raw_path": column(TEXT, "The raw file, under `raw/`, without the compression's ending."),
            "raw_offset": column(BIG_COUNT, "Where its first capture's line starts in the uncompressed file, bytes."),
        },
        checks=[
            row_check(
                "complete_is_book_end",
                "a complete snapshot has read to the book's end",
                lambda rows: ~rows["is_complete"] | (rows["stop_reason"] == "book_end"),
            )
        ],
        strict=True,
        ordered=True,
    ),
)

OFFERS = Table(
    name="offers",
    key=("snapshot_id", "offer_id"),
    description="One row for each advertisement in each snapshot, in the project's words and units.",
    schema=pandera.DataFrameSchema(
        {
            "snapshot_id": column(TEXT, "The snapshot it was seen in."),
            "offer_id": column(
                TEXT, "The venue's id of the ad; text, for ids exceed 64 bits.", Check.str_length(1, 64)
            ),
            "snapshot_at": column(MOMENT, "When the snapshot's first answer arrived, UTC."),
            **market_columns(),
            "position": column(COUNT, "Its place in the venue's own order, from 0.", not_negative()),
            "advertiser_id": column(TEXT, "The venue's key of the advertiser; empty if not given.", nullable=True),
            "advertiser_name": column(TEXT, "The nickname at that moment.", nullable=True),
            "price": column(MONEY, "Fiat per unit of the asset.", above_zero()),
            "min_fiat": column(MONEY, "The smallest order, in fiat.", not_negative()),
            "max_fiat": column(
                MONEY,
                "The largest order it can fill now, in fiat: min(stated maximum, available quantity x price). "
                "Below `min_fiat` no amount is executable.",
                not_negative(),
            ),
            "stated_max_fiat": column(MONEY, "The largest order the ad states, in fiat.", not_negative()),
            "available_asset": column(MONEY, "What is left to trade, in the asset.", not_negative()),
            "payment_methods": column(TEXTS, "Canonical codes; a method without one stays as `venue:native id`."),
            "payment_methods_from_remark": column(TEXTS, "Those of them that only the free-text remark names."),
            "native_payments": column(TEXTS, "The venue's own ids of the payment methods."),
            "completion_rate": column(SHARE, "Completed orders of the last 30 days, 0..1.", share(), nullable=True),
            "orders_30d": column(COUNT, "Orders of the last 30 days.", not_negative(), nullable=True),
            "is_merchant": column(FLAG, "Whether the venue marks the advertiser as a merchant."),
            "is_floating_price": column(FLAG, "Whether the price follows an index.", nullable=True),
            "is_promoted": column(FLAG, "Whether the venue shows it above its place for money."),
            "payment_minutes": column(COUNT, "Time to pay, minutes.", not_negative(), nullable=True),
            "fiat_scale": column(COUNT, "Decimal places of a fiat amount.", Check.in_range(0, 12)),
            "asset_scale": column(COUNT, "Decimal places of an asset amount.", Check.in_range(0, 12)),
        },
        checks=[
            row_check(
                "max_within_stated",
                "max_fiat must not exceed stated_max_fiat",
                lambda rows: rows["max_fiat"] <= rows["stated_max_fiat"],
            )
        ],
        strict=True,
        ordered=True,
    ),
)

QUARANTINE = Table(
    name="quarantine",
    key=("capture_id", "ordinal"),
    description="Every record that can't be trusted, with the reason and the way back to its bytes.",
    schema=pandera.DataFrameSchema(
        {
            "capture_id": column(TEXT, "The HTTP exchange it came in; empty bytes have the file's name here."),
            "ordinal": column(COUNT, "Its place in the answer's list, from 0; -1 for the whole answer or line."),
            "snapshot_id": column(TEXT, "The snapshot it belongs to.", nullable=True),
            "market_key": column(TEXT, "The market."),
            "received_at": column(MOMENT, "When the answer arrived, UTC.", nullable=True),
            "stage": column(
                TEXT,
                "Who refused it: the raw reader, the venue's adapter, or the table's schema.",
                one_of("raw", "adapter", "schema"),
            ),
            "reason": column(TEXT, "A short stable code."),
            "detail": column(TEXT, "A sentence for a person."),
            "raw_path": column(TEXT, "The raw file, under `raw/`, without the compression's ending."),
            "byte_offset": column(BIG_COUNT, "Where the capture's line starts in the uncompressed file, bytes."),
        },
        strict=True,
        ordered=True,
    ),
)
