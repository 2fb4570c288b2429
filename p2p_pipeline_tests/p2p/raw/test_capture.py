from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.raw.capture import Capture, LineError, Outcome, from_line, to_line
from p2p_pipeline_tests.p2p.raw.example_snapshots import example_snapshot

CAPTURE = example_snapshot(0)[0]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
bodies = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(str.encode),
    json_values.map(orjson.dumps),
    json_values.map(lambda value: orjson.dumps(value, option=orjson.OPT_INDENT_2)),
    st.sampled_from(
        [b"", b" {} ", b'{"a":1}\n', b"\xef\xbb\xbf{}", b'"\\ud800"', b'{"a":1,"body":2}', b"NaN", b"[" * 1500]
    ),
)


@given(
    body=bodies,
    request=st.none() | st.dictionaries(st.text(max_size=8), json_values, max_size=3),
    detail=st.none() | st.text(),
)
def test_every_byte_of_any_body_comes_back_from_its_one_line(
    body: bytes, request: dict[str, object], detail: str
) -> None:
    capture = replace(CAPTURE, body=body, request=request, detail=detail)
    line = to_line(capture)
    assert b"\n" not in line
    assert from_line(line + b"\n") == capture
    orjson.loads(line)


def test_a_json_body_is_embedded_byte_for_byte() -> None:
    body = b'{"price": 81.50,  "big":12679314427299463168, "x":"\\u0422"}'
    assert b'"body":' + body + b"}" in to_line(replace(CAPTURE, body=body))


def test_a_body_valid_by_itself_but_too_deep_inside_a_line_is_kept_as_text() -> None:
    depth = next(n for n in range(3000, 0, -1) if _is_json(b"[" * n + b"]" * n))
    capture = replace(CAPTURE, body=b"[" * depth + b"]" * depth)
    line = to_line(capture)
    orjson.loads(line)
    assert from_line(line) == capture


def test_letters_like_the_bodys_name_in_the_request_are_not_taken_for_the_body() -> None:
    request = {"a": 1, "body": {"b": 2, "body_text": 'x","body":1'}}
    capture = replace(CAPTURE, request=request, body=b'{"a":1,"body":{}}')
    assert from_line(to_line(capture)) == capture


def test_half_characters_in_an_error_text_or_a_header_are_spelled_out_instead_of_failing() -> None:
    capture = replace(CAPTURE, detail="bad \udcff byte", headers={"date": "\ud800"}, outcome=Outcome.CONNECTION)
    read = from_line(to_line(capture))
    assert read.detail == "bad \\udcff byte"
    assert read.headers == {"date": "\\ud800"}


def test_times_are_read_back_as_the_same_moment_in_utc() -> None:
    moment = datetime(2026, 3, 1, 3, 0, 0, 123456, tzinfo=timezone(timedelta(hours=3)))
    read = from_line(to_line(replace(CAPTURE, received_at=moment)))
    assert read.received_at == moment
    assert read.received_at.tzinfo == UTC


LINE = to_line(CAPTURE)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        LINE[:-3],
        LINE[: len(LINE) // 2],
        LINE[20:],
        LINE.replace(b'"ordinal":0', b'"ordinal":"0"'),
        LINE.replace(b'"side":"BUY"', b'"side":"buy"'),
        LINE.replace(b'"source":"live"', b'"source":"guessed"'),
        LINE.replace(b'"headers":{', b'"headers":3,"x":{'),
        LINE.replace(b"Z", b""),
        LINE.replace(b'"body":', b'"bodies":'),
        LINE.partition(b',"body"')[0] + b',"body_base64":"***"}',
        LINE.partition(b',"body"')[0] + b',"body_text":1}',
        b',"body' * 200_000,
    ],
)
def test_a_line_that_is_no_capture_says_so(line: bytes) -> None:
    with pytest.raises(LineError):
        from_line(line)


@given(st.binary(max_size=300), st.integers(0, len(LINE)), st.integers(0, len(LINE)))
def test_a_garbled_line_is_read_or_refused_and_never_crashes(junk: bytes, start: int, end: int) -> None:
    try:
        read = from_line(LINE[:start] + junk + LINE[end:])
    except LineError:
        return
    assert isinstance(read, Capture)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
