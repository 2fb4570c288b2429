"""The Data Docs as HTML: pure text from plain values. Every value is escaped; nothing is fetched, nothing runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from p2p_pipeline.p2p.quality.warehouse.docs_style import STYLE
from p2p_pipeline.p2p.quality.warehouse.table_results import ExpectationResult, TableResult

if TYPE_CHECKING:
    from p2p_pipeline.p2p.quality.warehouse.documented_batch import DocumentedBatch

# The page may use the style inside it and nothing else: no script, no request, whatever a value contains.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


_INDEX_HEAD = (
    '<div class="wide"><table><thead><tr><th>Batch began</th><th>Sweep</th><th class="number">Offers</th>'
    '<th class="number">Expectations</th><th class="number">Rules</th><th>Does not hold</th></tr></thead><tbody>'
)


def batch_page(batch: DocumentedBatch) -> str:
    """All rules and all expectations of one batch, what does not hold first and open."""
    failed_rules = [rule for rule in batch.rules if not rule["passed"]]
    failed = sum(len(table.failed) for table in batch.tables)
    total = sum(len(table.expectations) for table in batch.tables)
    facts = (
        ("began", batch.started_at),
        ("ended", batch.ended_at),
        ("sweep", batch.status),
        ("offers", f"{batch.offers:,}"),
        ("market sides", f"{batch.market_sides:,}"),
        ("source", batch.source),
        ("looked at", batch.checked_at),
    )
    verdict = _verdict(len(failed_rules), len(batch.rules), failed, total)
    parts = [
        '<p class="up"><a href="index.html">All batches</a></p>',
        f"<h1>Batch {batch.batch_id}</h1>",
        f'<p class="verdict {_class(not (failed_rules or failed))}">{verdict}</p>',
        '<dl class="facts">',
        *(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts),
        "</dl>",
        "<h2>Rules</h2>",
        "<p>What holds between tables, over time, and against the raw responses.</p>" if batch.rules else "",
        _rules(batch.rules) if batch.rules else "<p>None were judged before this page was made.</p>",
        "<h2>Tables</h2>",
        _contents(batch.tables),
        *(_table(table) for table in sorted(batch.tables, key=lambda table: not table.failed)),
    ]
    return _document(f"Batch {batch.batch_id}: data quality", parts)


def index_page(batches: Sequence[DocumentedBatch]) -> str:
    """The kept batches, newest first, with what did not hold in each."""
    lines = [
        "<h1>Data quality of the warehouse</h1>",
        "<p>Great Expectations suites on the warehouse's tables, and the rules between them, batch by batch.</p>",
        _INDEX_HEAD,
        *(_index_row(batch) for batch in batches),
        "</tbody></table></div>",
    ]
    return _document("Data quality of the warehouse", lines)


def _index_row(batch: DocumentedBatch) -> str:
    failed_tables = [table for table in batch.tables if table.failed]
    failed_rules = [str(rule["name"]) for rule in batch.rules if not rule["passed"]]
    total = sum(len(table.expectations) for table in batch.tables)
    held = total - sum(len(table.failed) for table in batch.tables)
    named = [*(f"{table.table} ({len(table.failed)})" for table in failed_tables), *failed_rules]
    link = f'<a href="{escape(batch.file_name)}">{escape(batch.started_at)}</a>'
    return (
        f'<tr class="{_class(not named)}"><td class="short">{link}</td>'
        f'<td>{escape(batch.status)}</td><td class="number">{batch.offers:,}</td>'
        f'<td class="number short">{held} of {total}</td>'
        f'<td class="number short">{len(batch.rules) - len(failed_rules)} of {len(batch.rules)}</td>'
        f"<td>{escape(', '.join(named)) or 'everything holds'}</td></tr>"
    )


def _verdict(failed_rules: int, rules: int, failed: int, total: int) -> str:
    if not failed and not failed_rules:
        return f"Everything holds: {total} expectations" + (f" and {rules} rules." if rules else ".")
    told = [f"{failed} of {total} expectations"] if failed else []
    told += [f"{failed_rules} of {rules} rules"] if failed_rules else []
    verb = "does" if failed + failed_rules == 1 else "do"
    return f"{' and '.join(told)} {verb} not hold."


def _contents(tables: Iterable[TableResult]) -> str:
    entries = (
        f'<li class="{_class(not table.failed)}"><a href="#{escape(table.table)}">{escape(table.table)}</a> '
        f"<span>{len(table.expectations) - len(table.failed)} of {len(table.expectations)}</span></li>"
        for table in tables
    )
    return f'<ul class="contents">{"".join(entries)}</ul>'


def _table(table: TableResult) -> str:
    rows = "" if table.rows is None else f", {table.rows:,} rows"
    held = len(table.expectations) - len(table.failed)
    lines = "".join(_expectation(result) for result in sorted(table.expectations, key=lambda result: result.passed))
    return (
        f'<details id="{escape(table.table)}" class="{_class(not table.failed)}" open>'
        f"<summary><b>{escape(table.table)}</b> <span>{escape(table.rows_are)}{rows}</span>"
        f'<span class="count">{held} of {len(table.expectations)} hold</span></summary>'
        '<div class="wide"><table><thead><tr><th>Holds</th><th>Expected</th><th>Seen</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div></details>"
    )


def _expectation(result: ExpectationResult) -> str:
    reason = f'<span class="reason">{escape(result.reason)}</span>' if result.reason else ""
    values = "".join(f"<li><code>{escape(value)}</code></li>" for value in result.unexpected)
    shown = f'<div class="values">such as <ul>{values}</ul></div>' if values else ""
    return (
        f'<tr class="{_class(result.passed)}"><td>{_mark(result.passed)}</td>'
        f"<td>{escape(result.sentence)}{reason}</td><td>{escape(result.observed)}{shown}</td></tr>"
    )


def _rules(rules: Sequence[Mapping[str, Any]]) -> str:
    lines = "".join(
        f'<tr class="{_class(bool(rule["passed"]))}"><td>{_mark(bool(rule["passed"]))}</td>'
        f"<td><b>{escape(str(rule['name']))}</b><br>{escape(str(rule.get('expected', '')))}</td>"
        f"<td>{escape(str(rule.get('observed', '')))}{_sample(rule.get('sample') or ())}</td></tr>"
        for rule in rules
    )
    return (
        '<div class="wide"><table><thead><tr><th>Holds</th><th>Expected</th><th>Seen</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _sample(sample: Sequence[Mapping[str, Any]]) -> str:
    if not sample:
        return ""
    names = list(dict.fromkeys(name for row in sample for name in row))
    head = "".join(f"<th>{escape(str(name))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row.get(name, '')))}</td>" for name in names) + "</tr>" for row in sample
    )
    return (
        f"<details><summary>{len(sample)} such</summary>"
        f'<div class="wide"><table class="sample"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        "</details>"
    )


def _mark(passed: bool) -> str:
    return '<span class="mark">yes</span>' if passed else '<span class="mark">no</span>'


def _class(passed: bool) -> str:
    return "holds" if passed else "fails"


def _document(title: str, parts: Iterable[str]) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )
