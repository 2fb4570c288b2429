"""Reading a day's lines by their types gives, of every line, what `from_line` says it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from p2p_pipeline.p2p.raw import typed_lines
from p2p_pipeline.p2p.raw.capture import Capture, LineError, StopReason, from_line, to_line
from p2p_pipeline.p2p.raw.typed_lines import typed_capture
from p2p_pipeline_tests.p2p.raw.example_snapshots import example_snapshot
from p2p_pipeline_tests.p2p.raw.test_capture import CAPTURE, LINE, bodies, json_values

NUMBERS = ["1.0", "1e2", "-0", "true", "null", "9223372036854775808", "18446744073709551616", "1e999", "01", "1."]
TEXTS = [r'"\ud800"', r'"😀"', '"a\x01b"', '"', "{}", "[[1]]", '"2026-03-01T00:00:60Z"', '"2026-03-01"']


def told(read: Callable[[], Capture]) -> object:
    """Each field with its type, or what the line is said to lack."""

    try:
        capture = read()
    except LineError as error:
        return str(error)
    assert isinstance(capture, Capture)
    return [(field.name, repr(getattr(capture, field.name))) for field in fields(capture)]


def same(line: bytes) -> None:
    around = b"{}\n" + line + b"\n{}"
    assert told(lambda: typed_capture(around, 3, 3 + len(line))) == told(lambda: from_line(line))


@given(
    body=bodies,
    request=st.none() | st.dictionaries(st.text(max_size=8), json_values, max_size=3),
    detail=st.none() | st.text(),
    stop=st.none() | st.sampled_from(StopReason),
)
@example(body=b"{}", request={"a": 2**63, "b": [1.5], "c": {"body": 1}}, detail=None, stop=None)
def test_what_was_written_is_read_as_from_line_reads_it(
    body: bytes, request: dict[str, object] | None, detail: str | None, stop: StopReason | None
) -> None:
    same(to_line(replace(CAPTURE, body=body, request=request, detail=detail, stop_reason=stop)))


@given(st.binary(max_size=60), st.integers(0, len(LINE)), st.integers(0, 60))
def test_a_garbled_line_is_the_same_capture_or_the_same_error(junk: bytes, start: int, length: int) -> None:
    same(LINE[:start] + junk + LINE[start + length :])


@pytest.mark.parametrize("value", [*NUMBERS, *TEXTS])
def test_a_value_of_another_kind_is_the_same_capture_or_the_same_error(value: str) -> None:
    head, _, _ = LINE.partition(b',"body"')
    for member in head.split(b',"')[1:]:
        name, _, stated = member.partition(b'":')
        if stated and not stated.startswith(b"{"):
            same(LINE.replace(name + b'":' + stated, name + b'":' + value.encode(errors="surrogatepass"), 1))


def test_what_collection_writes_is_read_by_its_types(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(line: bytes) -> Capture:
        raise AssertionError(f"read by its names: {line[:300]!r}")

    monkeypatch.setattr(typed_lines, "from_line", never)
    for capture in example_snapshot(1):
        line = to_line(capture)
        assert typed_capture(line, 0, len(line)) == capture
