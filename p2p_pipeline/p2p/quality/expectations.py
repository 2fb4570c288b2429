"""A closed day's offers against a Great Expectations suite, as outcomes like every other check's.

Importing Great Expectations takes seconds and 250 MB, so that happens inside the one function that needs it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, percent, sampled

_FLOATS = ("price", "min_fiat", "max_fiat", "stated_max_fiat", "available_asset")
_COLUMNS = ("snapshot_id", "offer_id", "side", "completion_rate", "orders_30d", *_FLOATS)


def offers_expectations(offers: pa.Table) -> QualityOutcome:
    """A day's offers fulfil the suite: identity, ranges, and the distribution a healthy market has."""
    if not offers.num_rows:
        # The suite asks for at least one row; a day of which nothing is stored has none to be wrong.
        expected, observed = Told("all expectations of the offers suite hold"), Told("no offers to judge")
        return QualityOutcome("offers_expectations", True, Severity.WARN, expected, observed, limit=0.0, bad=0, total=0)
    results = _validate(offers)
    failed = [result for result in results if not result["success"]]
    return QualityOutcome(
        name="offers_expectations",
        passed=not failed,
        severity=Severity.WARN,
        expected=Told(
            "all {all} expectations of the offers suite hold for {offers} offers",
            all=len(results),
            offers=offers.num_rows,
        ),
        observed=Told("{held} hold", held=len(results) - len(failed)),
        sample=sampled([_sentence(result) for result in failed]),
        limit=0.0,
        bad=len(failed),
        total=len(results),
    )


def _validate(offers: pa.Table) -> list[dict[str, Any]]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        # Its imports use modules that Python has deprecated; that is no news about our data.
        warnings.simplefilter("ignore")
        import great_expectations as gx  # noqa: PLC0415 - see the module's docstring
        from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("lake").add_dataframe_asset("offers")
        batch = asset.add_batch_definition_whole_dataframe("day")
        suite = context.suites.add(gx.ExpectationSuite(name="offers", expectations=_suite(gx.expectations)))
        # Statistics, not money: pandas compares floats, not the lake's decimals, with the suite's bounds.
        frame = offers.select(list(_COLUMNS)).to_pandas()
        frame = frame.astype(dict.fromkeys(_FLOATS, "float64"))
        validation = batch.get_batch({"dataframe": frame}).validate(suite)
    return [result.to_json_dict() for result in validation.results]


def _suite(expect: Any) -> list[Any]:
    return [
        expect.ExpectTableRowCountToBeBetween(min_value=1),
        expect.ExpectCompoundColumnsToBeUnique(column_list=["snapshot_id", "offer_id"]),
        expect.ExpectColumnDistinctValuesToBeInSet(column="side", value_set=["BUY", "SELL"]),
        expect.ExpectColumnValuesToBeBetween(column="price", min_value=0, strict_min=True),
        expect.ExpectColumnValuesToBeBetween(column="available_asset", min_value=0),
        expect.ExpectColumnPairValuesAToBeGreaterThanB(column_A="stated_max_fiat", column_B="max_fiat", or_equal=True),
        # An ad whose stated limits are the wrong way round is a typing error, and rare.
        expect.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="stated_max_fiat", column_B="min_fiat", or_equal=True, mostly=0.99
        ),
        expect.ExpectColumnValuesToBeBetween(column="completion_rate", min_value=0, max_value=1),
        # Both venues always sent rates in every recording: many empty ones mean that a field was renamed.
        expect.ExpectColumnValuesToNotBeNull(column="completion_rate", mostly=0.9),
        expect.ExpectColumnValuesToNotBeNull(column="orders_30d", mostly=0.9),
    ]


def _sentence(result: Mapping[str, Any]) -> dict[str, Any]:
    config, seen = result["expectation_config"], result["result"]
    asked = {name: value for name, value in config["kwargs"].items() if name != "batch_id"}
    share = seen.get("unexpected_percent")
    return {
        "expectation": config["type"],
        "asked": str(asked),
        "unexpected": percent(share / 100) if share is not None else str(seen.get("observed_value", "")),
    }
