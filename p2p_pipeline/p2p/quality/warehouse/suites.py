"""What each table of the warehouse is expected to hold: Great Expectations suites as plain values.

A table's rows come from `sql/tables/{name}.sql`, which reads one batch only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation: the name of its class in Great Expectations, what it is given, and why it is there."""

    kind: str
    given: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TableSuite:
    """The expectations of one table."""

    table: str
    rows_are: str
    """Which rows are looked at, in words."""
    expectations: tuple[Expected, ...]


def _rows(minimum: int = 1) -> Expected:
    return Expected("ExpectTableRowCountToBeBetween", {"min_value": minimum})


def _never_empty(column: str, reason: str = "", **given: Any) -> Expected:
    return Expected("ExpectColumnValuesToNotBeNull", {"column": column, **given}, reason)


def _unique(column: str) -> Expected:
    return Expected("ExpectColumnValuesToBeUnique", {"column": column})


def _one_of(column: str, *values: Any) -> Expected:
    return Expected("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)})


def _between(column: str, minimum: float | None = None, maximum: float | None = None, **given: Any) -> Expected:
    reason = str(given.pop("reason", ""))
    bounds = {"min_value": minimum, "max_value": maximum}
    said = {name: bound for name, bound in bounds.items() if bound is not None}
    return Expected("ExpectColumnValuesToBeBetween", {"column": column, **said, **given}, reason)


def _at_least(larger: str, smaller: str, reason: str = "", **given: Any) -> Expected:
    return Expected(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {
            "column_A": larger,
            "column_B": smaller,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
            **given,
        },
        reason,
    )


def _together_unique(*columns: str) -> Expected:
    return Expected("ExpectCompoundColumnsToBeUnique", {"column_list": list(columns)})


SUITES = (
    TableSuite(
        "fact_offers",
        "the batch's offers",
        (
            _rows(),
            _together_unique("batch_id", "offer_id"),
            _never_empty("offer_external_id"),
            _never_empty("extraction_timestamp"),
            _never_empty("advertiser_sk"),
            _one_of("trade_type", "BUY", "SELL"),
            _between("price", 0, 1e20, strict_min=True),
            _between("available_amount", 0, 1e20),
            _between("min_limit", 0, 1e20),
            _at_least("stated_max_limit", "max_limit", "An offer fills at most what its ad says."),
            _at_least("stated_max_limit", "min_limit"),
            _between("filled_share", maximum=1, reason="Nothing can be filled that is not available."),
            _between("completion_rate", 0, 1),
            _between("orders_30d", 0, 1_000_000_000),
            # Binance sent both in every recording: many empty ones mean that a field was renamed.
            _never_empty("completion_rate", "Many empty ones mean that the venue renamed a field.", mostly=0.9),
            _never_empty("orders_30d", "Many empty ones mean that the venue renamed a field.", mostly=0.9),
            _between("payment_minutes", 0, 1440, mostly=0.99, reason="Ads give minutes, at most some hours."),
            _between("terms_characters", 0, 10_000),
        ),
    ),
    TableSuite(
        "fact_offer_payment_methods",
        "the payment methods of the batch's offers",
        (
            _rows(),
            _unique("offer_payment_id"),
            _never_empty("offer_id"),
            _never_empty("payment_method_id"),
            _one_of("is_primary", 0, 1),
        ),
    ),
    TableSuite(
        "fact_market_depth",
        "the batch's market sides",
        (
            _rows(),
            _together_unique("fiat_id", "crypto_id", "trade_type"),
            _one_of("trade_type", "BUY", "SELL"),
            _between("total_offers_count", 0, 1_000_000),
            _between("total_available_volume", 0),
            _at_least("max_price", "min_price"),
            _at_least("weighted_avg_price", "min_price", "A mean lies between the least and the most."),
            _at_least("max_price", "weighted_avg_price", "A mean lies between the least and the most."),
            _between(
                "price_ratio",
                1,
                1000,
                mostly=0.95,
                reason="Teasers stand far off everywhere; a thousandfold in many books means a misread number.",
            ),
            Expected(
                "ExpectColumnMeanToBeBetween",
                {"column": "is_complete", "min_value": 0.9},
                "Most market sides show as many offers as the venue counts; of long books some move while being read.",
            ),
        ),
    ),
    TableSuite(
        "dim_advertisers",
        "the advertisers as they were at the batch",
        (
            _rows(),
            _unique("advertiser_sk"),
            _unique("advertiser_id"),
            _never_empty("advertiser_id"),
            _never_empty("effective_date"),
            _one_of("is_merchant", 0, 1),
            _between("registration_days", 0, 36_500),
            _never_empty("nickname_characters", "A name is on every ad.", mostly=0.95),
            Expected("ExpectColumnMeanToBeBetween", {"column": "is_merchant", "max_value": 0.95}, "Not all are."),
        ),
    ),
    TableSuite(
        "dim_payment_methods",
        "all payment methods of the venue",
        (
            _unique("payment_method_id"),
            _unique("method_code"),
            _never_empty("method_name"),
            _never_empty("canonical_code"),
            _never_empty("category"),
        ),
    ),
    TableSuite(
        "dim_cryptocurrencies",
        "all assets of the venue",
        (_rows(), _unique("crypto_id"), _unique("symbol"), _never_empty("name"), _unique("binance_asset_code")),
    ),
    TableSuite(
        "dim_fiat_currencies",
        "all fiats",
        (
            _rows(),
            _unique("fiat_id"),
            _unique("currency_code"),
            _never_empty("currency_name"),
            Expected(
                "ExpectColumnValueLengthsToBeBetween", {"column": "currency_code", "min_value": 3, "max_value": 5}
            ),
        ),
    ),
    TableSuite(
        "ops_batch_runs",
        "the batches of the day up to this one",
        (
            _rows(),
            _unique("batch_id"),
            _one_of("status", "complete", "partial", "failed", "interrupted"),
            _at_least("batch_end_time", "batch_start_time"),
            _at_least("markets", "markets_complete"),
            _at_least("requests", "failed_requests"),
            _between("total_offers_extracted", 0),
            _between("total_errors", 0),
            _between("sweep_seconds", 0, 600, mostly=0.95, reason="A sweep stops at its budget."),
            _never_empty("content_digest"),
        ),
    ),
    TableSuite(
        "ops_extraction_errors",
        "the batch's failed requests",
        (_unique("error_id"), _never_empty("error_type"), _never_empty("error_message"), _between("retry_count", 0)),
    ),
)
