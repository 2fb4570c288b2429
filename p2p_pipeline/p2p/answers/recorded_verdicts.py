"""What checks said, run by run, as Dagster recorded it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from p2p_pipeline.kernel.event_text import unpacked
from p2p_pipeline.p2p.answers.dagster_records import DagsterRecords, Database, stored_moment

RUNS_SHOWN = 30
"""Of a check that is of now and not of a day, in the overview; of one that is, as many days."""
MOST_RUNS = 200
"""On a check's own page."""
_COLUMNS = 'id, asset_key, check_name, "partition" AS day, run_id, evaluation_event, evaluation_event_timestamp'
_EVALUATED = "execution_status IN ('SUCCEEDED', 'FAILED')"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check once said."""

    judged_at: datetime
    passed: bool
    is_error: bool
    """Whether numbers made from such data can't be trusted when it does not pass; else it is worth a look."""
    day: str | None
    """The UTC day that was judged; None for what is of now."""
    expected: str
    observed: str
    value: float | None = None
    limit: float | None = None
    bad: int | None = None
    total: int | None = None
    sample: str = ""
    """Some of what offended, as lines of a Markdown table."""
    run_id: str = ""
    """Of Dagster; empty where it was judged outside a run."""

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "sample"}


def newest_verdicts(records: DagsterRecords) -> dict[tuple[tuple[str, ...], str], list[Verdict]]:
    """Of each asset and check the last ones: of a check of days each day's newest, else the last runs; newest first.

    Raises RecordsAway.
    """
    query = f"""
        SELECT {_COLUMNS} FROM asset_check_executions WHERE id IN (
            SELECT id FROM (
                SELECT id, row_number() OVER (PARTITION BY asset_key, check_name ORDER BY day DESC, id DESC) AS place
                FROM (
                    SELECT max(id) AS id, asset_key, check_name, coalesce("partition", '') AS day
                    FROM asset_check_executions WHERE {_EVALUATED}
                    GROUP BY asset_key, check_name, "partition",
                        CASE WHEN coalesce("partition", '') = '' THEN id END
                ) AS newest
            ) AS ranked WHERE place <= ?
        )"""  # noqa: S608 - constants of this module
    return _grouped(records.rows(Database.EVENTS, query, [RUNS_SHOWN]))


def verdicts_of(records: DagsterRecords, name: str) -> dict[tuple[tuple[str, ...], str], list[Verdict]]:
    """All runs of the checks of one name, as far as they are kept, newest first. Raises RecordsAway."""
    query = f"""
        SELECT {_COLUMNS} FROM asset_check_executions WHERE check_name = ? AND {_EVALUATED}
        ORDER BY id DESC LIMIT ?"""  # noqa: S608 - constants of this module
    return _grouped(records.rows(Database.EVENTS, query, [name, MOST_RUNS]))


def _grouped(rows: list[dict[str, Any]]) -> dict[tuple[tuple[str, ...], str], list[Verdict]]:
    found: dict[tuple[tuple[str, ...], str], list[Verdict]] = {}
    for row in sorted(rows, key=lambda row: (row["day"] or "", row["id"]), reverse=True):
        verdict = _verdict(row)
        if verdict is not None:
            found.setdefault((tuple(orjson.loads(row["asset_key"])), row["check_name"]), []).append(verdict)
    return found


def _verdict(row: Mapping[str, Any]) -> Verdict | None:
    """Another version of Dagster may write them otherwise: what can't be read is left out."""
    try:
        said = orjson.loads(unpacked(row["evaluation_event"]))["dagster_event"]["event_specific_data"]
        metadata = {
            name: one.get("value", one.get("text", one.get("md_str"))) for name, one in said["metadata"].items()
        }
        return Verdict(
            judged_at=stored_moment(row["evaluation_event_timestamp"]),
            passed=bool(said["success"]),
            is_error=str(said["severity"]["__enum__"]).endswith("ERROR"),
            day=row["day"] or None,
            expected=str(metadata.get("expected", "")),
            observed=str(said.get("description") or ""),
            value=metadata.get("value", metadata.get("share")),
            limit=metadata.get("limit"),
            bad=metadata.get("count"),
            total=metadata.get("judged"),
            sample=str(metadata.get("sample", "")),
            run_id=row["run_id"] or "",
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
