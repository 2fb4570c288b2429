"""Judge a batch by the Great Expectations suites as a check does, in a process that says what it let out.

Run as `python -m p2p_pipeline_tests.p2p.quality.warehouse.judge_in_a_process URL BATCH_ID DOCS_FOLDER`; prints JSON.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from datetime import timedelta
from pathlib import Path

connections: list[str] = []
_connect = socket.socket.connect


def refuse(self: socket.socket, address: object) -> None:
    """Note and refuse what would leave the machine; PostgreSQL's own library does not come this way."""
    if self.family in (socket.AF_INET, socket.AF_INET6):
        connections.append(str(address))
        raise OSError("no network here")
    _connect(self, address)  # type: ignore[arg-type]


def judge(url: str, batch_id: int, docs: Path) -> None:
    """Judge, and tell of it on the last line."""
    from p2p_pipeline.p2p.capture.sweeps.report import batch_moment
    from p2p_pipeline.p2p.quality.warehouse.judging import judge_batch, judged_batch
    from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
    from p2p_pipeline.postgres.connection import connect
    from p2p_pipeline.postgres.server import WarehouseServer

    before = "great_expectations" in sys.modules
    with connect(WarehouseServer(url, is_embedded=False)) as connection:
        batch = judged_batch(
            connection, batch_id, WarehouseSettings(), batch_moment(batch_id) + timedelta(minutes=4),
            docs_folder=docs, url=url,
        )  # fmt: skip
        *_, outcome = judge_batch(batch, ["referential_integrity", "error_rate", "table_expectations"])
    told = {
        "imported_before": before,
        "connections": connections,
        "passed": outcome.passed,
        "observed": outcome.observed,
        "sample": [dict(row) for row in outcome.sample],
        "page": str(outcome.page),
    }
    os.write(1, json.dumps(told).encode())


if __name__ == "__main__":
    socket.socket.connect = refuse  # type: ignore[method-assign, assignment]
    judge(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
