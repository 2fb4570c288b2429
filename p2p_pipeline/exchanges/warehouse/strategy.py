"""By which parameters signals are judged, with their history: who, when, what before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.warehouse.migrate import PACKAGE, revision_of
from p2p_pipeline.postgres.statements import named_statements

FILE = "strategy.sql"


@dataclass(frozen=True, slots=True)
class StrategyChange:
    """One parameter that became another one."""

    change_id: int
    changed_at: datetime
    changed_by: str
    parameter: str
    value: Any
    value_before: Any
    """None: it was not known before."""


def parameters_of(settings: ExchangesSettings) -> dict[str, Any]:
    """Every parameter by its name in the settings file; amounts as text, which no reader rounds."""
    return dict(settings.model_dump(mode="json"))


def keep_strategy(connection: Connection[Any], parameters: Mapping[str, Any], by: str, at: datetime) -> int:
    """Add what differs from what was kept last; how many parameters did. The caller commits."""
    said = named_statements(PACKAGE, FILE)
    connection.execute(said["lock"].encode())
    known = dict(connection.execute(said["now"].encode()).fetchall())
    changed = {name: value for name, value in parameters.items() if name not in known or known[name] != value}
    for name, value in sorted(changed.items(), reverse=True):
        before = Jsonb(known[name]) if name in known else None
        told = {"at": at, "by": by, "parameter": name, "value": Jsonb(value), "before": before}
        connection.execute(said["change"].encode(), told)
    return len(changed)


def strategy_history(connection: Connection[Any], most: int = 200) -> list[StrategyChange]:
    """The newest changes first; none where the tables were never made."""
    if revision_of(connection) is None:
        return []
    rows = connection.execute(named_statements(PACKAGE, FILE)["history"].encode(), {"most": most}).fetchall()
    return [StrategyChange(*row) for row in rows]
