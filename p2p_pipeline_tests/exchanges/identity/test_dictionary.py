"""What PostgreSQL is told of instruments: a row as long as nothing changes, and what changed when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.identity.comparing import Identity
from p2p_pipeline.exchanges.identity.dictionary import DictionaryRow, dictionary_rows, history_changes
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.words import Currencies, Instrument, Listed

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def table(**steps: str) -> IdentityTable:
    """BTC/USDT at some exchanges with their price steps; the explicit map knows both assets."""
    listed = {
        exchange: Listed((Instrument(exchange, "BTCUSDT", "BTC", "USDT", Decimal(step), Decimal("0.1")),))
        for exchange, step in steps.items()
    }
    return IdentityTable.of(listed, {"kucoin": Currencies()}, AT.date())


def test_a_row_says_what_the_instrument_is_and_where_else_it_is_the_same() -> None:
    row = dictionary_rows(table(kraken="0.1", htx="0.01", kucoin="1"), AT)["kraken", "BTC/USDT"]
    assert (row.identity, row.confirmed_with, row.contracts) == (Identity.CONFIRMED, ("htx",), (("BTC", ""),))
    assert (row.exchange_symbol, row.valid_from, row.valid_to, row.changed) == ("BTCUSDT", AT, None, ("listed",))
    lonely = dictionary_rows(table(kucoin="1", htx="1"), AT)["kucoin", "BTC/USDT"]
    assert lonely.identity is Identity.UNCONFIRMED
    assert lonely.identity_reason


def test_nothing_is_written_where_nothing_changed() -> None:
    before = dictionary_rows(table(kraken="0.1", htx="0.01"), AT)
    assert history_changes(before, table(kraken="0.1", htx="0.01"), AT + timedelta(hours=1)) == ([], [])


def test_a_change_ends_one_row_and_begins_another_that_says_what_changed() -> None:
    before = dictionary_rows(table(kraken="0.1", htx="0.01"), AT)
    later = AT + timedelta(hours=1)
    ended, begun = history_changes(before, table(kraken="0.5", htx="0.01"), later)
    assert [(row.exchange, row.valid_to) for row in ended] == [("kraken", later)]
    assert [(row.exchange, row.valid_from, row.changed) for row in begun] == [("kraken", later, ("price_step",))]


def test_a_delisted_instrument_ends_with_a_row_that_says_so() -> None:
    before = dictionary_rows(table(kraken="0.1", htx="0.01"), AT)
    later = AT + timedelta(hours=1)
    ended, begun = history_changes(before, table(htx="0.01"), later)
    assert {(row.exchange, row.changed) for row in begun} == {
        ("kraken", ("delisted",)),
        ("htx", ("identity", "identity_reason", "confirmed_with")),
    }
    assert {row.exchange for row in ended} == {"kraken", "htx"}


@given(st.lists(st.dictionaries(st.sampled_from(["kraken", "htx", "upbit"]), st.sampled_from(["1", "2"])), max_size=5))
def test_the_history_holds_each_state_exactly_while_it_was_so(states: list[dict[str, str]]) -> None:
    valid: dict[tuple[str, str], DictionaryRow] = {}
    for hour, state in enumerate(states):
        at = AT + timedelta(hours=hour)
        ended, begun = history_changes(valid, table(**state), at)
        assert all(row.valid_to == at and valid.pop((row.exchange, row.symbol)).valid_from < at for row in ended)
        valid |= {(row.exchange, row.symbol): row for row in begun if row.valid_to is None}
        assert {place: row.price_step for place, row in valid.items()} == {
            (exchange, "BTC/USDT"): Decimal(step) for exchange, step in state.items()
        }
