"""The warehouse's tables against their Great Expectations suites, for one batch.

Importing Great Expectations takes seconds and 250 MB, so that happens inside the one function that needs it. It opens
its own connection; the batch is named by a setting of that connection, so that no value is written into SQL.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, sampled
from p2p_pipeline.p2p.quality.warehouse.batch import JudgedBatch, sql_text
from p2p_pipeline.p2p.quality.warehouse.data_docs import build_data_docs
from p2p_pipeline.p2p.quality.warehouse.suites import SUITES, Expected, TableSuite
from p2p_pipeline.p2p.quality.warehouse.table_results import ExpectationResult, TableResult
from p2p_pipeline.postgres.server import WarehouseError

_BATCH = "current_setting('p2p.batch_id')::bigint"
_SHOWN_VALUES = 10
_MOST_CHARACTERS = 120
_LISTED = re.compile(r"(\$\w+_\d+) (?=\$\w+_\d)")
"""Members of a set, which Great Expectations sets side by side."""


def table_expectations(batch: JudgedBatch) -> QualityOutcome:
    """Every suite holds for the batch; the Data Docs, where a folder for them is given, show each expectation."""
    if not batch.url:
        raise WarehouseError("table_expectations opens its own connection; pass `url` to judged_batch")
    results = validate_tables(batch.url, batch.batch_id)
    page = None if batch.docs_folder is None else build_data_docs(batch.docs_folder, batch, results)
    failed = [(result.table, expectation) for result in results for expectation in result.failed]
    total = sum(len(result.expectations) for result in results)
    return QualityOutcome(
        name="table_expectations",
        passed=not failed,
        severity=Severity.WARN,
        expected=f"all {total} expectations of {len(results)} tables hold",
        observed=f"{total - len(failed)} hold"
        + (f"; not in {', '.join(sorted({table for table, _ in failed}))}" if failed else ""),
        sample=sampled(
            [
                {
                    "table": table,
                    "expectation": expectation.sentence,
                    "observed": expectation.observed,
                    "unexpected": ", ".join(expectation.unexpected),
                }
                for table, expectation in failed
            ]
        ),
        value=float(len(failed)),
        bad=len(failed),
        total=total,
        limit=0.0,
        page=page,
    )


def validate_tables(url: str, batch_id: int, suites: Sequence[TableSuite] = SUITES) -> tuple[TableResult, ...]:
    """Hold each table's rows of a batch against its suite."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        # Its imports use modules that Python has deprecated; that is no news about our data.
        warnings.simplefilter("ignore")
        import great_expectations as gx  # noqa: PLC0415 - see the module's docstring
        from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        context.enable_analytics(False)
        sources: Any = context.data_sources
        source = sources.add_sql(
            "warehouse",
            connection_string="postgresql+psycopg://",
            # The batch's rows are read once into a temporary table, not once an expectation.
            create_temp_table=True,
            kwargs={"connect_args": _connect_arguments(url, batch_id)},
        )
        try:
            return tuple(_validated(gx, source, suite) for suite in suites)
        finally:
            source.get_engine().dispose()


def table_query(table: str) -> str:
    """The SQL of a table's rows; the batch is told by the connection's setting, so nothing is written into it."""
    text = sql_text(f"tables/{table}").decode()
    return text.replace("%(batch_id)s", _BATCH).replace("%(started_at)s", f"to_timestamp({_BATCH} / 1000.0)")


def _connect_arguments(url: str, batch_id: int) -> dict[str, Any]:
    given = conninfo_to_dict(url)
    options = f"{given.pop('options', None) or ''} -c p2p.batch_id={int(batch_id)} -c timezone=UTC -c jit=off"
    return {**given, "options": options.strip(), "application_name": "p2p expectations"}


def _validated(gx: Any, source: Any, suite: TableSuite) -> TableResult:
    asset = source.add_query_asset(suite.table, query=table_query(suite.table))
    batch = asset.add_batch_definition_whole_table("batch").get_batch()
    made = gx.ExpectationSuite(
        name=suite.table, expectations=[_made(gx, expected, place) for place, expected in enumerate(suite.expectations)]
    )
    asked = {"result_format": "SUMMARY", "partial_unexpected_count": _SHOWN_VALUES}
    validation = batch.validate(made, result_format=asked)
    found = {result.expectation_config.meta["place"]: result for result in validation.results}
    return TableResult(
        table=suite.table,
        rows_are=suite.rows_are,
        rows=_row_count(validation.results),
        expectations=tuple(_result(expected, found[place]) for place, expected in enumerate(suite.expectations)),
    )


def _made(gx: Any, expected: Expected, place: int) -> Any:
    return getattr(gx.expectations, expected.kind)(**expected.given, meta={"place": place})


def _row_count(results: Sequence[Any]) -> int | None:
    counts = (result.result.get("element_count") for result in results)
    return next((int(count) for count in counts if count is not None), None)


def _result(expected: Expected, found: Any) -> ExpectationResult:
    said = found.to_json_dict()
    problem = _problem(said["exception_info"])
    values = said["result"].get("partial_unexpected_list") or ()
    return ExpectationResult(
        sentence=_sentence(found),
        reason=expected.reason,
        passed=bool(said["success"]),
        observed=problem or _observed(said["result"]),
        unexpected=()
        if said["success"]
        else tuple(dict.fromkeys(_short(value) for value in values if value is not None)),
    )


def _sentence(found: Any) -> str:
    """The expectation in Great Expectations' own words."""
    from great_expectations.render.renderer.inline_renderer import InlineRenderer  # noqa: PLC0415 - see above

    for block in InlineRenderer(render_object=found.expectation_config).get_rendered_content():
        value: Any = block.to_json_dict()["value"]
        if value.get("template"):
            words = {name: _short(given["value"]) for name, given in (value.get("params") or {}).items()}
            template = _LISTED.sub(r"\1, ", value["template"])
            return Template(template).safe_substitute(words)
    return str(found.expectation_config.type)


def _observed(result: Mapping[str, Any]) -> str:
    count = result.get("unexpected_count")
    if count is None:
        return _short(result.get("observed_value", ""))
    # What is empty was not looked at, unless that was the question.
    seen = result["element_count"] - (result.get("missing_count") or 0)
    return f"{count:,} of {seen:,} do not ({100 * count / max(seen, 1):.3g} %)" if count else f"all of {seen:,}"


def _problem(info: Mapping[str, Any]) -> str:
    """What kept an expectation from being looked at: the first line of the error, without its traceback."""
    entries = [info] if "raised_exception" in info else [entry for entry in info.values() if isinstance(entry, Mapping)]
    for entry in entries:
        if entry.get("raised_exception"):
            lines = str(entry.get("exception_message") or "an error without words").strip().splitlines()
            return _short(f"could not be looked at: {lines[0]}")
    return ""


def _short(value: object) -> str:
    text = str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = f"{value:,.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.6g}"
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"
