"""Text from outside is only text: it commands no terminal and makes no Markdown."""

from __future__ import annotations

import unicodedata

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from p2p_pipeline.kernel.foreign_text import markdown_cell, markdown_row, shown, shown_json, shown_lines

any_text = st.text(st.characters(exclude_categories=()))
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(any_text)
def test_nothing_that_moves_a_cursor_or_turns_the_direction_is_left(text: str) -> None:
    line = shown(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in DIRECTIONS for letter in line)
    line.encode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\tc", r"a\nb\tc"),
        ("price \u202e05.01", r"price \u202e05.01"),
        ("\ud800", r"\ud800"),
        ("[red]x[/red] :money_bag:", "[red]x[/red] :money_bag:"),
        ("👨‍👩‍👧 💰 Привет שלום مرحبا 汉字 é", "👨‍👩‍👧 💰 Привет שלום مرحبا 汉字 é"),
    ],
)
def test_what_commands_is_spelled_out_and_everything_else_stays_as_it_is(text: str, line: str) -> None:
    assert shown(text) == line


def test_lines_of_ours_stay_lines() -> None:
    assert shown_lines("first\nsecond \x1b[2J\rthird") == "first\nsecond \\x1b[2J\\rthird"


@given(st.text())
def test_json_says_the_same_and_holds_no_control_character(text: str) -> None:
    line = shown_json(orjson.dumps({"name": text}).decode())
    assert orjson.loads(line) == {"name": text}
    assert shown(line) == line


@pytest.mark.parametrize(
    "text",
    [
        "![i](http://evil.example/i.png)",
        "[pay](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "a | b | c",
        "a \\| b",
        "`code` **bold** _it_ ~~gone~~ # head",
        "&lt;b&gt; &#124;",
        "*",
        "\\",
    ],
)
def test_a_cell_of_a_markdown_table_reads_as_the_text_and_is_one_cell(text: str) -> None:
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    table = f"| name | other |\n|---|---|\n{markdown_row((text, 'end'))}"
    (row,) = [part for part in page.parse(table) if part.type == "inline" and part.map == [2, 3]][:1]
    cells = [part for part in page.parse(table) if part.type == "inline"][2:]
    assert [cell.children and {inner.type for inner in cell.children} for cell in cells] == [{"text"}, {"text"}]
    assert "".join(inner.content for inner in row.children or []).replace("\u2060", "") == text
    assert cells[1].content == "end"


@pytest.mark.parametrize("text", ["http://evil.example", "www.evil.example", "me@evil.example", "HTTPS://evil.example"])
def test_a_bare_address_is_broken_so_that_no_page_makes_a_link_of_it(text: str) -> None:
    cell = markdown_cell(text)
    assert text not in cell.replace("\\", "")
    assert cell.replace("\\", "").replace("\u2060", "") == text


def test_a_long_text_is_cut_and_says_so() -> None:
    assert markdown_cell("x" * 500) == "x" * 199 + "…"
