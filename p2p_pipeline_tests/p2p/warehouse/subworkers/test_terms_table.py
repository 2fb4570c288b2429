"""The subworker `terms`: each text is read once, and again when the rules have changed."""

from __future__ import annotations

import pytest

from p2p_pipeline.p2p.warehouse.subworkers.registry import registered_subworkers
from p2p_pipeline.p2p.warehouse.subworkers.run import run_subworkers
from p2p_pipeline.p2p.warehouse.subworkers.terms import classify
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.warehouse.subworkers.hand_made import add_batch, add_offers

HOSTILE = "'; DROP TABLE offer_terms; -- \\N \t \\. <script>alert(1)</script> No third party"


@pytest.fixture
def with_terms(warehouse_on_both: WarehouseServer) -> WarehouseServer:
    """Three batches; the second brings a new text, the third an offer with a known one."""
    with connect(warehouse_on_both) as connection:
        for number in range(3):
            add_batch(connection, number)
        add_offers(connection, {1: "80"}, first=0, terms="No third party payments")
        add_offers(connection, {2: "80"}, first=0)
        add_offers(connection, {3: "80"}, first=1, terms=HOSTILE)
        add_offers(connection, {4: "80"}, first=2, terms="No third party payments")
    return warehouse_on_both


def findings(server: WarehouseServer) -> list[tuple[object, ...]]:
    with connect(server) as connection:
        return connection.execute(
            "SELECT offer_id, class, value, evidence FROM open_offer_terms_classes ORDER BY 1, 2"
        ).fetchall()


def test_each_distinct_text_is_read_once_and_every_advertisement_with_it_shows_what_it_says(
    with_terms: WarehouseServer,
) -> None:
    reports = run_subworkers(with_terms, ["terms"])
    assert [(report.rows_in, report.rows_out, report.error) for report in reports] == [
        (2, 2, None),
        (1, 2, None),
        (1, 0, None),
    ]
    read = [("language", "en", ""), ("third_party", "refused", "No third party")]
    assert findings(with_terms) == [(offer, *one) for offer in (1, 3, 4) for one in read]


def test_hostile_terms_are_stored_as_text_and_nothing_else(with_terms: WarehouseServer) -> None:
    run_subworkers(with_terms, ["terms"])
    with connect(with_terms) as connection:
        assert connection.execute("SELECT count(*) FROM offer_terms WHERE terms = %s", [HOSTILE]).fetchone() == (1,)


def test_new_rules_read_all_texts_again_with_the_next_batch(
    with_terms: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_subworkers(with_terms, ["terms"])
    with connect(with_terms) as connection:
        add_batch(connection, 3)
    monkeypatch.setattr(classify, "CLASSIFIER_VERSION", classify.CLASSIFIER_VERSION + 1)
    monkeypatch.setattr(classify, "classify", lambda text: (classify.Finding("language", "xx", ""),))
    [report] = run_subworkers(with_terms, ["terms"])
    assert (report.rows_in, report.rows_out) == (0, 2)
    assert {(one[1], one[2]) for one in findings(with_terms)} == {("language", "xx")}


def test_it_is_registered_with_the_tables_it_writes(warehouse: WarehouseServer) -> None:
    [terms] = [subworker for subworker in registered_subworkers() if subworker.name == "terms"]
    assert terms.tables == ("offer_terms_classes",)
    with connect(warehouse) as connection:
        for table in terms.tables:
            assert connection.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)
