"""The document's example is a whole subworker: what it shows is run here as it stands."""

from __future__ import annotations

import re
from typing import Any

from p2p_pipeline.p2p.warehouse.subworkers.registry import SUBWORKERS
from p2p_pipeline.p2p.warehouse.subworkers.terms.rules import rules
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.warehouse.subworkers.hand_made import add_batch, add_offers, batch_number, offer_row
from p2p_pipeline_tests.shared_files import REPOSITORY

DOCUMENT = (REPOSITORY / "docs" / "subworkers.md").read_text(encoding="utf-8")


def test_the_example_runs_alone_and_on_the_batches_of_a_warehouse(warehouse: WarehouseServer) -> None:
    example, alone = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    with connect(warehouse) as connection:
        add_batch(connection, 0)
        add_offers(connection, {1: "81", 2: "80", 3: "82"}, first=0)
    names: dict[str, Any] = {"server": warehouse, "rows": [offer_row(9)]}
    exec(example, names)
    exec(alone, names)
    assert (names["report"].rows_in, names["report"].rows_out) == (1, 1)
    assert [(report.rows_in, report.rows_out, report.error) for report in names["reports"]] == [(3, 1, None)]
    with connect(warehouse) as connection:
        kept = connection.execute("SELECT batch_id, offer_external_id, price::text FROM cheapest_offers ORDER BY 1")
        assert kept.fetchall() == [(1, "ad-9", "81.5"), (batch_number(0), "ad-2", "80")]


def test_the_example_is_short() -> None:
    example = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)[0]
    assert len([line for line in example.splitlines() if line.strip()]) <= 22


def test_the_document_names_every_class_and_every_subworker() -> None:
    for name in [*rules(), "working_hours", "language", *(f"{subworker.name}`" for subworker in SUBWORKERS)]:
        assert f"`{name}" in DOCUMENT
