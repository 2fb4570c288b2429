"""Log lines: one object a line when asked for, with what they are about, and never a password."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.tracing import batch_span, log_context
from p2p_pipeline.monitoring.logs import set_up_logging
from p2p_pipeline.monitoring.redaction import redactor

logger = logging.getLogger("p2p_pipeline.of_a_test")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    ours = logging.getLogger("p2p_pipeline")
    handlers, level, propagate = list(ours.handlers), ours.level, ours.propagate
    yield
    ours.handlers[:] = handlers
    ours.setLevel(level)
    ours.propagate = propagate


def lines(environment: Mapping[str, str] | None = None) -> io.StringIO:
    stream = io.StringIO()
    set_up_logging({"P2P_LOG_FORMAT": "json"} if environment is None else environment, stream)
    return stream


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]


def test_a_line_names_its_batch_and_market_side() -> None:
    stream = lines()
    with batch_span("sweep", 1_795_000_000_000, venue="binance"):
        logger.info("page %d read", 3, extra={"asset": "USDT", "fiat": "RUB", "side": "BUY"})
    logger.info("afterwards")
    inside, afterwards = read(stream)
    assert inside["message"] == "page 3 read"
    assert inside["level"] == "info"
    assert inside["logger"] == "p2p_pipeline.of_a_test"
    assert inside["time"].endswith("Z")
    named = {name: inside[name] for name in ("batch_id", "venue", "asset", "fiat", "side")}
    assert named == {"batch_id": 1_795_000_000_000, "venue": "binance", "asset": "USDT", "fiat": "RUB", "side": "BUY"}
    assert "batch_id" not in afterwards


def test_tasks_that_run_side_by_side_keep_their_own_fields() -> None:
    stream = lines()

    async def read_fiat(fiat: str) -> None:
        with log_context(fiat=fiat):
            await asyncio.sleep(0)
            logger.info("read %s", fiat)

    async def sweep() -> None:
        with batch_span("sweep", 7):
            await asyncio.gather(*(read_fiat(fiat) for fiat in ("RUB", "VND", "ARS")))

    asyncio.run(sweep())
    assert [(line["message"], line["batch_id"]) for line in read(stream)] == [
        (f"read {line['fiat']}", 7) for line in read(stream)
    ]


def test_plain_lines_are_for_people() -> None:
    stream = lines({})
    with log_context(batch_id=7):
        logger.warning("slow")
    assert stream.getvalue().endswith("WARNING p2p_pipeline.of_a_test: slow [batch_id=7]\n")


def test_a_hostile_text_begins_no_line_of_its_own_and_commands_no_terminal() -> None:
    stream = lines({})
    logger.info("nickname %s", "x\n2026-11-21 00:00:00 ERROR p2p_pipeline: forged \x1b[2J")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_a_second_call_does_not_double_the_lines() -> None:
    lines()
    stream = lines()
    logger.info("once")
    assert len(read(stream)) == 1


@pytest.mark.parametrize("form", ["json", "plain"])
def test_no_password_is_written_wherever_it_stands(form: str) -> None:
    environment = {
        "P2P_LOG_FORMAT": form,
        "P2P_POSTGRES_URL": "postgresql://p2p:sw%40rdfish@db:5432/p2p",
        "P2P_BINANCE_PROXY": "http://someone:open-sesame@proxy:3128",
        "P2P_ALERT_WEBHOOK": "https://hooks.example/T000/abcdef",
        "GRAFANA_ADMIN_PASSWORD": "correct horse",
    }
    stream = lines(environment)
    logger.info("connecting to %s", environment["P2P_POSTGRES_URL"])
    logger.info("libpq was given password='sw@rdfish' host=db")
    logger.info("through", extra={"proxy": environment["P2P_BINANCE_PROXY"]})
    with log_context(hook=environment["P2P_ALERT_WEBHOOK"]):
        logger.info("posting, correct horse")
    logger.error("it failed", exc_info=OSError("no way to https://me:another-secret@elsewhere/"))
    written = stream.getvalue()
    for secret in ("sw%40rdfish", "sw@rdfish", "open-sesame", "abcdef", "correct horse", "another-secret"):
        assert secret not in written
    assert "db:5432/p2p" in written
    assert "elsewhere" in written


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"])
def test_what_is_sent_to_a_collector_of_traces_as_a_header_is_hidden(name: str) -> None:
    hide = redactor({name: "authorization=Basic%20dXNlcjpwdw==, x-api-key=k-12345"})
    told = hide("sent Basic dXNlcjpwdw== as Basic%20dXNlcjpwdw==, then dXNlcjpwdw== alone and k-12345 to the collector")
    assert told == "sent *** as ***, then *** alone and *** to the collector"


@given(st.text(max_size=300))
def test_any_text_is_one_line_of_json_that_gives_it_back(text: str) -> None:
    stream = lines()
    logger.info("%s", text, extra={"nickname": text})
    [line] = read(stream)
    hide = redactor({})
    assert line["message"] == hide(text)
    assert line["nickname"] == hide(text)


@given(
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1),
    st.text(st.characters(codec="utf-8", exclude_characters="/@: \"'", exclude_categories=("Z", "C")), min_size=1),
)
def test_a_password_in_a_url_is_hidden_and_its_host_is_not(user: str, password: str) -> None:
    hidden = redactor({})(f"see postgresql://{user}:{password}@host:5432/db for more")
    assert hidden == f"see postgresql://{user}:***@host:5432/db for more"


def test_a_lone_surrogate_and_a_value_without_a_word_in_json_are_written_all_the_same() -> None:
    stream = lines()
    logger.info("file \udcff", extra={"path": object, "number": float("nan")})
    [line] = read(stream)
    assert line["message"] == "file \\udcff"
    assert line["number"] is None
